"""What is written to and was not declared for it: bindings, references, methods, closures; and what was never set."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.calls import arguments_of
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, SURE, WEAK, kind
from sleepy_core.propose.search.reach import bound_by, labelled, local_of, root
from sleepy_core.propose.search.site import Change, Local, Site, change
from sleepy_core.propose.search.syntax import Node, child, descendants, enclosing, field, hidden, is_expression
from sleepy_core.propose.search.writable import Edits, writable, yields_writable

_ZEROS = {
    "bool": "false", "f32": "0.0", "f64": "0.0", "char": "'\\0'", "String": "String::new()", "Vec": "Vec::new()",
    "HashMap": "HashMap::new()", "HashSet": "HashSet::new()", "BTreeMap": "BTreeMap::new()", "Option": "None",
    "BTreeSet": "BTreeSet::new()", "VecDeque": "VecDeque::new()", "&str": '""', "PathBuf": "PathBuf::new()",
}  # fmt: skip
_INTEGER = re.compile(r"[iu](?:8|16|32|64|128|size)")


def make_writable(site: Site) -> Iterator[Change]:
    """`&T` → `&mut T` with the callers, `mut` at the binding, `.iter()` → `.iter_mut()`: all that a write needs."""
    node = _target(site)
    if node is None:
        return
    name = root(node)
    lends = yields_writable(site, node) if node.type == "call_expression" else []
    if lends:
        yield change(f"borrow mutably in `{brief(site.of(node))}`", *lends)
    edits = writable(site, name)
    if edits:
        where = " here and where it comes from" if len(edits) > 1 else ""
        yield change(f"make `{site.of(name)}` mutable{where}", *edits, cost=0.1 * len(edits))


def rc_make_mut(site: Site) -> Iterator[Change]:
    """`shared.push(1)` on an `Rc` or `Arc` → `Rc::make_mut(&mut shared).push(1)`."""
    pointer = next((word for word in site.words if word in ("Rc", "Arc")), "")
    node = _target(site)
    if not pointer or node is None:
        return
    target = node
    if node.type in ("assignment_expression", "compound_assignment_expr"):
        held = field(node, "left", "value")  # of `shared.field = 1`
        if held is None:
            return
        target = held
    name = root(target)
    local = local_of(site.tree, name)
    mutable = (
        [site.insert(local.start, "mut ")] if local is not None and not local.mutable and local.name != "self" else []
    )
    if local is not None and local.name == "self":
        mutable = writable(site, name)
    words = site.of(target)
    for extra, call in enumerate((f"{pointer}::make_mut(&mut {words})", f"{pointer}::get_mut(&mut {words}).unwrap()")):
        yield change(
            f"get at `{brief(site.of(target))}` by `{call[: call.index('(')]}`",
            site.replace(target, call),
            *mutable,
            cost=extra,
        )


def accept_fn_mut(site: Site) -> Iterator[Change]:
    """A closure that writes to what it captures, where `Fn` is asked for: the crate's function asks for `FnMut`."""
    closure = enclosing(site.node, "closure_expression")
    returned = field(site.named_function, "return_type")
    for bound in descendants(returned) if returned is not None and closure is not None and _ends(closure) else ():
        if bound.type == "function_type" and site.of(bound).startswith("Fn("):
            start = site.tree.start(bound)
            yield change("return an `FnMut`", site.put(start, start + 2, "FnMut"))
    call = enclosing(closure, "call_expression") if closure is not None else None
    function = field(call, "function")
    if call is None or function is None or closure is None:
        return
    name = site.of(function).rpartition("::")[2].rpartition(".")[2]
    number = next((i for i, a in enumerate(arguments_of(call)) if a.start_byte <= closure.start_byte < a.end_byte), -1)
    for item in site.crate.named(name, "fn"):
        if not 0 <= number < len(item.parameters):
            continue
        edits = _asks_fn_mut(site, item, number)
        argument = arguments_of(call)[number]
        if edits and argument.type == "reference_expression" and child(argument, "mutable_specifier") is None:
            inner = field(argument, "value")
            edits += [site.before(inner, "mut ")] if inner is not None else []
        if edits:
            yield change(f"let `{item.name}` take an `FnMut`", *edits)


def _ends(closure: Node) -> bool:
    """Is a closure, or the call that it is in, what its block returns?"""
    outer = enclosing(closure, "call_expression") or closure
    return any(node.next_named_sibling is None and node.parent is not None and node.parent.type == "block"
               for node in (closure, outer))  # fmt: skip


def _asks_fn_mut(site: Site, item: Item, number: int) -> Edits:
    tree, node = site.tree_of(item.file), site.definition(item)
    listed = field(node, "parameters")
    if tree is None or node is None or listed is None:
        return []
    parameters = [p for p in listed.named_children if p.type == "parameter"]
    if number >= len(parameters):
        return []
    of, pattern = field(parameters[number], "type"), field(parameters[number], "pattern")
    if of is None or pattern is None:
        return []
    named = tree.of(of)
    edits = []
    body = field(node, "body")
    for bound in descendants(node):
        if body is not None and bound.start_byte >= body.start_byte:
            break
        if bound.type != "function_type" or not tree.of(bound).startswith("Fn("):
            continue
        inside = of.start_byte <= bound.start_byte < of.end_byte
        holder = enclosing(bound, {"type_parameter", "where_predicate"})
        subject = field(holder, "name") or field(holder, "left")
        if inside or (subject is not None and tree.of(subject) == named):
            start = tree.start(bound)
            edits.append(site.put(start, start + 2, "FnMut", item.file))
    if not edits:
        return []
    if of.type == "reference_type":
        inner = field(of, "type")
        edits += [site.before(inner, "mut ", item.file)] if inner is not None else []
    elif pattern.type == "identifier" and child(parameters[number], "mutable_specifier") is None:
        edits.append(site.before(pattern, "mut ", item.file))
    return edits


def mutable_static(site: Site) -> Iterator[Change]:
    """`static N` that is assigned to → `static mut N`, the assignment in `unsafe`."""
    node = site.expression
    for place in labelled(site, "this `static` cannot be written to"):
        tree = site.tree_of(place.file)
        item = tree.at(place.start, place.end) if tree else None
        static = enclosing(item, "static_item") if item is not None else None
        name = field(static, "name")
        if node is not None and not site.opaque and tree is not None and name is not None:
            edits = (site.before(name, "mut ", place.file), site.before(node, "unsafe { "), site.after(node, " }"))
            yield change(f"make `{tree.of(name)}` a `static mut`, written in `unsafe`", *edits)


def make_binding_mutable(site: Site) -> Iterator[Change]:
    """`x = 2` a second time: `mut` where `x` is bound."""
    local = _assigned(site)
    if local is not None and not local.mutable:
        yield change(f"make `{local.name}` mutable", site.insert(local.start, "mut "))


def declare_anew(site: Site) -> Iterator[Change]:
    """`x = 2` a second time → `let x = 2`, a new variable of the old name."""
    node = site.expression
    local = _assigned(site)
    if node is None or local is None or node.parent is None or node.parent.type != "expression_statement":
        return
    if node.type == "assignment_expression":
        yield change(f"declare a new `{local.name}` by `let`", site.before(node, "let "))
    elif node.type == "compound_assignment_expr":
        left, right = field(node, "left"), field(node, "right")
        operator = field(node, "operator")
        if left is not None and right is not None and operator is not None:
            sign = site.of(operator).removesuffix("=")
            text = f"let {site.of(left)} = {site.of(left)} {sign} {site.of(right)}"
            yield change(f"declare a new `{local.name}` by `let`", site.replace(node, text))


def initial_value(site: Site) -> Iterator[Change]:
    """`let mut sum: i32;` that is added to before it was set → `= 0`; the empty value of other types."""
    yield from _initial(site, mutable=True)


def initial_value_for_a_branch(site: Site) -> Iterator[Change]:
    """`let x; if c { x = 1 }`: some first value for the branches that set none. It is an invented one."""
    yield from _initial(site, mutable=False)


def _initial(site: Site, *, mutable: bool) -> Iterator[Change]:
    for place in labelled(site, "declared here but left uninitialized"):
        tree = site.tree_of(place.file)
        if tree is None or place.file != site.file:
            continue
        let = enclosing(tree.at(place.start, place.end), "let_declaration")
        pattern = field(let, "pattern")
        if let is None or pattern is None or field(let, "value") is not None or hidden(let):
            continue
        is_mutable = child(let, "mutable_specifier") is not None
        if is_mutable is not mutable:
            continue
        of = field(let, "type")
        name = site.of(pattern)
        for extra, value in enumerate(_first_values(site, let, name, site.of(of) if of is not None else "")):
            edits = [site.insert(tree.end(of or pattern), f" = {value}")]
            edits += [] if is_mutable else [site.before(pattern, "mut ")]
            yield change(f"start `{name}` with `{value}`", *edits, cost=extra)


def _first_values(site: Site, let: Node, name: str, of: str) -> Iterator[str]:
    bare = of.strip().partition("<")[0].rpartition("::")[2]
    if of.startswith("&") and of.endswith("str"):
        bare = "&str"
    value = _ZEROS.get(bare) or ("0" if _INTEGER.fullmatch(bare) else "")
    if not of:
        value = _by_use(site, let, name)
    if value:
        yield value
    if value not in ("0", "0.0", "false", '""'):
        yield "Default::default()"


def _by_use(site: Site, let: Node, name: str) -> str:
    """The empty value of what is assigned to a variable, or done with it."""
    block = let.parent
    for node in descendants(block) if block is not None else ():
        left, right = field(node, "left"), field(node, "right")
        if node.type not in ("assignment_expression", "compound_assignment_expr") or left is None or right is None:
            continue
        if site.of(left) == name:
            match right.type:
                case "integer_literal":
                    return "0"
                case "float_literal":
                    return "0.0"
                case "boolean_literal":
                    return "false"
                case "string_literal":
                    return '""'
            return "0" if node.type == "compound_assignment_expr" else ""
    return ""


def _target(site: Site) -> Node | None:
    """The expression that is written to or borrowed."""
    if site.opaque:
        return None
    node = site.expression
    return node if node is not None and is_expression(node) and not hidden(node) else None


def _assigned(site: Site) -> Local | None:
    node = _target(site)
    name = root(node) if node is not None else None
    if name is None or name.type != "identifier":
        return None
    local = local_of(site.tree, name)
    return local if local is not None and bound_by(site.tree, local) is not None else None


KINDS = (
    kind("make-writable", "E0596 E0594", LIKELY, make_writable),
    kind("make-binding-mutable", "E0384", SURE, make_binding_mutable),
    kind("declare-anew", "E0384", POSSIBLE, declare_anew),
    kind("accept-fn-mut", "E0596 E0594", LIKELY, accept_fn_mut),
    kind("rc-make-mut", "E0596 E0594", POSSIBLE, rc_make_mut),
    kind("mutable-static", "E0594", FAR, mutable_static),
    kind("initial-value", "E0381", POSSIBLE, initial_value),
    kind("initial-value-for-a-branch", "E0381", WEAK, initial_value_for_a_branch, weak=True),
)
