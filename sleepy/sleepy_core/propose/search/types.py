"""Rust's types as messages and signatures write them: read, compared, matched against patterns. Pure.

Only what small edits need: lifetimes and the paths before a name are dropped, so `std::slice::Iter<'_, u8>` is
`Iter<u8>`. A type that cannot be read is a name that equals nothing but itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass


def words(text: str) -> frozenset[str]:
    """A set of names that stand in one text, with white space between them."""
    return frozenset(text.split())


INTEGERS = words("u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize {integer}")
FLOATS = words("f32 f64 {float}")

_TOKEN = re.compile(
    r"'\w+\b|->|\.\.\.|\{[^{}]*\}|(?:r#)?\w+(?:::(?:r#)?\w+)*|::|[&*<>()\[\];,+=!?]",
)
# How messages name what they do not put in backticks.
_SPOKEN = {
    "integer": "{integer}",
    "floating-point number": "{float}",
    "closure": "{closure}",
    "future": "impl Future<Output = _>",
    "array": "[_; _]",
    "fn item": "{fn}",
    "fn pointer": "{fn}",
}


@dataclass(frozen=True, slots=True)
class Type:
    """A type: the last name of its path and its arguments.

    Names that are no paths: `&`, `&mut`, `*const`, `*mut`, `[]` (slice), `[;]` (array), `()` (tuple), `fn`
    (the last argument is what it returns), `dyn`, `impl`, `Output=` (a binding), `_`.
    """

    name: str
    args: tuple[Type, ...] = ()

    def __str__(self) -> str:
        listed = ", ".join(str(a) for a in self.args)
        match self.name, self.args:
            case (("&" | "&mut" | "*const" | "*mut" | "dyn" | "impl"), (inner,)):
                return f"{self.name}{'' if self.name == '&' else ' '}{inner}"
            case "[]", (inner,):
                return f"[{inner}]"
            case "[;]", (inner, length):
                return f"[{inner}; {length}]"
            case "()", (inner,):
                return f"({inner},)"
            case "()", _:
                return f"({listed})"
            case "fn", (*parameters, returned):
                return f"fn({', '.join(map(str, parameters))}){'' if returned == UNIT else f' -> {returned}'}"
        if self.name.endswith("=") and self.args:
            return f"{self.name[:-1]} = {self.args[0]}"
        return f"{self.name}<{listed}>" if self.args else self.name

    @property
    def writable(self) -> bool:
        """Can it be written in a signature? Closures, holes and cut types cannot."""
        known = self.name not in ("_", "...", "!", "impl") and not self.name.startswith("{")
        return known and all(a.writable for a in self.args)

    def parts(self) -> Iterator[Type]:
        """The type and all types in it."""
        yield self
        for argument in self.args:
            yield from argument.parts()


UNIT = Type("()")
HOLE = Type("_")


@functools.lru_cache(maxsize=4096)
def read(text: str) -> Type:
    """The type that a text says, with or without backticks, or in the compiler's words ("integer")."""
    plain = text.strip().strip("`")
    plain = _SPOKEN.get(plain, plain)
    tokens = [t for t in _TOKEN.findall(plain) if not t.startswith("'")]
    try:
        reader = _Reader(tokens)
        found = reader.type()
    except (IndexError, RecursionError):
        return _unread(plain)
    return found if reader.done else _unread(plain)


def _unread(text: str) -> Type:
    """A name for what cannot be read; never one that promises arguments."""
    return Type(text) if any(character.isalnum() for character in text) else Type(f"?{text}")


def defaulted(type_: Type) -> Type:
    """The type with `i32` and `f64` for literals whose type is open."""
    name = {"{integer}": "i32", "{float}": "f64"}.get(type_.name, type_.name)
    return Type(name, tuple(defaulted(a) for a in type_.args))


def same(one: Type, other: Type) -> bool:
    """May these be the same type? Holes fit everything, literals every number of their kind."""
    if "_" in (one.name, other.name) or "..." in (one.name, other.name):
        return True
    if one.name != other.name:
        open_integer = "{integer}" in (one.name, other.name) and {one.name, other.name} <= INTEGERS
        open_float = "{float}" in (one.name, other.name) and {one.name, other.name} <= FLOATS
        return open_integer or open_float
    return len(one.args) == len(other.args) and all(map(same, one.args, other.args))


def match(pattern: Type, given: Type, bound: dict[str, Type]) -> bool:
    """Does a type fit a pattern? In patterns single capitals are variables (they are bound), `int`, `float` and
    `num` stand for every number of the kind and are bound, too."""
    if pattern.name in _CLASSES and not pattern.args:
        if given.name not in _CLASSES[pattern.name] or given.args:
            return False
        return same(bound.setdefault(pattern.name, given), given)
    if len(pattern.name) == 1 and pattern.name.isupper():
        return same(bound.setdefault(pattern.name, given), given)
    if pattern.name != given.name or len(pattern.args) > len(given.args):
        return False
    # What stands behind the pattern's arguments is a default (an allocator, a hasher), or no concern of the row's.
    return all(match(p, g, bound) for p, g in zip(pattern.args, given.args, strict=False))


_CLASSES = {"int": INTEGERS, "float": FLOATS, "num": INTEGERS | FLOATS}


class _Reader:
    """Reads one type from tokens; `IndexError` where they end too early."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at == len(self._tokens)

    def type(self) -> Type:
        token = self._take()
        match token:
            case "&":
                return Type("&mut" if self._skip("mut") else "&", (self.type(),))
            case "*":
                return Type("*" + self._take(), (self.type(),))
            case "[":
                inner = self.type()
                if self._skip(";"):
                    return self._closed(Type("[;]", (inner, Type(self._take()))), "]")
                return self._closed(Type("[]", (inner,)), "]")
            case "(":
                several, trailing = self._listed(")")
                return several[0] if len(several) == 1 and not trailing else Type("()", several)
            case "dyn" | "impl":
                return self._bounds(token)
            case "for":  # `for<'a> fn(&'a u8)`
                self._skip("<")
                self._skip(">")
                return self.type()
            case "unsafe" | "extern":
                return self.type()
            case "<":  # `<T as Trait>::Name`
                raise IndexError
        return self._path(token)

    def _path(self, token: str) -> Type:
        name = token.rpartition("::")[2]
        if token in ("fn", "Fn", "FnMut", "FnOnce") and self._skip("("):
            parameters, _ = self._listed(")")
            returned = self.type() if self._skip("->") else UNIT
            if self._peek().startswith("{"):  # which function it is
                self._take()
            return Type(token, (*parameters, returned))
        if self._skip("="):
            return Type(f"{name}=", (self.type(),))
        if self._skip("::") and self._peek() != "<":
            raise IndexError
        arguments, _ = self._listed(">") if self._skip("<") else ((), False)
        if self._peek().startswith("::") and self._peek() != "::":
            raise IndexError
        return Type(name if not token.startswith("{closure") else "{closure}", arguments)

    def _bounds(self, word: str) -> Type:
        first = self.type()
        while self._skip("+"):
            if not self.done and self._peek() not in (">", ",", ")"):  # a lifetime is gone already
                self.type()
        return Type(word, (first,))

    def _listed(self, close: str) -> tuple[tuple[Type, ...], bool]:
        found: list[Type] = []
        trailing = False
        while not self._skip(close):
            if self._skip(","):  # of a lifetime that is gone, or the last
                trailing = True
                continue
            found.append(self.type())
            trailing = False
        return tuple(found), trailing

    def _closed(self, type_: Type, close: str) -> Type:
        if self._take() != close:
            raise IndexError
        return type_

    def _take(self) -> str:
        self._at += 1
        return self._tokens[self._at - 1]

    def _peek(self) -> str:
        return "" if self.done else self._tokens[self._at]

    def _skip(self, token: str) -> bool:
        if self._peek() != token:
            return False
        self._at += 1
        return True
