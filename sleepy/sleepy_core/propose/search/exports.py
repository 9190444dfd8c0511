"""What a crate shows to those that use it: its public items under their public paths, and what these hold.

Modules are followed as they are declared, `pub use` as far as names alone can tell, over crates as well: that is how
std shows what core defines. What macros make is not seen, nor what `#[path]` moves. Pure.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sleepy_core.propose.search.index import Item, items_in
from sleepy_core.propose.search.syntax import Node, Tree, child
from sleepy_core.propose.search.syntax import field as part

# Where a module is: the crate, then the modules from its root.
Path = tuple[str, ...]

_DEEPEST = 8  # modules below each other
_MOST_PATHS = 3  # of one item
_EXTERN = re.compile(r"^\s*(?:pub\s+)?extern\s+crate\s+(\w+)\s+as\s+(\w+)\s*;", re.M)
_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)


@dataclass(slots=True)
class _Module:
    """What one module declares, public or not."""

    items: dict[str, list[Item]] = field(default_factory=lambda: defaultdict(list))
    modules: dict[str, bool] = field(default_factory=dict)  # by name: is it public?
    uses: dict[str, list[tuple[Path, bool]]] = field(default_factory=lambda: defaultdict(list))  # path, public?
    globs: list[tuple[Path, bool]] = field(default_factory=list)


class Exports:
    """What crates that know of each other export. Each is given as its files' texts, by the modules that they are."""

    def __init__(self, crates: Mapping[str, Mapping[Path, str]]) -> None:
        self._modules: dict[Path, _Module] = defaultdict(_Module)
        self._members: dict[str, list[Item]] = defaultdict(list)
        self._hidden: set[str] = set()  # items that are not public
        self._aliases: dict[str, dict[str, str]] = {}
        self._crates = frozenset(crates)
        # What is known already of what modules show, and of what they have under a name.
        self._named: dict[Path, dict[str, list[Item | Path]]] = {}
        self._found: dict[tuple[Path, str], list[Item | Path]] = {}
        for crate, files in crates.items():
            self._aliases[crate] = {}
            for module, text in files.items():
                self._read((crate, *module), text)

    def of(self, crate: str) -> Iterator[Item]:
        """The crate's public items, each with the path of a module that shows it, then what they hold.

        An item that several modules show comes several times, the shortest path first.
        """
        shown: dict[tuple[str, str], int] = {}
        for path, item in self._walk(crate):
            key = (item.kind, item.name)
            shown[key] = shown.get(key, 0) + 1
            if shown[key] <= _MOST_PATHS:
                yield replace(item, module=path)
        # What is defined nowhere here is built in (`str`, `[T]`), or another crate's that gets a trait.
        defined = {name for module in self._modules.values() for name in module.items} | self._hidden
        holders = {name for _, name in shown} | (self._members.keys() - defined)
        # The fields of a variant are held by it, and as public as what a trait holds.
        variants = {i.name for holder in holders for i in self._members[holder] if i.kind == "variant"}
        open_to_all = variants | {name for kind, name in shown if kind == "trait"}
        for holder in sorted(holders | variants):
            yield from _public(self._members[holder], open_to_all=holder in open_to_all)

    def foreign(self, crate: str) -> set[str]:
        """The names that its public `use` lines begin with and that it does not define: other crates, mostly."""
        found = set()
        for path, module in self._modules.items():
            if path[0] == crate:
                uses = [use for named in module.uses.values() for use in named] + module.globs
                found |= {self._aliases[crate].get(to[0], to[0]) for to, public in uses if public and to[0]}
        return found - {"crate", "self", "super"}

    # --- Reading ------------------------------------------------------------------------------------

    def _read(self, module: Path, text: str) -> None:
        tree = Tree(text)
        self._modules[module]
        self._aliases[module[0]] |= {alias: name for name, alias in _EXTERN.findall(text)}
        for item in items_in(tree):
            holder = self._modules[(*module, *item.module)]
            if item.container:
                self._members[item.container].append(replace(item, module=()))
            elif item.kind == "mod":
                holder.modules[item.name] = item.visibility == "pub"
            elif item.visibility == "pub":
                holder.items[item.name].append(item)
            else:
                self._hidden.add(item.name)
        self._read_uses(tree, tree.root, module)

    def _read_uses(self, tree: Tree, holder: Node, module: Path) -> None:
        for node in holder.named_children:
            name, body = part(node, "name"), part(node, "body")
            if node.type == "mod_item" and name is not None and body is not None:
                self._read_uses(tree, body, (*module, tree.of(name)))
            argument = part(node, "argument") if node.type == "use_declaration" else None
            if argument is not None:
                visibility = child(node, "visibility_modifier")
                public = visibility is not None and tree.of(visibility) == "pub"
                for path, called in expanded(_COMMENT.sub("", tree.of(argument))):
                    if called == "*":
                        self._modules[module].globs.append((path, public))
                    else:
                        self._modules[module].uses[called].append((path, public))

    # --- Following ----------------------------------------------------------------------------------

    def _walk(self, crate: str) -> Iterator[tuple[Path, Item]]:
        waiting: deque[tuple[Path, Path]] = deque([((crate,), (crate,))])
        seen: set[Path] = set()
        while waiting:
            shown, module = waiting.popleft()
            if module in seen or len(shown) > _DEEPEST:
                continue
            seen.add(module)
            for name, found in sorted(self._names(module).items()):
                for one in found:
                    if isinstance(one, Item):
                        yield shown, replace(one, name=name) if one.name != name else one
                    else:
                        waiting.append(((*shown, name), one))

    def _names(self, module: Path) -> dict[str, list[Item | Path]]:
        """What a module shows, by name."""
        if module in self._named:
            return self._named[module]
        found: dict[str, list[Item | Path]] = {}
        self._named[module] = found  # globs that lead back see what there is until then
        here = self._modules.get(module)
        if here is None:
            return found
        for name, items in here.items.items():
            found.setdefault(name, []).extend(items)
        for name, public in here.modules.items():
            if public and (*module, name) in self._modules:
                found.setdefault(name, []).append((*module, name))
        for name, uses in here.uses.items():
            for path, public in uses:
                if public:
                    found.setdefault(name, []).extend(self._target(module, path))
        for path, public in here.globs:
            for target in self._target(module, path) if public else ():
                if not isinstance(target, Item):
                    for name, more in self._names(target).items():
                        found.setdefault(name, more)
        return found

    def _target(self, here: Path, path: Path) -> list[Item | Path]:
        """What a path means that is written in a module; nothing where names alone do not tell."""
        if not path:
            return []
        crate, first = here[0], path[0]
        at, rest = here, path
        while rest and rest[0] in ("crate", "$crate", "self", "super"):
            at = {"self": at, "super": at[:-1] or at}.get(rest[0], (crate,))
            rest = rest[1:]
        if rest == path:
            known = self._modules[here] if here in self._modules else _Module()
            alias = self._aliases[crate].get(first, first)
            if first in known.modules or first in known.items or first in known.uses:
                at = here
            elif alias in self._crates:
                at, rest = (alias,), path[1:]
            else:
                at = (crate,)  # as paths were before 2018
        places: list[Item | Path] = [at]
        for name in rest:
            places = [found for place in places if not isinstance(place, Item) for found in self._within(place, name)]
        return places

    def _within(self, module: Path, name: str) -> list[Item | Path]:
        """What a module has under a name, public or not."""
        here = self._modules.get(module)
        if here is None or (module, name) in self._found:
            return self._found.get((module, name), [])
        found = self._found[module, name] = []  # ways that lead back find nothing
        found += here.items.get(name, ())
        if name in here.modules and (*module, name) in self._modules:
            found.append((*module, name))
        for path, _ in here.uses.get(name, ()):
            if path != (name,):
                found += self._target(module, path)
        if not found:
            for path, _ in here.globs:
                for target in self._target(module, path):
                    if not isinstance(target, Item) and target != module:
                        found += self._within(target, name)
        return found


def expanded(use: str) -> Iterator[tuple[Path, str]]:
    """`a::{b, c::d as e, f::*}` as pairs of a whole path and the name that it has here (`*`: all that is in it)."""
    for whole in _paths("".join(use.replace(" as ", "@").split())):
        path, _, alias = whole.partition("@")
        parts = tuple(path.split("::"))
        if parts[0] == "":
            parts = parts[1:]
        if len(parts) > 1 and parts[-1] == "self":
            parts = parts[:-1]
        if parts[-1] == "*":
            yield parts[:-1], "*"
        else:
            yield parts, alias or parts[-1]


def _paths(use: str) -> Iterator[str]:
    head, brace, rest = use.partition("{")
    if not brace:
        if use:
            yield use
        return
    depth, start = 0, 0
    inside = rest.rpartition("}")[0]
    for at, letter in enumerate(inside + ","):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            yield from (head + one for one in _paths(inside[start:at]))
            start = at + 1


def _public(members: list[Item], *, open_to_all: bool) -> Iterator[Item]:
    """What of these members others may name; of an impl of a trait, that it is there."""
    traits = set()
    for item in members:
        if item.implements:
            if item.name == "Target":
                yield item  # of `Deref`: whose methods it has as well
            if item.implements not in traits:
                traits.add(item.implements)
                yield Item("impl", item.implements, 0, 0, 0, container=item.container)
        elif item.visibility == "pub" or open_to_all or item.kind == "variant":
            yield item
