"""A small lexer for Rust: enough to compare, align and re-space pieces of code.

It never fails: what it does not know is a one-character punctuation token, and a string that is never
closed runs to the end. Joining the texts of all tokens gives the input back.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from itertools import pairwise

# fmt: off
KEYWORDS = frozenset({
    "as", "async", "await", "box", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false",
    "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return",
    "self", "Self", "static", "struct", "super", "trait", "true", "try", "type", "unsafe", "use", "where", "while",
    "yield",
})
# fmt: on


class Kind(enum.Enum):
    """What a token is."""

    SPACE = enum.auto()
    COMMENT = enum.auto()
    IDENT = enum.auto()  # raw identifiers and keywords as well; see `Token.is_name`
    LIFETIME = enum.auto()
    NUMBER = enum.auto()
    STRING = enum.auto()  # characters and bytes as well
    PUNCT = enum.auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token and where it begins in the text that was given."""

    kind: Kind
    text: str
    start: int

    @property
    def end(self) -> int:
        """Offset behind the token."""
        return self.start + len(self.text)

    @property
    def is_code(self) -> bool:
        """Does the compiler see it?"""
        return self.kind not in (Kind.SPACE, Kind.COMMENT)

    @property
    def is_name(self) -> bool:
        """Is it an identifier that somebody chose, not a keyword?"""
        return self.kind is Kind.IDENT and self.text not in KEYWORDS and self.text != "_"


# Order matters: raw strings before identifiers, characters before lifetimes, `..=` before `..`.
_PATTERN = re.compile(
    r"""
      (?P<SPACE>\s+)
    | (?P<LINE>//[^\n]*)
    | (?P<BLOCK>/\*)
    | (?P<RAW>(?:b|c)?r(?P<hashes>\#*)")
    | (?P<STRING>(?:b|c)?"(?:[^"\\]|\\.)*(?:"|\\?\Z))
    | (?P<CHAR>b?'(?:\\(?:u\{[^}'\n]*\}|x[0-9A-Fa-f]{2}|[^\n])|[^'\\\n\r\t])')
    | (?P<LIFETIME>'[^\W\d]\w*)
    | (?P<IDENT>(?:r\#)?[^\W\d]\w*)
    | (?P<NUMBER>\d(?:\w|(?<=[eE])[+-](?=\d)|\.(?=\d)|\.(?![.\w]))*)
    | (?P<PUNCT>::|->|=>|\.\.=|\.\.\.|\.\.|==|!=|<=|\+=|-=|\*=|/=|%=|\^=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_PART = re.compile(r"/\*|\*/")
_KINDS = {
    "SPACE": Kind.SPACE,
    "LINE": Kind.COMMENT,
    "STRING": Kind.STRING,
    "CHAR": Kind.STRING,
    "LIFETIME": Kind.LIFETIME,
    "IDENT": Kind.IDENT,
    "NUMBER": Kind.NUMBER,
    "PUNCT": Kind.PUNCT,
}


def lex(text: str) -> list[Token]:
    """All tokens of a text, spaces and comments included."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _PATTERN.match(text, at)
        assert match is not None  # the last alternative takes any character
        name = match.lastgroup or "PUNCT"
        if match["BLOCK"]:
            kind, end = Kind.COMMENT, _block_end(text, match.end())
        elif match["RAW"]:
            kind, end = Kind.STRING, _raw_end(text, match.end(), match["hashes"])
        else:
            kind, end = _KINDS[name], match.end()
        tokens.append(Token(kind, text[at:end], at))
        at = end
    return tokens


def code(text: str) -> list[Token]:
    """Only what the compiler sees: no spaces, no comments."""
    return [token for token in lex(text) if token.is_code]


def code_texts(text: str) -> list[str]:
    """The texts of the tokens that the compiler sees: equal for texts that differ in layout and comments only."""
    return [token.text for token in lex(text) if token.is_code]


def depth(text: str) -> int:
    """Opened minus closed brackets of every kind."""
    texts = code_texts(text)
    return sum(t in ("(", "[", "{") for t in texts) - sum(t in (")", "]", "}") for t in texts)


def macro_calls(text: str) -> list[str]:
    """Names of the macros that are called, in order, as often as they are."""
    texts = code_texts(text)
    return [name for name, bang in pairwise(texts) if bang == "!" and name.isidentifier()]


# Bodies that compile everywhere and mean "not written": never a repair.
UNWRITTEN = frozenset({"todo", "unimplemented"})


def adds_unwritten(old: str, new: str) -> bool:
    """Does the new code have more `todo!()` or `unimplemented!()` than the old?"""
    before, after = macro_calls(old), macro_calls(new)
    return any(after.count(name) > before.count(name) for name in UNWRITTEN)


def _block_end(text: str, at: int) -> int:
    """Offset behind a block comment whose `/*` has been read; they nest."""
    level = 1
    for part in _BLOCK_PART.finditer(text, at):
        level += 1 if part[0] == "/*" else -1
        if level == 0:
            return part.end()
    return len(text)


def _raw_end(text: str, at: int, hashes: str) -> int:
    """Offset behind a raw string whose opening quote has been read."""
    close = '"' + hashes
    found = text.find(close, at)
    return len(text) if found < 0 else found + len(close)
