"""What has to change so that something can be written to: `mut` at its binding, `&mut` at the parameter and
in the calls of its function, the mutable twin of the method that it comes from. Each leads to the next.
"""

from __future__ import annotations

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.search.calls import Call, calls_of, method_of, receiver_of
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.reach import bound_by, function_item, local_of, root
from sleepy_core.propose.search.site import Site
from sleepy_core.propose.search.syntax import Node, Tree, child, enclosing, field, hidden

# Methods that lend, and what lends mutably.
_TWINS = {
    "as_slice": "as_mut_slice", "as_ref": "as_mut", "as_ptr": "as_mut_ptr", "as_str": "as_mut_str",
    "read": "write", "borrow": "borrow_mut", "downcast_ref": "downcast_mut", "get_ref": "get_mut",
    "values": "values_mut", "last_key_value": "last_entry",
} | {
    name: f"{name}_mut"
    for name in (
        "iter", "get", "first", "last", "front", "back", "peek", "chunks", "chunks_exact", "split_at", "split_first",
        "split_last", "as_deref", "get_unchecked", "deref", "split", "index",
    )
}  # fmt: skip
# What these lend needs no `mut` below, but one where the guard is kept.
_GUARDS = frozenset({"read", "borrow"})
# Methods that hand on what they were lent.
_PASSING = frozenset(
    {
        "unwrap",
        "expect",
        "map",
        "filter",
        "enumerate",
        "rev",
        "skip",
        "take",
        "zip",
        "lock",
        "next",
        "unwrap_or_default",
    }
)
_MOST_EDITS = 16

Edits = list[tuple[RelPath, Edit]]


def writable(site: Site, name: Node) -> Edits:
    """The edits that let the variable of a name be written through; none where that is no matter of a few words."""
    return _Widening(site).of(site.file, site.tree, name)


def yields_writable(site: Site, value: Node) -> Edits:
    """The edits that make an expression lend mutably: `map.get(k)` → `map.get_mut(k)`, `&list` → `&mut list`."""
    return _Widening(site).of(site.file, site.tree, value, value=True)


class _Widening:
    """Collects the edits of one change, each place once."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._edits: dict[tuple[RelPath, int, int], Edit] = {}
        self._seen: set[tuple[RelPath, int]] = set()
        self._possible = True

    def of(self, file: RelPath, tree: Tree, node: Node, *, value: bool = False) -> Edits:
        if value:
            self._value(file, tree, node)
        else:
            self._name(file, tree, node)
        if not self._possible or len(self._edits) > _MOST_EDITS:
            return []
        return [(file, edit) for (file, _, _), edit in self._edits.items()]

    def _insert(self, file: RelPath, offset: int, text: str = "mut ") -> None:
        self._edits[file, offset, offset] = Edit(offset, offset, text)

    def _name(self, file: RelPath, tree: Tree, name: Node) -> None:
        if len(self._edits) > _MOST_EDITS or not self._possible:
            return
        if name.type == "self":
            self._receiver(file, tree, name)
            return
        local = local_of(tree, name) if name.type == "identifier" else None
        if local is None or (file, local.start) in self._seen:
            return
        self._seen.add((file, local.start))
        binder = bound_by(tree, local)
        match binder.type if binder is not None else "":
            case "parameter":
                self._parameter(file, tree, binder, local.start, mutable=local.mutable)
            case "let_declaration":
                self._let(file, tree, binder, local.start, mutable=local.mutable)
            case "for_expression" | "let_condition":
                source = field(binder, "value")
                if source is not None and not self._value(file, tree, source):
                    self._insert(file, local.start)
            case "match_arm":
                matched = field(enclosing(binder, "match_expression") if binder else None, "value")
                if matched is not None:
                    self._value(file, tree, matched)
            case "closure_parameters":
                call = enclosing(binder, "call_expression") if binder else None
                receiver = receiver_of(call) if call is not None else None
                if receiver is None or not self._value(file, tree, receiver):
                    self._insert(file, local.start)

    def _let(self, file: RelPath, tree: Tree, let: Node | None, start: int, *, mutable: bool) -> None:
        source, of = field(let, "value"), field(let, "type")
        if of is not None and of.type == "reference_type":
            self._reference(file, tree, of)
        lends = source is not None and self._lends(tree, source)
        if source is not None and lends:
            self._value(file, tree, source)
        guard = source is not None and _guard(tree, source)
        if not mutable and (not lends or guard):
            self._insert(file, start)

    def _lends(self, tree: Tree, source: Node) -> bool:
        """Is the value a loan by its looks: `&x`, `x.get(0)?`, `x.borrow()`?"""
        if source.type == "reference_expression":
            return True
        if source.type in ("try_expression", "parenthesized_expression"):
            return bool(source.named_children) and self._lends(tree, source.named_children[0])
        method = method_of(tree, source)
        receiver = receiver_of(source) if method else None
        if self._twin(method):
            return True
        return method in _PASSING and receiver is not None and self._lends(tree, receiver)

    def _value(self, file: RelPath, tree: Tree, source: Node) -> bool:
        """Make a value lend mutably; false where it is owned, as far as one sees."""
        if hidden(source):
            return False
        if source.type == "reference_expression":
            inner = field(source, "value")
            if inner is not None and child(source, "mutable_specifier") is None:
                self._insert(file, tree.start(inner))
            if inner is not None:
                self._name(file, tree, root(inner))
            return True
        if source.type in ("try_expression", "parenthesized_expression"):
            return bool(source.named_children) and self._value(file, tree, source.named_children[0])
        if source.type in ("identifier", "self", "field_expression", "index_expression", "unary_expression"):
            self._name(file, tree, root(source))
            return True
        method, receiver = method_of(tree, source), receiver_of(source)
        if receiver is None:
            return False
        twin = self._twin(method)
        if not twin:
            return self._value(file, tree, receiver) if receiver.type == "call_expression" else False
        function = field(source, "function")
        name = field(function, "field") if function is not None else None
        if name is None:
            return False
        start, end = tree.start(name), tree.end(name)
        self._edits[file, start, end] = Edit(start, end, twin)
        if method not in _GUARDS:
            self._name(file, tree, root(receiver))
        return True

    def _twin(self, method: str) -> str:
        """The mutable twin of a method: std's, or one that the crate or a library defines by the usual name."""
        twin = f"{method}_mut"
        if method and (self._site.crate.named(twin, "fn") or self._site.libraries.named(twin, "fn")):
            return twin
        return _TWINS.get(method, "")

    def _reference(self, file: RelPath, tree: Tree, of: Node) -> None:
        inner = field(of, "type")
        if inner is not None and child(of, "mutable_specifier") is None:
            self._insert(file, tree.start(inner))

    def _parameter(self, file: RelPath, tree: Tree, parameter: Node | None, start: int, *, mutable: bool) -> None:
        of = field(parameter, "type")
        if parameter is None or of is None:
            return
        if of.type != "reference_type":
            if not mutable:
                self._insert(file, start)
            return
        if child(of, "mutable_specifier") is not None:
            return
        self._reference(file, tree, of)
        item = function_item(self._site, file, tree.start(parameter), tree.end(parameter))
        if item is None:
            return
        written = _pattern(tree, parameter)
        numbers = [number for number, one in enumerate(item.parameters) if one.name == written]
        for call in self._calls(item):
            for number in numbers:
                if number < len(call.arguments) and not hidden(call.arguments[number]):
                    self._value(call.file, call.tree, call.arguments[number])

    def _calls(self, item: Item) -> list[Call]:
        calls = calls_of(self._site, item)
        if calls is None:
            self._possible = False
        return calls or []

    def _receiver(self, file: RelPath, tree: Tree, name: Node) -> None:
        function = enclosing(name, "function_item")
        listed = field(function, "parameters")
        parameter = child(listed, "self_parameter") if listed is not None else None
        if function is None or parameter is None or child(parameter, "mutable_specifier") is not None:
            return
        word = child(parameter, "self")
        if word is None or (file, tree.start(word)) in self._seen:
            return
        self._seen.add((file, tree.start(word)))
        self._insert(file, tree.start(word))
        item = function_item(self._site, file, tree.start(parameter), tree.end(parameter))
        if item is None or not tree.of(parameter).startswith("&"):
            return
        if item.implements:
            self._declared(item)
        for call in self._calls(item):
            if call.receiver is not None and not hidden(call.receiver):
                self._value(call.file, call.tree, call.receiver)

    def _declared(self, method: Item) -> None:
        """The trait's own declaration of a method, if the crate has it."""
        for declared in self._site.crate.members(method.implements, "fn"):
            tree = self._site.tree_of(declared.file)
            node = tree.exactly(declared.start, declared.end) if tree and declared.name == method.name else None
            listed = field(node, "parameters")
            parameter = child(listed, "self_parameter") if listed is not None else None
            word = child(parameter, "self") if parameter is not None else None
            if tree is not None and parameter is not None and word is not None and "mut" not in tree.of(parameter):
                self._insert(declared.file, tree.start(word))


def _pattern(tree: Tree, parameter: Node) -> str:
    pattern = field(parameter, "pattern")
    return tree.of(pattern) if pattern is not None else ""


def _guard(tree: Tree, source: Node) -> bool:
    """Does a value hold a guard (`cell.borrow()`, `lock.read().unwrap()`) that must be `mut` to be written through?"""
    method = method_of(tree, source)
    receiver = receiver_of(source) if method else None
    if method in _GUARDS:
        return True
    return method in _PASSING and receiver is not None and _guard(tree, receiver)
