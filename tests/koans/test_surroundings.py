"""Where helper functions land: never inside of something else."""

import re

import pytest

from sleepy_koans.surroundings import surround
from sleepy_koans.words import Words

INLINE = "pub mod parts {\n    pub fn one() -> u8 {\n        1\n    }\n}\n"
LONG_USE = "use std::{\n    fmt,\n    mem,\n};\n"
MARKED_USE = "use std::{\n    fmt«»«,\n    mem»,\n};\n"
FUNCTION = "pub fn told() -> u8 {\n    2\n}\n"


def surrounded(program: str) -> list[str]:
    """What comes of it by chance, where something stands around it."""
    made = [surround(program, Words.of("train", str(seed))) for seed in range(60)]
    return [text for text in made if text != program]


@pytest.mark.parametrize(
    "kept",
    [
        INLINE,
        LONG_USE,
        MARKED_USE,
        "pub " + LONG_USE,
        "use std::{\n    fmt::{self, Write},\n    mem,\n};\n",
        "#![allow(\n    dead_code,\n)]\n" + LONG_USE,
        "«use std::fmt;\nuse std::mem;»«use std::mem;»\n",
        "/// What they are made of.\npub mod parts {\n}\n",
    ],
)
def test_no_helper_lands_inside_of_what_the_program_begins_with(kept: str) -> None:
    for text in surrounded(f"{kept}\n{FUNCTION}"):
        assert kept in text
        assert FUNCTION in text


@pytest.mark.parametrize(
    "head", ["//! About it.\n\n", "#![deny(unused)]\n", "mod reading;\n\npub use reading::read;\n", LONG_USE]
)
def test_imports_stay_the_first_thing_in_the_file(head: str) -> None:
    made = surrounded(f"{head}\n{FUNCTION}")
    assert all(text.startswith(head) for text in made)
    assert any(re.search("side_|SIDE_|Side", text.partition(FUNCTION)[0]) for text in made)
