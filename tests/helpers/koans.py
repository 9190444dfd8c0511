"""Koans in a few lines, for tests of what repairs them."""

from __future__ import annotations

from dataclasses import replace

from sleepy_koans.koan import Koan

# The compiler's suggestion (borrow it) compiles, and is right.
SUGGESTED = Koan(
    id="names/frozen-length",
    family="names",
    split="frozen",
    template="length",
    edition="2024",
    files={"src/lib.rs": "pub fn size(name: &str) -> usize {\n    name.len\n}\n"},
    solution={"src/lib.rs": "pub fn size(name: &str) -> usize {\n    name.len()\n}\n"},
    codes=("E0616", "E0615"),
    test='assert_eq!(size("abc"), 3);',
)
# No suggestion; what a model writes into line 3 can be right, can only compile, and can be neither.
MODELLED = Koan(
    id="sums/frozen-total",
    family="sums",
    split="frozen",
    template="total",
    edition="2024",
    files={"src/lib.rs": "/// The sum of both.\npub fn total(a: u32, b: u32) -> u32 {\n    a.plus(b)\n}\n"},
    solution={"src/lib.rs": "/// The sum of both.\npub fn total(a: u32, b: u32) -> u32 {\n    a + b\n}\n"},
    codes=("E0599",),
    test="assert_eq!(total(1, 2), 3);",
)


def with_files(koan: Koan, text: str) -> Koan:
    """The koan with another broken program."""
    return replace(koan, files={"src/lib.rs": text})
