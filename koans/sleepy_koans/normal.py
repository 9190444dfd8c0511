"""When are two programs the same? When they differ in names, literals, comments and spaces only."""

from __future__ import annotations

import re

from sleepy_koans.koan import Files

_TOKEN = re.compile(
    r"""
    (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<string>b?r(?P<hashes>\#*)".*?"(?P=hashes)|[bc]?"(?:\\.|[^"\\])*")
  | (?P<char>b?'(?:\\[^\n']+|\\'|[^'\\\n])')
  | (?P<lifetime>'[A-Za-z_]\w*)
  | (?P<number>\d[\d_]*(?:\.\d[\d_]*)?(?P<suffix>[a-z]\w*)?)
  | (?P<name>(?:r\#)?[A-Za-z_]\w*)
  | (?P<mark>\S)
    """,
    re.VERBOSE | re.DOTALL,
)

# What nobody can rename. Names of std's methods are renamed like others, which takes more programs for the same.
_WORDS = """
    as async await break const continue crate dyn else enum extern false fn for gen if impl in let loop macro_rules
    match mod move mut pub ref return self Self static struct super trait true type union unsafe use where while
    bool char str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 String Vec Box Option Result Some None
    Ok Err Rc Arc Cell RefCell Mutex HashMap BTreeMap HashSet Clone Copy Debug Display Default PartialEq Eq Hash Ord
    PartialOrd Iterator IntoIterator From Into Fn FnMut FnOnce Send Sync Drop Future Pin std core alloc cfg derive
"""
_KEPT = frozenset(re.findall(r"\w+", _WORDS))


def normal(files: Files) -> str:
    """The crate's text with names and lifetimes numbered as they appear, and literals emptied."""
    numbers: dict[str, str] = {}
    tokens = []
    for path in sorted(files):
        for token in _TOKEN.finditer(files[path]):
            text = token[0]
            if token["comment"]:
                continue
            if token["string"]:
                text = '""'
            elif token["char"]:
                text = "''"
            elif token["number"]:
                text = f"0{token['suffix'] or ''}"
            elif token["lifetime"] or (token["name"] and text not in _KEPT):
                text = numbers.setdefault(text, ("'" if token["lifetime"] else "_") + str(len(numbers)))
            tokens.append(text)
    return " ".join(tokens)
