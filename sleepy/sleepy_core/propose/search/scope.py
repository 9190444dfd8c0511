"""Which names a place can mean: what its module defines and imports, what a type has, what std always brings.

By text and trees alone, so it is wrong at times (globs, macros); the compiler decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.index import Item, bare, path_of
from sleepy_core.propose.search.site import Site
from sleepy_core.propose.search.syntax import ancestors, field

_USE = re.compile(r"^[ \t]*(?:pub(?:\([^)]*\))?[ \t]+)?use[ \t]+([^;]+);", re.MULTILINE)
NAME = re.compile(r"(?:r#)?[^\W\d]\w*")

PRELUDE_TYPES = ("String", "Vec", "Option", "Result", "Box", "Self", "bool", "char", "str", "u8", "u16", "u32", "u64",
                 "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32", "f64")  # fmt: skip
PRELUDE_VALUES = ("Some", "None", "Ok", "Err", "drop", "String", "Vec", "Box", "true", "false")
PRELUDE_TRAITS = ("Clone", "Copy", "Default", "Drop", "Eq", "Ord", "PartialEq", "PartialOrd", "Fn", "FnMut", "FnOnce",
                  "From", "Into", "TryFrom", "TryInto", "AsRef", "AsMut", "Iterator", "IntoIterator", "ToString",
                  "ToOwned", "Send", "Sync", "Sized", "Extend", "DoubleEndedIterator", "ExactSizeIterator",
                  "FromIterator")  # fmt: skip
STD_MACROS = ("println", "print", "eprintln", "eprint", "format", "write", "writeln", "panic", "vec", "assert",
              "assert_eq", "assert_ne", "debug_assert", "debug_assert_eq", "matches", "dbg", "unreachable", "concat",
              "include_str", "include_bytes", "env", "option_env", "stringify", "thread_local", "cfg", "line", "file",
              "format_args")  # fmt: skip
STD_DERIVES = ("Debug", "Clone", "Copy", "Default", "PartialEq", "Eq", "PartialOrd", "Ord", "Hash")
STD_ATTRIBUTES = ("derive", "inline", "test", "cfg", "cfg_attr", "allow", "warn", "deny", "must_use", "repr", "ignore",
                  "should_panic", "non_exhaustive", "macro_use", "macro_export", "deprecated", "doc", "path", "cold",
                  "track_caller", "no_mangle", "expect", "forbid", "automatically_derived")  # fmt: skip


def inline_module(site: Site) -> tuple[str, ...]:
    """The inline modules around the error, outermost first."""
    names = [field(n, "name") for n in ancestors(site.node) if n.type == "mod_item"]
    return tuple(reversed([site.of(n) for n in names if n is not None]))


def module_path(site: Site) -> tuple[str, ...]:
    """The error's module as its own crate says it: `crate`, `a`, `b`."""
    here = Item("mod", "", 0, 0, 0, module=inline_module(site), file=site.file)
    return tuple(path_of(here, site.case.cargo, site.diagnostic.package).split("::"))


def path_to(site: Site, item: Item) -> tuple[str, ...]:
    """The module of an item, as the error's crate would say it."""
    return tuple(path_of(item, site.case.cargo, site.diagnostic.package).split("::"))


def here(site: Site, *kinds: str) -> Iterator[Item]:
    """What the error's own module defines."""
    module = inline_module(site)
    of_kinds = site.crate.of_kind(*kinds)
    return (i for i in of_kinds if i.file == site.file and i.module == module and not i.container)


def in_module(site: Site, name: str, *kinds: str) -> Iterator[Item]:
    """What a module of a name defines, of some kinds or all; `crate` and a package's name are its root."""
    roots = {"crate", site.diagnostic.package.replace("-", "_")}
    for item in site.crate.of_kind(*kinds) if kinds else site.crate.items:
        path = path_to(site, item)
        if not item.container and ((name in roots and len(path) == 1) or (len(path) > 1 and path[-1] == name)):
            yield item


def imported(site: Site) -> Iterator[str]:
    """The names that the file's `use` declarations bring."""
    for listed in _USE.findall(site.text):
        for part in re.split(r"[{},]", listed):
            last = part.strip().rpartition(" as ")[2].rpartition("::")[2].strip()
            if NAME.fullmatch(last) and last != "self":
                yield last


def owner(site: Site) -> str:
    """The type whose `impl` (or the trait that) the error lies in; "" outside."""
    holder = site.implementation
    if holder is None:
        return ""
    named = field(holder, "type" if holder.type == "impl_item" else "name")
    return bare(site.of(named)) if named is not None else ""


def methods(site: Site, of: str) -> Iterator[Item]:
    """The functions of a type: its own, those of the crate's traits that it implements; of a trait, its own."""
    for item in site.crate.members(of, "fn"):
        yield item
        if item.implements:
            yield from site.crate.members(item.implements, "fn")


def fields_of(site: Site, name: str) -> list[Item]:
    """The fields of a struct or variant: the crate's, or else a library's."""
    return site.crate.members(name, "field") or site.libraries.members(name, "field")


def uses(text: str, name: str) -> int:
    """How often a name stands in a text, as a word."""
    return len(re.findall(rf"(?<!\w){re.escape(name)}(?!\w)", text))


def missing_names(site: Site) -> list[str]:
    """The names that the check's other errors miss: a definition with a wrong name may have been meant."""
    return [
        words[0].rpartition("::")[2]
        for error in site.case.errors
        if error.code in ("E0425", "E0412", "E0433", "E0405", "E0422", "E0531", "E0599", "E0609", "E0560", "E0046")
        and (words := re.findall(r"`([^`]+)`", error.message))
    ]
