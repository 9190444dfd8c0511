"""The name that an error is about, and the names that may have been meant in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.index import Item, bare
from sleepy_core.propose.search.scope import (
    PRELUDE_TRAITS,
    PRELUDE_TYPES,
    PRELUDE_VALUES,
    STD_ATTRIBUTES,
    STD_DERIVES,
    STD_MACROS,
    here,
    imported,
    in_module,
    methods,
    path_to,
)
from sleepy_core.propose.search.site import Site
from sleepy_core.propose.search.syntax import ancestors, descendants, enclosing, field

_UNKNOWN = re.compile(r"(?:no|find|unlinked crate|undeclared (?:type|module|crate or module)) `([^`]+)`")
_WITHIN = re.compile(r"\bin (?:(?:module|crate|enum|struct|trait) )?`([^`]+)`")
_ON = re.compile(
    r"(?:for|on) (?:(?:reference|struct|enum|union|type parameter|trait object|type|opaque type) )*`([^`]+)`"
)
_TRAIT_ITEMS = {"E0407": "fn", "E0437": "type", "E0438": "const"}
_STD = {
    "std": ("collections", "fmt", "io", "fs", "env", "sync", "rc", "cell", "thread", "time", "path", "process", "mem",
            "cmp", "hash", "iter", "str", "string", "vec", "net", "num", "ops", "ptr", "slice", "any", "borrow",
            "boxed", "char", "convert", "error", "ffi", "marker", "option", "result", "os", "panic", "pin", "task"),
    "collections": ("HashMap", "HashSet", "BTreeMap", "BTreeSet", "VecDeque", "BinaryHeap", "hash_map", "btree_map"),
    "sync": ("Arc", "Mutex", "RwLock", "OnceLock", "LazyLock", "Condvar", "Barrier", "atomic", "mpsc"),
    "fmt": ("Display", "Debug", "Formatter", "Result", "Write", "Error", "Arguments"),
    "io": ("Read", "Write", "BufRead", "BufReader", "BufWriter", "Seek", "Error", "ErrorKind", "Result", "stdin",
           "stdout", "stderr", "Cursor"),
    "time": ("Duration", "Instant", "SystemTime", "UNIX_EPOCH"),
    "fs": ("File", "OpenOptions", "read_to_string", "write", "read_dir", "create_dir_all", "remove_file", "metadata"),
    "path": ("Path", "PathBuf"),
    "cell": ("Cell", "RefCell", "OnceCell"),
    "rc": ("Rc", "Weak"),
}  # fmt: skip


def wrong(site: Site) -> tuple[str, int]:
    """The name that is wrong, and where it is: the span itself, or the part of it that is spoken of; "" if unclear."""
    text = site.text[site.start : site.end]
    if re.fullmatch(r"'?(?:r#)?\w+", text):
        return text, site.start
    if site.code in _TRAIT_ITEMS:
        exact = site.tree.exactly(site.start, site.end)
        name = field(exact, "name")
        return (site.of(name), site.tree.start(name)) if name is not None else ("", site.start)
    for found in (*_UNKNOWN.findall(site.said), *(word.rpartition("::")[2] for word in site.words)):
        at = [m.start() for m in re.finditer(rf"(?<!\w){re.escape(found)}(?!\w)", text)]
        if at:
            return found, site.start + at[-1]
    return "", site.start


def pool(site: Site) -> Iterator[str]:
    """The names that may stand where the wrong one does, the innermost first."""
    match site.code:
        case "E0426":
            yield from _lifetimes(site, "label")
        case "E0261":
            yield from _lifetimes(site, "lifetime")
        case "":
            yield from _macros(site)
        case "E0404" | "E0405":
            yield from (*_names(here(site, "trait")), *imported(site), *PRELUDE_TRAITS)
        case "E0432" | "E0433":
            yield from _segments(site)
        case "E0425" | "E0412" | "E0422" | "E0423" | "E0531" | "E0532" | "E0573" | "E0574" | "E0576":
            yield from _plain(site)
        case _:
            yield from _names(members(site))
            yield from _names(library_members(site))


def members(site: Site) -> Iterator[Item]:
    """What the type or trait that the message names has: fields, variants, functions, as the error's kind wants."""
    if site.code in _TRAIT_ITEMS:
        trait = bare(site.words[-1]) if site.words else ""
        yield from site.crate.members(trait, _TRAIT_ITEMS[site.code])
        return
    of = _subject(site)
    if site.code == "E0599":
        yield from methods(site, of)
        yield from site.crate.members(of, "variant", "const")
        for trait in _bounds(site, of):
            yield from site.crate.members(trait, "fn", "const")
    elif site.code in ("E0609", "E0610", "E0615"):
        yield from site.crate.members(of, "field")
        yield from (m for m in methods(site, of) if m.receiver and not m.parameters)
    else:
        yield from site.crate.members(of, "field")


def library_members(site: Site) -> Iterator[Item]:
    """The same of a type or trait of a library; of its functions those that can be called as it is written."""
    of, libraries = _subject(site), site.libraries
    if site.code in _TRAIT_ITEMS:
        yield from libraries.members(bare(site.words[-1]) if site.words else "", _TRAIT_ITEMS[site.code])
    elif site.code == "E0599":
        yield from (item for item in libraries.methods(of) if _callable(site, item))
        yield from libraries.members(of, "variant", "const")
        # What an imported trait gives to all types: nobody says which types those are.
        for trait in (*_bounds(site, of), *imported(site)):
            yield from (item for item in libraries.members(trait, "fn") if _callable(site, item))
    else:
        yield from libraries.members(of, "field")
        if site.code in ("E0609", "E0610", "E0615"):
            yield from (item for item in libraries.methods(of) if item.receiver and not item.parameters)


def _subject(site: Site) -> str:
    """The type that the message is about."""
    said = _ON.search(site.message)
    return bare(said[1]) if said else bare(site.words[0] if site.words else "")


def _callable(site: Site, item: Item) -> bool:
    """Does a function take as many arguments as are written behind the wrong name?"""
    call = enclosing(site.node, "call_expression")
    function, listed = field(call, "function"), field(call, "arguments")
    if function is None or listed is None or site.tree.end(function) != site.end:
        return True
    given = sum(node.type not in ("line_comment", "block_comment") for node in listed.named_children)
    if function.type == "field_expression":
        return bool(item.receiver) and given == len(item.parameters)
    return given == len(item.parameters) + bool(item.receiver)


def definitions(site: Site) -> Iterator[Item]:
    """The items whose names may be the ones that are wrong."""
    if site.code in ("E0425", "E0412", "E0422", "E0423", "E0531", "E0405", "E0433", "E0432"):
        within = _within(site)
        kinds = ("fn", "struct", "enum", "trait", "const", "static", "type", "mod")
        yield from in_module(site, within, *kinds) if within else here(site, *kinds)
        for container in (within, *_types_before(site)):
            yield from site.crate.members(container, "variant", "fn", "const")
    elif site.code == "":
        yield from site.crate.of_kind("macro") if "cannot find macro" in site.message else ()
    else:
        yield from members(site)


def _plain(site: Site) -> Iterator[str]:
    """Values, functions and types, as the message says that one was wanted."""
    within = _within(site)
    if within:
        yield from _names(in_module(site, within))
        yield from _names(site.crate.members(within, "fn", "const", "variant"))
        yield from _names(site.libraries.in_module(within))
        yield from _names(site.libraries.members(within, "fn", "const", "variant"))
        yield from _STD.get(within, ())
        return
    wants_type = any(word in site.message for word in (" type `", "expected type", "union type", "expected struct"))
    brought = list(imported(site))
    if wants_type:
        yield from _names(here(site, "struct", "enum", "type", "trait"))
        yield from (name for name in brought if name[:1].isupper())
        yield from _generics(site)
        yield from PRELUDE_TYPES
        return
    if site.code == "E0425" or site.code == "E0423":
        yield from (local.name for local in site.locals)
    yield from _names(here(site, "fn", "const", "static"))
    yield from _names(i for i in here(site, "struct") if i.shape != "named")
    yield from brought
    yield from PRELUDE_VALUES


def _segments(site: Site) -> Iterator[str]:
    within = _within(site)
    if not within:
        text, at = wrong(site)
        before = re.search(r"(\w+)\s*::\s*(?:\{[^{}]*)?$", site.text[:at]) if text else None
        within = before[1] if before else ""
    if within:
        yield from _names(in_module(site, within))
        yield from _names(site.crate.members(within))
        yield from _names(site.libraries.in_module(within))
        yield from _names(site.libraries.members(within, "fn", "const", "variant"))
        # Modules that are files have no item of their own but in their parents: `mod x;` is one.
        yield from _STD.get(within, ())
        return
    yield from _names(here(site, "mod", "struct", "enum", "trait", "type"))
    yield from imported(site)
    yield from (name.replace("-", "_") for name in sorted(site.case.cargo.names))
    yield from (name for name, _ in site.case.externs.crates) if site.case.externs is not None else ()
    if site.code == "E0432":
        yield from _names(i for i in site.crate.of_kind("mod") if len(path_to(site, i)) == 1)
    yield from (*PRELUDE_TYPES, *_generics(site), "std", "core", "crate", "self", "super")


def _within(site: Site) -> str:
    """The module or type that the message says the name is not in; "" for a plain name."""
    found = _WITHIN.search(site.message) or _WITHIN.search(site.diagnostic.span.label or "")
    if "crate root" in (site.diagnostic.span.label or ""):
        return "crate"
    return found[1].rpartition("::")[2] if found else ""


def _types_before(site: Site) -> Iterator[str]:
    before = re.search(r"(\w+)\s*::\s*$", site.text[: site.start])
    if before:
        yield before[1]


def _bounds(site: Site, name: str) -> Iterator[str]:
    """The traits that a type parameter, `impl Trait` or `dyn Trait` must have, as they are written around the place."""
    for holder in ancestors(site.node):
        if holder.type not in ("function_item", "impl_item", "trait_item", "struct_item"):
            continue
        head = site.of(holder).partition("{")[0]
        for bound in re.findall(rf"(?<!\w){re.escape(name)}\s*:\s*([^,>{{]+)", head):
            yield from (bare(part) for part in bound.split("+"))
    if site.crate.named(name, "trait"):
        yield name


def _generics(site: Site) -> Iterator[str]:
    for holder in ancestors(site.node):
        listed = field(holder, "type_parameters")
        if listed is not None:
            for part in listed.named_children:
                named = field(part, "name") or part
                if named.type == "type_identifier":
                    yield site.of(named)


def _lifetimes(site: Site, kind: str) -> Iterator[str]:
    for holder in ancestors(site.node):
        if kind == "label":
            yield from (
                site.of(c) for c in holder.children if c.type == "label" and c.start_byte < site.node.start_byte
            )
        else:
            listed = field(holder, "type_parameters")
            if listed is not None:
                yield from (site.of(n) for n in descendants(listed) if n.type == "lifetime")
    if kind == "lifetime":
        yield "'static"


def _macros(site: Site) -> Iterator[str]:
    if "cannot find macro" in site.message:
        yield from (*_names(site.crate.of_kind("macro")), *STD_MACROS)
    elif "cannot find derive" in site.message:
        yield from STD_DERIVES
    elif "cannot find attribute" in site.message:
        yield from STD_ATTRIBUTES


def _names(items: Iterator[Item] | list[Item]) -> Iterator[str]:
    return (item.name for item in items)
