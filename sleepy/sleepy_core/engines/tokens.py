"""How many tokens a text will be, before any tokenizer has seen it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sleepy_core.engines.protocol import Message

# What byte-pair tokenizers of code models do not join: a run of letters, a single digit, a run of white space,
# a mark, a character of another script.
_PIECE = re.compile(r"[A-Za-z]+|[0-9]|\s+|[!-/:-@\[-`{-~]|[^\x00-\x7f]|.")
# Role, separators and the turn's end, in the chat templates of the common models.
_PER_MESSAGE = 6


def estimate(text: str) -> int:
    """An upper estimate of the tokens in a text.

    Against SmolLM2's tokenizer it is at least the true count for 95 of 100 stretches of Rust, by 17 % in the
    median; tables of hexadecimal numbers are the worst, at 84 %. Servers count exactly, and may still refuse.
    """
    return sum(_tokens_of(piece) for piece in _PIECE.findall(text))


def estimate_messages(messages: Iterable[Message]) -> int:
    """An upper estimate of the tokens in a whole chat, its template included."""
    return sum(estimate(message.content) + _PER_MESSAGE for message in messages)


def _tokens_of(piece: str) -> int:
    first = piece[0]
    if first.isspace():
        # A space before a word belongs to the word's token; indentation is a token or two of its own.
        return 0 if piece == " " else 1 + len(piece) // 16
    if first.isascii():
        return -(-len(piece) // 5) if first.isalpha() else 1
    return len(piece.encode("utf-8", "surrogatepass"))
