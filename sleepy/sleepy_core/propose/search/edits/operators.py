"""Operators, casts and indices whose operands have the wrong types: one is converted, or another way is taken."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.converting import Conversion
from sleepy_core.propose.search.kinds import LIKELY, kind
from sleepy_core.propose.search.mismatch import Mismatch, rewritten, told, ways
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, descendants, enclosing, field
from sleepy_core.propose.search.types import FLOATS, INTEGERS, Type, read, same

_MOST = 5
_UNSIGNED = {"u8": "i16", "u16": "i32", "u32": "i64", "u64": "i64", "usize": "isize"}
_TEXT = ("&str", "String", "&String", "&mut String", "char", "&char")


def convert_operand(site: Site) -> Iterator[Change]:
    """`total + n` → `total + n as u64`, `a == b` → `*a == b`: one operand becomes what the other is."""
    node, left, right, left_type, right_type = _operands(site) or (None,) * 5
    if node is None or left is None or right is None or left_type is None or right_type is None:
        return
    for number, (operand, wanted, given) in enumerate(((right, left_type, right_type), (left, right_type, left_type))):
        if node.type == "compound_assignment_expr" and operand == left:
            continue
        for way in itertools.islice(ways(site, Mismatch(operand, wanted, given)), _MOST):
            edit = rewritten(site, operand, way.template)
            yield change(told(site, operand, way.template), edit, cost=way.cost + number * 0.15)
    stars = [(operand, type_) for operand, type_ in ((left, left_type), (right, right_type)) if type_.name == "&"]
    if len(stars) == 2:
        edits = [rewritten(site, operand, "*{}") for operand, _ in stars]
        yield change(f"dereference both sides of `{brief(site.of(node))}`", *edits, cost=0.2)
    for operand, type_ in stars:
        inner = type_.args[0]
        template = "**{}" if inner.name == "&" else "*{}"
        if node.type != "compound_assignment_expr" or operand != left:
            yield change(told(site, operand, template), rewritten(site, operand, template), cost=0.3)


def dereference_target(site: Site) -> Iterator[Change]:
    """`map.get("a") += 1` → `*map.get_mut("a").unwrap() += 1`: what is assigned to must be a place."""
    node = enclosing(site.node, {"compound_assignment_expr", "assignment_expression"})
    left = field(node, "left")
    if node is None or left is None:
        return
    given = read(site.words[1]) if len(site.words) > 1 else Type("")
    mutable = (
        site.of(left).replace(".get(", ".get_mut(").replace(".first(", ".first_mut(").replace(".last(", ".last_mut(")
    )
    for number, template in enumerate({
        "Option": ("*{}.unwrap()",),
        "RefCell": ("*{}.borrow_mut()",),
        "Mutex": ("*{}.lock().unwrap()",),
        "RwLock": ("*{}.write().unwrap()",),
        "Rc": ("*{}.borrow_mut()",),
        "Arc": ("*{}.lock().unwrap()",),
        "&mut": ("*{}",),
        "Box": ("*{}",),
    }.get(given.name, ())):  # fmt: skip
        new = template.replace("{}", mutable)
        yield change(f"assign to `{brief(new, 40)}`", site.replace(left, new), cost=number * 0.1)


def spell_assignment(site: Site) -> Iterator[Change]:
    """`sum += part` → `sum = sum + part`, where only the plain operator is implemented."""
    node = enclosing(site.node, "compound_assignment_expr")
    left, right = _side(node, "left"), _side(node, "right")
    operator = field(node, "operator")
    if node is not None and left is not None and right is not None and operator is not None and not site.opaque:
        sign = operator.type.removesuffix("=")
        new = f"{site.of(left)} = {site.of(left)} {sign} {site.of(right)}"
        yield change(f"write `{brief(new, 40)}`", site.replace(node, new))


def join_text(site: Site) -> Iterator[Change]:
    """`a + b` of texts → `format!("{}{}", a, b)`; `s += c` → `s.push(c)`; vectors are joined, too."""
    node, left, right, left_type, right_type = _operands(site) or (None,) * 5
    if node is None or left is None or right is None or left_type is None or right_type is None:
        return
    operator = site.of(node)[site.tree.end(left) - site.tree.start(node) :].strip()[:2]
    one, other = str(left_type), str(right_type)
    if operator == "+=":
        body = site.of(right)
        calls: list[str] = []
        if one in ("String", "&mut String"):
            calls = (
                ["push({})"]
                if other == "char"
                else ["push_str({})", "push_str(&{})", "push({})", "push_str(&{}.to_string())"]
            )
        elif left_type.name in ("Vec", "VecDeque") or (left_type.args and left_type.args[0].name == "Vec"):
            calls = ["push({})", "extend({})", "extend_from_slice(&{})"]
        for number, call in enumerate(calls):
            new = f"{site.of(left)}.{call.replace('{}', body)}"
            yield change(f"write `{brief(new, 40)}`", site.replace(node, new), cost=number * 0.1)
    elif operator.startswith("+"):
        if one in _TEXT or other in _TEXT:
            flat = [site.of(part) for part in _summands(node)]
            inline = all(re.fullmatch(r"\w+", part) and not part[0].isdigit() for part in flat)
            holes = "".join(f"{{{part}}}" if inline else "{}" for part in flat)
            new = f'format!("{holes}")' if inline else f'format!("{holes}", {", ".join(flat)})'
            yield change(f"write `{brief(new, 48)}`", site.replace(_whole_sum(node), new))
        if left_type.name == "Vec" and right_type.name == "Vec":
            new = f"[{site.of(left)}, {site.of(right)}].concat()"
            yield change(f"write `{brief(new, 40)}`", site.replace(node, new))


def change_unary(site: Site) -> Iterator[Change]:
    """`!text` → `text.is_empty()`, `-flag` → `!flag`, `*number` → `number`."""
    node = enclosing(site.node, "unary_expression")
    if node is None or not node.named_children or site.opaque:
        return
    inner, operator = node.named_children[-1], site.of(node)[:1]
    given = next((read(w) for w in reversed(site.words) if w not in ("!", "-", "*")), Type("_"))
    text = site.of(inner)
    ways_: list[str] = []
    if operator == "*":
        yield change(f"take `{brief(text)}` as it is", site.replace(node, text))
        return
    if operator == "-" and given.name == "bool":
        ways_ = ["!{}"]
    elif operator == "-" and given.name in _UNSIGNED:
        ways_ = [f"-({text} as {_UNSIGNED[given.name]})", "{}.wrapping_neg()"]
    elif operator == "-" and str(given) in ("&str", "String"):
        ways_ = ["-{}.parse::<i32>().unwrap()"]
    elif operator == "!":
        plain = given.args[0] if given.name in ("&", "&mut") and given.args else given
        if plain.name in ("String", "str", "Vec", "[]", "HashMap", "HashSet", "BTreeMap", "BTreeSet", "VecDeque"):
            ways_ = ["{}.is_empty()", "!{}.is_empty()"]
        elif plain.name == "Option":
            ways_ = ["{}.is_none()", "!{}.unwrap_or_default()"]
        elif plain.name == "Result":
            ways_ = ["{}.is_err()", "!{}.unwrap()"]
        elif plain.name in FLOATS:
            ways_ = ["-{}", "{} == 0.0"]
        elif plain.name in ("Cell", "RefCell", "Mutex"):
            ways_ = [{"Cell": "!{}.get()", "RefCell": "!*{}.borrow()", "Mutex": "!*{}.lock().unwrap()"}[plain.name]]
        elif plain.name == "AtomicBool":
            ways_ = ["!{}.load(std::sync::atomic::Ordering::SeqCst)"]
    for number, template in enumerate(ways_):
        new = template.replace("{}", text)
        yield change(f"write `{brief(new, 40)}`", site.replace(node, new), cost=number * 0.1)


def change_operator(site: Site) -> Iterator[Change]:
    """`flag & 1` → `flag && …`, `a << 2.0`, `x ^ 2` → `x.pow(2)`: the operator next to it."""
    node, left, right, left_type, right_type = _operands(site) or (None,) * 5
    if node is None or left is None or right is None or left_type is None or right_type is None:
        return
    operator = field(node, "operator")
    written = operator.type if operator is not None else ""
    other = {"&": "&&", "&&": "&", "|": "||", "||": "|"}.get(written)
    if operator is not None and other is not None:
        label = f"write `{other}` instead of `{written}`"
        yield change(label, site.put(site.tree.start(operator), site.tree.end(operator), other))
    if written == "^" and left_type.name in FLOATS:
        power = "powi" if right_type.name in INTEGERS else "powf"
        new = f"{site.of(left)}.{power}({site.of(right)})"
        yield change(f"write `{brief(new, 40)}`", site.replace(node, new))
    if written in ("==", "!=") and right_type.name in ("Option", "Result"):
        wrapped = {"Option": "Some({})", "Result": "Ok({})"}[right_type.name]
        if right_type.args and same(right_type.args[0], left_type):
            yield change(told(site, left, wrapped), rewritten(site, left, wrapped))


def change_cast(site: Site) -> Iterator[Change]:
    """`word as u32` → `word.parse().unwrap()`, `flag as f32` → `flag as u8 as f32`: what `as` cannot do."""
    # The span may have the parentheses around the cast in it.
    node = next((n for n in descendants(site.node) if n.type == "type_cast_expression"), None)
    node = enclosing(site.node, "type_cast_expression") or node
    value = field(node, "value")
    target = field(node, "type")
    if node is None or value is None or target is None or site.opaque or len(site.words) < 2:
        return
    wanted = read(site.of(target))
    given = read(next((w for w in site.words if not same(read(w), wanted) and w != "u8"), site.words[0]))
    found = list(itertools.islice(ways(site, Mismatch(value, wanted, given)), _MOST))
    if given.name in ("&", "&mut"):
        found.insert(0, Conversion(f"*{{}} as {site.of(target)}", 0.0))
    found += [Conversion(template, 0.2 + 0.1 * number) for number, template in enumerate(_through(site, wanted, given))]
    for way in sorted(found, key=lambda w: w.cost):
        inner = rewritten(site, value, way.template)[1].text
        yield change(f"write `{brief(inner, 48)}` instead of the cast", site.replace(node, inner), cost=way.cost)


def change_index(site: Site) -> Iterator[Change]:
    """`v[i]` of a signed `i` → `v[i as usize]`; `option[0]` → `option?[0]`; `text[0]` → its nth character."""
    node = enclosing(site.node, "index_expression")
    if node is None or node.named_child_count < 2 or site.opaque or not site.words:
        return
    base, index = node.named_children[0], node.named_children[1]
    given = read(site.words[-1])
    if site.code == "E0277":
        held = read(site.words[0])
        yield from _index_of(site, node, base, index, held, given)
        return
    plain = given.args[0] if given.name in ("&", "&mut", "Rc", "Arc", "Box") and given.args else given
    reach = {
        "Option": ["{}?", "{}.as_ref()?", "{}.unwrap()", "{}.as_ref().unwrap()"],
        "Result": ["{}?", "{}.as_ref()?", "{}.unwrap()", "{}.as_ref().unwrap()"],
        "RefCell": ["{}.borrow()", "{}.borrow_mut()"],
        "Mutex": ["{}.lock().unwrap()"],
        "RwLock": ["{}.read().unwrap()", "{}.write().unwrap()"],
    }.get(plain.name, [])
    reach += [f"{{}}.{member.name}" for member in site.crate.members(plain.name, "field")[:3]]
    for number, template in enumerate(reach):
        if "?" in template and not any(ways(site, Mismatch(base, Type("_"), Type(plain.name, (Type("_"),))))):
            continue
        yield change(told(site, base, template), rewritten(site, base, template), cost=number * 0.1)
    whole = [f"{site.of(base)}.{m}({site.of(index)})" for m in ("nth", "get", "contains")]
    if index.type == "string_literal" and re.fullmatch(r'"[a-z_]\w*"', site.of(index)):
        whole = [f"{site.of(base)}.{site.of(index)[1:-1]}"]
    elif plain.name in INTEGERS or plain.name == "()" or reach:
        whole = []
    for number, new in enumerate(whole):
        yield change(f"write `{brief(new, 40)}`", site.replace(node, new), cost=0.3 + number * 0.1)


def _index_of(site: Site, node: Node, base: Node, index: Node, held: Type, given: Type) -> Iterator[Change]:
    if held.name == "str":
        number = site.of(index)
        parent = node.parent
        for cost, new in enumerate((
            f"{site.of(base)}.chars().nth({number}).unwrap()",
            f"{site.of(base)}.as_bytes()[{number}]",
            f"{site.of(base)}[{number}..={number}]",
        )):  # fmt: skip
            whole = parent if parent is not None and parent.type == "reference_expression" and cost < 2 else node
            yield change(f"write `{brief(new, 40)}`", site.replace(whole, new), cost=cost * 0.1)
        return
    for way in ways(site, Mismatch(index, Type("usize"), given)):
        yield change(told(site, index, way.template), rewritten(site, index, way.template), cost=way.cost)
    if index.type == "reference_expression" and index.named_children:
        inner = site.of(index.named_children[-1])
        yield change(f"index with `{brief(inner)}`", site.replace(index, inner))


def _operands(site: Site) -> tuple[Node, Node, Node, Type, Type] | None:
    """The operation that the error is about, its operands and their types."""
    node = enclosing(site.node, {"binary_expression", "compound_assignment_expr"})
    if node is None or site.opaque:
        return None
    left, right = field(node, "left"), field(node, "right")
    if left is None or right is None:
        return None
    label = re.match(
        r"no implementation for `(.+?) (?:[-+*/%&|^]|==|<<|>>|[<>]=?)=? (.+)`$", site.diagnostic.span.label or ""
    )
    if label:
        return node, left, right, read(label[1]), read(label[2])
    types = {(p.start, p.end): p.label for p in site.places if not p.primary and p.label}
    left_type = types.get((site.tree.start(left), site.tree.end(left)))
    right_type = types.get((site.tree.start(right), site.tree.end(right)))
    compared = re.match(r"can't compare `(.+)` with `(.+)`", site.message)
    if compared and left_type is None:
        return node, left, right, read(compared[1]), read(compared[2])
    if left_type is None:
        said = re.search(r"cannot use `[^`]*` on type `([^`]+)`", site.said)
        left_type = said[1] if said else "_"
    said_left = re.search(r"cannot use `[^`]*` on type `([^`]+)`", left_type)
    return node, left, right, read(said_left[1] if said_left else left_type), read(right_type or _literal(right))


def _side(node: Node | None, name: str) -> Node | None:
    return field(node, name)


def _literal(node: Node) -> str:
    """The type that a literal shows, where no label says one."""
    return {"integer_literal": "integer", "float_literal": "floating-point number", "char_literal": "char"}.get(
        node.type, "&str" if node.type == "string_literal" else "_"
    )


def _summands(node: Node) -> list[Node]:
    """`a + b + c`, flat."""
    left, right = field(node, "left"), field(node, "right")
    operator = field(node, "operator")
    top = _whole_sum(node)
    if top != node:
        return _summands(top)
    if left is None or right is None or operator is None:
        return [node]
    return [*_terms(left), right]


def _terms(node: Node) -> list[Node]:
    operator = field(node, "operator") if node.type == "binary_expression" else None
    left, right = field(node, "left"), field(node, "right")
    if operator is None or operator.type != "+" or left is None or right is None:
        return [node]
    return [*_terms(left), right]


def _whole_sum(node: Node) -> Node:
    """The sum that a sum is the beginning of."""
    parent = node.parent
    while parent is not None and parent.type == "binary_expression" and field(parent, "left") == node:
        operator = field(parent, "operator")
        if operator is None or operator.type != "+":
            break
        node, parent = parent, parent.parent
    return node


def _through(site: Site, wanted: Type, given: Type) -> Iterator[str]:
    """Casts by way of another type; newtypes; `From`."""
    name = str(wanted)
    if given.name == "bool" and wanted.name in FLOATS:
        yield f"{{}} as u8 as {name}"
    if given.name == "char" and wanted.name in FLOATS:
        yield f"{{}} as u32 as {name}"
    if wanted.name == "char" and given.name in INTEGERS:
        yield "{} as u8 as char"
    if wanted.name == "bool" and given.name in FLOATS:
        yield "{} != 0.0"
    if given.name in ("&", "&mut") and given.args and wanted.name in INTEGERS | FLOATS:
        stars = "**" if given.args[0].name == "&" else "*"
        yield f"{stars}{{}} as {name}"
    if given.name == "Option" and wanted.name in INTEGERS | FLOATS:
        yield from (f"{{}}.unwrap_or_default() as {name}", f"{{}}.unwrap() as {name}")
    for item in site.crate.named(given.name, "struct"):
        if item.shape == "tuple" and len(item.parameters) == 1:
            yield "{}.0" if same(read(item.parameters[0].type), wanted) else f"{{}}.0 as {name}"
        for member in site.crate.members(item.name, "field"):
            if same(read(member.type), wanted):
                yield f"{{}}.{member.name}"
    for item in site.crate.named(wanted.name, "struct"):
        if item.shape == "tuple" and len(item.parameters) == 1:
            yield f"{name}({{}})"
    if wanted.writable and wanted.name not in ("&", "&mut", "*const", "*mut", "dyn", "fn", "[]", "()"):
        yield f"{_path(name)}::from({{}})"
        yield "{}.into()"


def _path(name: str) -> str:
    """A type as a path of an expression: `Vec<u8>` → `Vec::<u8>`."""
    return name.replace("<", "::<", 1)


KINDS = (
    kind("convert-operand", "E0277 E0369", LIKELY, convert_operand),
    kind("dereference-target", "E0368 E0067", LIKELY, dereference_target),
    kind("spell-assignment", "E0368", LIKELY + 0.1, spell_assignment),
    kind("join-text", "E0369 E0368 E0308", LIKELY + 0.2, join_text),
    kind("change-unary", "E0600 E0614", LIKELY, change_unary),
    kind("change-operator", "E0369 E0277 E0308", LIKELY + 0.4, change_operator),
    kind("rewrite-cast", "E0604 E0605 E0606 E0607 E0054", LIKELY, change_cast),
    kind("change-index", "E0608 E0277", LIKELY, change_index),
)
