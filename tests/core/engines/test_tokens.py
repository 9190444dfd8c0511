"""Estimates of token counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.engines.protocol import Message
from sleepy_core.engines.tokens import estimate, estimate_messages

# Counted by SmolLM2's tokenizer.
COUNTED = [
    ("", 0),
    ('fn main() {\n    println!("{}", x);\n}\n', 15),
    ("let mut values: Vec<Option<String>> = Vec::with_capacity(128);\n", 22),
]


@pytest.mark.parametrize(("text", "tokens"), COUNTED)
def test_code_is_not_underestimated(text: str, tokens: int) -> None:
    assert tokens <= estimate(text) <= tokens * 1.6


@given(st.text(), st.text())
def test_two_texts_together_have_about_as_many_tokens_as_apart(one: str, other: str) -> None:
    assert abs(estimate(one + other) - estimate(one) - estimate(other)) <= 1


@given(st.text(alphabet=st.characters(min_codepoint=0x80)))
def test_foreign_scripts_cost_at_most_a_token_a_byte(text: str) -> None:
    assert estimate(text) <= len(text.encode("utf-8", "surrogatepass"))


def test_a_chat_costs_more_than_its_texts() -> None:
    assert estimate_messages((Message("system", "a"), Message("user", "b"))) > estimate("a") + estimate("b")
