"""Names that exist elsewhere: `use` lines, the right root of a path, modules that nobody declared."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from sleepy_core.model import RelPath
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import LIKELY, SURE, kind
from sleepy_core.propose.search.naming import wrong
from sleepy_core.propose.search.nearness import nearest
from sleepy_core.propose.search.scope import imported, inline_module, module_path, path_to
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.std_paths import std_paths, std_traits
from sleepy_core.propose.search.syntax import Node, ancestors, field
from sleepy_core.propose.search.use_lines import add_module, add_use

_WANTED = {
    "trait": ("trait",),
    "type": ("struct", "enum", "type", "trait"),
    "function": ("fn", "struct", "variant"),
    "value": ("const", "static", "struct", "fn", "variant"),
    "module": ("mod",),
    "macro": ("macro",),
}
_MOST_SHOWN = 4  # paths by which libraries have a name
_ALLOCATED = frozenset({"borrow", "boxed", "collections", "rc", "string", "sync", "vec"})
_MISSING = re.compile(r"cannot find [\w ,]+ `(\w+)` in this scope")
_PATH = re.compile(r"(?:\w+\s*::\s*)*\w+")


def import_item(site: Site) -> Iterator[Change]:
    """`use crate::store::Config;` for a name that the crate, one below it, or std defines elsewhere."""
    name, start = wrong(site)
    if not name or site.text[:start].endswith("::") or enclosing_use(site) is not None:
        return
    for extra, path in enumerate(_paths(site, name)):
        yield change(f"import `{path}`", add_use(site.tree, site.node, path, site.file), cost=extra * 0.2)


def import_together(site: Site) -> Iterator[Change]:
    """`use crate::store::{Config, load};` for all names of one module that the file misses."""
    name, start = wrong(site)
    if not name or site.text[:start].endswith("::") or enclosing_use(site) is not None:
        return
    missing = dict.fromkeys(
        found[1]
        for error in site.case.errors
        if error.file == site.file and (found := _MISSING.match(error.message)) is not None
    )
    for extra, path in enumerate(_paths(site, name)[:4]):
        prefix = path.rpartition("::")[0]
        others = [n for n in missing if n != name and prefix in {p.rpartition("::")[0] for p in _all_paths(site, n)}]
        if others:
            names = ", ".join(sorted((name, *others[:20])))
            edit = add_use(site.tree, site.node, f"{prefix}::{{{names}}}", site.file)
            yield change(f"import {len(others) + 1} missing names from `{prefix}`", edit, cost=extra * 0.2)


def import_trait(site: Site) -> Iterator[Change]:
    """`use crate::Speak;` for a method that only a trait has which is not in scope."""
    name, _ = wrong(site)
    if "cannot write into" in site.message:
        name = "write_fmt"
    brought = set(imported(site))
    here = module_path(site)
    paths: list[str] = []
    for item in site.crate.named(name, "fn", "const"):
        for trait in site.crate.named(item.container, "trait"):
            if trait.name not in brought and path_to(site, trait) != here:
                paths += _homes_of(site, trait)
    paths += [path for path in _spoken(site, std_traits(name)) if path.rpartition("::")[2] not in brought]
    for extra, path in enumerate(dict.fromkeys(paths[:6])):
        yield change(f"import the trait `{path}`", add_use(site.tree, site.node, path, site.file), cost=extra * 0.2)


def repair_root(site: Site) -> Iterator[Change]:
    """`use deep::D` → `use crate::store::deep::D`: what the path's last name is, where the project or std has it."""
    yield from _group_roots(site)
    whole = _path(site)
    if whole is None:
        return
    start, path = whole
    name = path[-1]
    group = site.text[start + len("::".join(path)) :].lstrip().startswith("::{")
    found: list[str] = []
    if group:
        found = [home for item in site.crate.named(name, "mod") for home in _homes_of(site, item)]
        found += [p for p in _libraries(site, name) if p.count("::") == 1]
    else:
        for number in range(len(path) - 1, 0, -1):
            # `store::Config::new`: the type is what has a place, the rest follows it.
            items = (i for i in site.crate.named(path[number]) if not i.container)
            homes = [home for item in items for home in _homes_of(site, item)]
            found += ["::".join((home, *path[number + 1 :])) for home in (*homes, *_libraries(site, path[number]))]
        modules = (home for item in site.crate.named(path[0], "mod") for home in _homes_of(site, item))
        found += ["::".join((home, *path[1:])) for home in modules]
    written = "::".join(path)
    known = {written, f"::{written}"}
    candidates = [*dict.fromkeys(f for f in found if f not in known), *_prefixed(site, path)]
    for extra, other in enumerate(dict.fromkeys(candidates)):
        if extra < 8 and other != written:
            edit = site.put(start, start + _length(site, start), other)
            yield change(f"use the path `{other}`", edit, cost=extra * 0.15)


def declare_module(site: Site) -> Iterator[Change]:
    """`mod store;` where a file `store.rs` lies and nothing declares it."""
    name, start = wrong(site)
    if site.code == "E0583":
        return
    before = re.search(r"(\w+)\s*::\s*$", site.text[:start])
    for parent, folder in _homes(site, before[1] if before else ""):
        for file in (f"{folder}{name}.rs", f"{folder}{name}/mod.rs"):
            tree = site.tree_of(parent)
            if file == parent or file not in site.case.texts or tree is None:
                continue
            if re.search(rf"\bmod\s+{re.escape(name)}\b", tree.text):
                continue
            inside = before is None or before[1] in ("crate", "self", "super")
            visibilities = ("", "pub(crate)", "pub") if inside else ("pub", "pub(crate)")
            for extra, visibility in enumerate(visibilities):
                label = f"declare `{f'{visibility} mod {name};'.lstrip()}` in {PurePosixPath(parent).name}"
                yield change(label, add_module(tree, name, parent, visibility), cost=extra * 0.3)


def declare_module_of_impls(site: Site) -> Iterator[Change]:
    """`mod conversions;` where a file `conversions.rs` lies that nothing declares, with impls of the type meant."""
    names = {name for word in site.words for name in re.findall(r"\b[A-Z]\w*", word)}
    sources = site.sources
    for file, text in sources.items():
        path = PurePosixPath(file)
        if path.name in ("lib.rs", "main.rs", "mod.rs", "build.rs") or "src" not in path.parts:
            continue
        if not any(re.search(rf"\bimpl\b[^{{;]*\b{re.escape(name)}\b", text) for name in names):
            continue
        folder = path.parent.as_posix()
        for parent in (f"{folder}/mod.rs", f"{folder}.rs", f"{folder}/lib.rs", f"{folder}/main.rs"):
            tree = site.tree_of(parent) if parent in sources else None
            if tree is not None and not re.search(rf"\bmod\s+{re.escape(path.stem)}\b", tree.text):
                label = f"declare `mod {path.stem};` in {PurePosixPath(parent).name}"
                yield change(label, add_module(tree, path.stem, parent))


def rename_module(site: Site) -> Iterator[Change]:
    """`mod stroe;` → `mod store;`: the file that lies there and is not declared."""
    item = site.item
    named = field(item, "name") if item is not None and item.type == "mod_item" else None
    if named is None:
        return
    folder = "/".join((_folder(site.file), *inline_module(site)[:-1])).strip("/")
    declared = set(re.findall(r"\bmod\s+(\w+)", site.text))
    lying = _lying(site.case.texts, folder) - declared - {PurePosixPath(site.file).stem}
    name = site.of(named)
    for other, far in nearest(name, sorted(lying), most=3):
        yield change(f"declare `{other}`, whose file is there, for `{name}`", site.replace(named, other), cost=far)
    if len(lying) == 1:
        for other in lying:
            yield change(f"declare `{other}`, whose file is there, for `{name}`", site.replace(named, other), cost=1)


def enclosing_use(site: Site) -> Node | None:
    """The `use` declaration around the span."""
    return next((n for n in ancestors(site.node) if n.type == "use_declaration"), None)


def _paths(site: Site, name: str) -> list[str]:
    """The paths that a name may be imported by, of what the message wants, the crate's own first."""
    wanted = next((kinds for word, kinds in _WANTED.items() if re.search(rf"\b{word}\b", site.message)), None)
    here = module_path(site)
    paths: list[str] = []
    items = site.crate.named(name, *(wanted or ()))
    for item in sorted(items, key=lambda i: (not i.public and i.kind != "variant", len(path_to(site, i)))):
        if item.kind == "macro":
            paths.append(f"{path_to(site, item)[0]}::{name}")
        elif item.kind == "variant" or (not item.container and path_to(site, item) != here):
            paths += _homes_of(site, item)
    return list(dict.fromkeys((*paths, *_libraries(site, name, *(wanted or ())))))[:6]


def _all_paths(site: Site, name: str) -> list[str]:
    homes = [home for item in site.crate.named(name) if _stands_alone(item) for home in _homes_of(site, item)]
    return [*homes, *_libraries(site, name)]


def _stands_alone(item: Item) -> bool:
    return not item.container or item.kind == "variant"


def _homes_of(site: Site, item: Item) -> list[str]:
    """An item's path, as the error's crate would say it: programs and tests name their package's library."""
    path = path_to(site, item)
    name = f"{item.container}::{item.name}" if item.kind == "variant" else item.name
    found = ["::".join((*path, name))]
    if path[0] == "crate" and site.diagnostic.target not in ("lib", site.diagnostic.package):
        found.append("::".join((site.diagnostic.package.replace("-", "_"), *path[1:], name)))
        if not {"tests", "examples", "benches", "bin"}.isdisjoint(PurePosixPath(site.file).parts):
            found.reverse()
    return found


def _path(site: Site) -> tuple[int, list[str]] | None:
    """The whole path that the span lies in: where it begins, and its names (up to a group's brace)."""
    start = site.start
    while (before := re.search(r"\w+\s*::\s*$", site.text[:start])) is not None:
        start = before.start()
    found = _PATH.match(site.text, start)
    if found is None:
        return None
    return start, re.split(r"\s*::\s*", found[0])


def _libraries(site: Site, name: str, *kinds: str) -> list[str]:
    """The paths by which std (or core and alloc where there is no std) and the dependencies have a name."""
    shown = [path for item in site.libraries.named(name, *kinds) for path in _shown(site, item)]
    own = [path for path in shown if not path.startswith("std::")]
    std = [*std_paths(name), *(path for path in shown if path.startswith("std::"))]
    return list(dict.fromkeys((*own[:_MOST_SHOWN], *_spoken(site, std)[:_MOST_SHOWN])))


def _shown(site: Site, item: Item) -> list[str]:
    """The public paths of a library's item; what a type holds has those of the type, if it is a variant."""
    if item.kind == "variant":
        holders = site.libraries.named(item.container, "enum")
        return ["::".join((*holder.module, holder.name, item.name)) for holder in holders]
    return [] if item.container else ["::".join((*item.module, item.name))]


def _spoken(site: Site, paths: list[str]) -> list[str]:
    if not any("no_std" in site.case.texts[root] for root in _roots(site)):
        return paths
    rests = [path.removeprefix("std::") for path in paths]
    below = [f"{'alloc' if rest.partition('::')[0] in _ALLOCATED else 'core'}::{rest}" for rest in rests]
    return [*below, *paths]


def _group_roots(site: Site) -> Iterator[Change]:
    """`use super::{a, b}` → `use crate::{a, b}`: what stands before the group, by where its names are defined."""
    use = enclosing_use(site)
    argument = field(use, "argument")
    if argument is None or argument.type not in ("scoped_use_list", "use_list") or site.node == argument:
        return
    path = field(argument, "path")
    if path is not None and site.start < site.tree.end(path):
        return
    name = wrong(site)[0]
    homes = [_homes_of(site, item)[0].rpartition("::")[0] for item in site.crate.named(name) if not item.container]
    homes += [p.rpartition("::")[0] for p in _libraries(site, name)]
    written = site.of(path) if path is not None else ""
    candidates = [*homes, "crate", "super", "self", *(_prefixed(site, written.split("::")) if written else ())]
    for extra, other in enumerate([c for c in dict.fromkeys(candidates) if c and c != written][:6]):
        edit = site.replace(path, other) if path is not None else site.before(argument, f"{other}::")
        yield change(f"import the group from `{other}`", edit, cost=extra * 0.15)


def _length(site: Site, start: int) -> int:
    found = _PATH.match(site.text, start)
    return len(found[0]) if found else 0


def _prefixed(site: Site, path: list[str]) -> Iterator[str]:
    """The same path from other roots: `crate::`, `self::`, `super::`, the package's library, without its first name."""
    text = "::".join(path)
    library = site.diagnostic.package.replace("-", "_")
    if path[0] in ("crate", "self", "super"):
        rest = "::".join(path[1:])
        roots = [root for root in ("crate", "super", "self") if root != path[0]]
        yield from (f"{root}::{rest}" for root in roots if rest)
        if path[0] == "crate":
            yield f"{library}::{rest}"
        if path[0] == "super":
            yield f"super::super::{rest}"
        yield rest
        return
    yield from (f"crate::{text}", f"super::{text}", f"self::{text}")
    if path[0] in (library, "core", "alloc") and len(path) > 1:
        yield "::".join(("crate" if path[0] == library else "std", *path[1:]))
    if len(path) > 1 and path[0] not in ("std", "core", "alloc"):
        yield "::".join(("crate", *path[1:]))
    if path[0] in ("std", "core", "alloc") and len(path) > 2:
        yield from _libraries(site, path[-1])


def _homes(site: Site, holder: str) -> Iterator[tuple[RelPath, str]]:
    """The files that may declare the missing module, each with the folder where its modules lie."""
    parents = [site.file, *_roots(site)]
    if holder not in ("", "crate", "self", "super"):
        parents = [f for f in site.case.texts if f.endswith((f"/{holder}.rs", f"/{holder}/mod.rs"))][:3]
    elif holder == "crate":
        parents = _roots(site)
    elif holder == "super":
        folder = str(PurePosixPath(_folder(site.file)).parent)
        names = (f"{folder}.rs", *(f"{folder}/{name}.rs" for name in ("mod", "lib", "main")))
        parents = [name for name in names if name in site.case.texts]
    for parent in dict.fromkeys(parents):
        folder = _folder(parent)
        yield parent, f"{folder}/" if folder else ""


def _roots(site: Site) -> list[RelPath]:
    """The roots of the crates that a file may be in: `lib.rs` and `main.rs` of the folders above it."""
    folders = [str(folder) for folder in PurePosixPath(site.file).parents]
    names = (f"{'' if folder == '.' else folder + '/'}{name}" for folder in folders for name in ("lib.rs", "main.rs"))
    return [name for name in names if name in site.case.texts]


def _folder(file: RelPath) -> str:
    """Where the modules of a file lie: `src/lib.rs` → src, `src/a.rs` → src/a."""
    path = PurePosixPath(file)
    folder = path.parent if path.name in ("lib.rs", "main.rs", "mod.rs") else path.parent / path.stem
    return "" if str(folder) == "." else str(folder)


def _lying(texts: Iterable[RelPath], folder: str) -> set[str]:
    """The modules whose files lie in a folder."""
    found = set()
    for file in texts:
        path = PurePosixPath(file)
        if path.suffix != ".rs":
            continue
        if path.name == "mod.rs" and str(path.parent.parent) in (folder, folder or "."):
            found.add(path.parent.name)
        elif str(path.parent) in (folder, folder or ".") and path.name not in (
            "lib.rs",
            "main.rs",
            "mod.rs",
            "build.rs",
        ):
            found.add(path.stem)
    return found


KINDS = (
    kind("import-item", "E0425 E0412 E0433 E0405 E0404 E0422 E0531 E0423 -", SURE + 0.2, import_item),
    kind("import-together", "E0425 E0412 E0433 E0405 E0422 E0531 -", SURE, import_together),
    kind("import-trait", "E0599", SURE + 0.5, import_trait),
    kind("repair-root", "E0432 E0433 E0425 E0412 E0405 E0422 E0531 E0603", LIKELY - 0.5, repair_root),
    kind("declare-module", "E0432 E0433", SURE, declare_module),
    kind("declare-module-of-impls", "E0277 E0599 E0308 E0369", SURE + 0.5, declare_module_of_impls),
    kind("rename-module", "E0583", SURE, rename_module),
)
