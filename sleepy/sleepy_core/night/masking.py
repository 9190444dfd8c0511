"""Keys and tokens in code, and how they are masked before anything learns from it. Pure.

Own code, since the library for it (detect-secrets 1.5) names the lines that have a secret rather than where it stands:
of a GitHub token its rule returns `ghp`. It also brings `requests`, and takes 0.2 s to import. The forms below are
those that the issuers document; what looks random in a literal is masked as well.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

MASK = "MASKED"

# An excerpt may end before the key does, a literal has it in one line, and a prompt may mark its lines.
_KEY = re.compile(
    r"(-----BEGIN [A-Z ]*PRIVATE KEY-----)(?:(?:[\s>]|\\n)*[A-Za-z0-9+/=]{16,})+"
    r"(?:(?:[\s>]|\\n)*[A-Za-z0-9+/=]{1,76}(?=(?:[\s>]|\\n)*-----END))?"
)
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{20,}",
        r"\bgithub_pat_\w{20,}",
        r"\bglpat-[\w-]{16,}",
        r"\bxox[abeoprs]-[\w-]{10,}",
        r"(?<=hooks\.slack\.com/services/)[\w/]+",
        r"\bAIza[\w-]{30,}",
        r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}",
        r"\bsk-[\w-]{20,}",
        r"\bnpm_[A-Za-z0-9]{30,}",
        r"\bpypi-[\w-]{40,}",
        r"\bhf_[A-Za-z0-9]{30,}",
        r"\bcio[A-Za-z0-9]{32}\b",
        r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]*",
        r"(?<=://)[^\s/:@\"']+:[^\s/@\"']+(?=@)",
    )
)

# A literal that is given to something with a telling name: `const API_KEY: &str = "…"`, `.password("…")`.
_NAMED = re.compile(
    r"(?i)(?P<name>pass(?:word|wd|phrase)|secret|token|api_?key|(?:access|private|signing|encryption)_?key|credentials?)"
    r"(?P<between>\w*\"?\s*(?:[:=(,]|=>)[^\"\n;]{0,40}?b?\")(?P<value>[^\"\s]{6,})(?=\")"
)
# Where the compiler's messages point into its own library: the commit that it was built from.
_PUBLIC = re.compile(r"(/rustc/[0-9a-f]{40}/[\w/.-]*)")
_LITERAL = re.compile(r"\"[^\"\n]{20,}\"")
_WORD = re.compile(r"[A-Za-z0-9+/=_-]{20,}")
_LONG = re.compile(r"[A-Za-z0-9+/=]{40,}")  # outside of literals, where long names stand
_SEPARATORS = re.compile(r"[+/=_-]+")
# Digests and keys, not numbers: those have their digits behind `0x`, or no letters.
_HEX = re.compile(r"(?<![0-9A-Za-z])(?=\d*[A-Fa-f])(?:[0-9a-f]{32,}|[0-9A-F]{32,})(?![0-9A-Za-z])")
# Letters and digits, and bits a character (Shannon): in one piece, and put together across separators.
_PIECE, _PIECE_BITS = 20, 3.5
_WHOLE, _WHOLE_BITS = 24, 4.0


def mask(text: str) -> str:
    """The text with every secret in it replaced by `MASK`. Masking twice changes nothing."""
    pieces = _PUBLIC.split(text)
    pieces[::2] = map(_masked, pieces[::2])  # every other one is what the expression has found
    return "".join(pieces)


def _masked(text: str) -> str:
    text = _KEY.sub(rf"\1{MASK}", text)
    for form in _FORMS:
        text = form.sub(MASK, text)
    text = _NAMED.sub(lambda m: m["name"] + m["between"] + MASK, text)
    text = _LITERAL.sub(lambda m: _WORD.sub(_unless_plain, m[0]), text)
    return _LONG.sub(_unless_plain, _HEX.sub(MASK, text))


def _unless_plain(word: re.Match[str]) -> str:
    return MASK if _is_random(word[0]) else word[0]


def _is_random(word: str) -> bool:
    """Does it look drawn by chance, as keys and digests are, and no name or path?"""
    pieces = _SEPARATORS.split(word)
    whole = "".join(pieces)
    return any(len(p) >= _PIECE and _digits(p) >= 2 and _bits(p) >= _PIECE_BITS for p in pieces) or (
        len(whole) >= _WHOLE and _is_mixed(whole) and _bits(whole) >= _WHOLE_BITS
    )


def _digits(word: str) -> int:
    return sum(map(str.isdigit, word))


def _is_mixed(word: str) -> bool:
    """Both cases, with digits among them or changing more often than words begin."""
    switches = sum(a.isupper() != b.isupper() for a, b in pairwise(word))
    return word.upper() != word != word.lower() and (_digits(word) >= 2 or switches >= len(word) / 3)


def _bits(word: str) -> float:
    """Shannon's entropy of a character, estimated from the word itself."""
    counts = Counter(word).values()
    return -sum(n / len(word) * math.log2(n / len(word)) for n in counts)
