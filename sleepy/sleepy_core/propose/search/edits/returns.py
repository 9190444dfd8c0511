"""A block whose value is missing, unwanted, or not wrapped: tails, `return`, semicolons, `else`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.kinds import LIKELY, SURE, WEAK, kind
from sleepy_core.propose.search.mismatch import expression_at, mismatches, returns
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, enclosing, field
from sleepy_core.propose.search.types import FLOATS, INTEGERS, Type, read, same, words

_LOOPS = words("for_expression while_expression loop_expression")
# Statements that need no semicolon before another.
_BLOCK_LIKE = words("if_expression match_expression block unsafe_block for_expression while_expression loop_expression")
_MOST_LOCALS = 4


def return_value(site: Site) -> Iterator[Change]:
    """A body that ends without a value gets one: its last statement's, a variable's, `Ok(())`, `None`."""
    block, wanted = _valueless(site)
    if block is None:
        return
    last = _last(block)
    wrapper = {"Result": "Ok", "Option": "Some"}.get(wanted.name, "")
    value = _value(last)
    if last is not None and value is not None and site.of(last).endswith(";"):
        taken = site.remove(site.tree.end(value), site.tree.end(last))
        yield change(f"return `{brief(site.of(value))}`", taken, cost=0.0)
        if wrapper:
            whole = site.replace(last, f"{wrapper}({site.of(value)})")
            yield change(
                f"return `{wrapper}({brief(site.of(value))})`",
                whole,
                cost=0.4 if str(wanted).startswith("Result<()") else 0.1,
            )
    for number, tail in enumerate(_tails(site, block, wanted)):
        yield change(f"return `{tail}`", _appended(site, block, tail), cost=0.2 + number * 0.1)


def wrap_tail(site: Site) -> Iterator[Change]:
    """`match n { 1 => a, _ => b }` → `Ok(match …)`: all branches at once."""
    for mismatch in mismatches(site)[:1]:
        wrapper = {"Result": "Ok", "Option": "Some"}.get(mismatch.wanted.name)
        if wrapper is None or not mismatch.wanted.args or not same(mismatch.wanted.args[0], mismatch.given):
            continue
        whole, node = None, mismatch.node.parent
        while node is not None and node.type not in ("function_item", "closure_expression", "let_declaration"):
            if node.type in ("if_expression", "match_expression"):
                whole = node
            node = node.parent
        if whole is not None and node is not None and node.type == "function_item":
            edits = (site.before(whole, f"{wrapper}("), site.after(whole, ")"))
            yield change(f"wrap `{brief(site.of(whole))}` in `{wrapper}`", *edits)


def return_early(site: Site) -> Iterator[Change]:
    """`if n > 1 { n }` → `if n > 1 { return n; }`: a value where none is wanted."""
    for mismatch in mismatches(site):
        node = mismatch.node
        if str(mismatch.wanted) != "()" or node.parent is None or node.parent.type not in ("block", "match_arm"):
            continue
        what = brief(site.of(node))
        returned = returns(site, node)
        body = site.of(node)
        if returned.name in ("Result", "Option") and mismatch.given.name != returned.name:
            wrapped = f"{'Ok' if returned.name == 'Result' else 'Some'}({body})"
            yield change(f"return `{brief(wrapped)}` here", site.replace(node, f"return {wrapped};"), cost=0.1)
        if str(returned) != "()" and same(returned, mismatch.given):
            yield change(f"return `{what}` here", site.replace(node, f"return {body};"))
        elif node.parent.type == "block":
            yield change(f"end `{what}` with a semicolon", site.after(node, ";"), cost=0.3)
        if mismatch.given.name == "bool" and node.type == "binary_expression" and "==" in body:
            yield change(f"assign: `{brief(body.replace('==', '='))}`", site.replace(node, body.replace("==", "=", 1)))


def return_outcome(site: Site) -> Iterator[Change]:
    """`Ok(n);` → `return Ok(n);`: nothing else tells what type the unused outcome is of."""
    statement = enclosing(site.node, "expression_statement")
    value = statement.named_children[0] if statement is not None and statement.named_children else None
    if statement is None or value is None or value.type not in ("call_expression", "identifier"):
        return
    function = field(value, "function")
    if site.of(function if function is not None else value) in ("Ok", "Err", "Some", "None"):
        yield change(f"return `{brief(site.of(value))}` here", site.before(value, "return "))


def compare_not_assign(site: Site) -> Iterator[Change]:
    """`if x = 5` → `if x == 5`, `x + 1 = y;` → a comparison, `5 = x;` → `x = 5;`."""
    exact = expression_at(site, site.start, site.end)
    node = enclosing(site.node, "assignment_expression") if site.code == "E0070" else exact
    if node is None or node.type != "assignment_expression":
        return
    left, right = field(node, "left"), field(node, "right")
    if left is None or right is None:
        return
    compared = f"{site.of(left)} == {site.of(right)}"
    yield change(f"compare: `{brief(compared)}`", site.replace(node, compared))
    if site.code == "E0070" and right.type in ("identifier", "field_expression", "index_expression"):
        turned = f"{site.of(right)} = {site.of(left)}"
        yield change(f"assign: `{brief(turned)}`", site.replace(node, turned), cost=0.1)


def else_return(site: Site) -> Iterator[Change]:
    """`if n > 1 { n }` in the middle → `if n > 1 { return n; }`; an `if` in a tail may be followed by the failure."""
    branch = enclosing(site.node, "if_expression")
    body = field(branch, "consequence")
    tail = _last(body) if body is not None else None
    if branch is None or body is None:
        return
    if tail is not None and not site.of(tail).endswith(";"):
        inner = tail.named_children[0] if tail.type == "expression_statement" and tail.named_children else tail
        if inner.type not in ("return_expression", "break_expression", "continue_expression"):
            yield change(f"return `{brief(site.of(inner))}` here", site.replace(inner, f"return {site.of(inner)};"))
    wanted = returns(site, branch)
    if wanted.name == "Option":
        yield _with_else(site, branch, "None", 0.1)
    if str(wanted).startswith("Result<(),"):
        yield _with_else(site, branch, "Ok(())", 0.1)


def else_default(site: Site) -> Iterator[Change]:
    """`if n > 1 { 3 }` → `if n > 1 { 3 } else { 0 }`: the value is made up."""
    branch = enclosing(site.node, "if_expression")
    pair = re.search(r"expected `?([^`,]+)`?, found `\(\)`", site.said)
    if branch is not None and pair is not None:
        for value in _defaults(read(pair[1])):
            yield _with_else(site, branch, value, 0.0)


def default_tail(site: Site) -> Iterator[Change]:
    """A body that ends without a value returns a made-up one."""
    block, wanted = _valueless(site)
    if block is not None:
        for value in _defaults(wanted):
            yield change(f"return `{value}`", _appended(site, block, value))


def _valueless(site: Site) -> tuple[Node | None, Type]:
    """The block that should have a value and has none, and the type that it should have."""
    label = site.diagnostic.span.label or ""
    pair = re.search(r"expected (?:`([^`]+)`|[\w -]+), found `\(\)`", label)
    if pair is None or site.opaque:
        return None, Type("()")
    wanted = read(pair[1] or "_")
    exact = site.tree.exactly(site.start, site.end)
    function = site.named_function
    if exact is None:
        return None, wanted
    if function is not None and exact == field(function, "return_type"):
        return field(function, "body"), wanted
    if exact.type == "block":
        return exact, wanted
    holder = exact.parent if exact.type != "expression_statement" else exact
    block = holder if holder is not None and holder.type == "block" else holder.parent if holder is not None else None
    if block is not None and block.type == "block" and block.end_byte - exact.end_byte <= len(site.of(block)):
        last = _last(block)
        if last is not None and (last == exact or (last.named_children and last.named_children[0] == exact)):
            return block, wanted
    return None, wanted


def _last(block: Node) -> Node | None:
    """The last statement or expression of a block, comments passed over."""
    inside = [n for n in block.named_children if not n.type.endswith("comment")]
    return inside[-1] if inside else None


def _value(statement: Node | None) -> Node | None:
    """The expression of a statement that may be worth returning."""
    if statement is None or statement.type != "expression_statement" or not statement.named_children:
        return None
    value = statement.named_children[0]
    passed_over = _LOOPS | {"assignment_expression", "compound_assignment_expr", "return_expression"}
    return None if value.type in passed_over else value


def _tails(site: Site, block: Node, wanted: Type) -> Iterator[str]:
    """What could stand at the end of a block, the likeliest first."""
    if str(wanted).startswith("Result<()"):
        yield "Ok(())"
    names = list(dict.fromkeys(_bound(site, block)))
    names.sort(key=lambda pair: pair[0] not in ("result", "out", "output", "total", "sum", "res", "ret", "found"))
    wrapper = {"Result": "Ok", "Option": "Some"}.get(wanted.name, "")
    for name, written in names[:_MOST_LOCALS]:
        known = read(written) if written else Type("_")
        if same(known, wanted):
            yield name
        if wrapper and (not written or (wanted.args and same(known, wanted.args[0]))):
            yield f"{wrapper}({name})"
    if wanted.name == "Option":
        yield "None"
    if wanted.name in ("&", "&mut") and re.match(r"&\w* ?(?:mut )?(?:Self|self)", str(wanted)):
        yield "self"


def _bound(site: Site, block: Node) -> Iterator[tuple[str, str]]:
    """Names that the end of a block can see, with their types where they are written."""
    for statement in reversed(block.named_children):
        if statement.type == "let_declaration":
            pattern, of = field(statement, "pattern"), field(statement, "type")
            if pattern is not None and pattern.type == "identifier":
                yield site.of(pattern), site.of(of) if of is not None else ""
    function = enclosing(block, "function_item")
    listed = field(function, "parameters")
    for parameter in listed.named_children if listed is not None else ():
        pattern, of = field(parameter, "pattern"), field(parameter, "type")
        if pattern is not None and pattern.type == "identifier" and of is not None:
            yield site.of(pattern), site.of(of)


def _appended(site: Site, block: Node, value: str) -> tuple[RelPath, Edit]:
    """The edit that ends a block with a value, on a line of its own where the block has lines."""
    last = _last(block)
    end = site.tree.end(block) - 1
    if last is None:
        return site.put(site.tree.start(block), end + 1, f"{{ {value} }}")
    after = site.tree.end(last)
    inner = last.named_children[0] if last.type == "expression_statement" and last.named_children else last
    done = site.of(last).endswith((";", "}")) and (site.of(last).endswith(";") or inner.type in _BLOCK_LIKE)
    newline = "\r\n" if "\r\n" in site.text else "\n"
    broken = "\n" in site.text[after:end]
    lead = f"{newline}{site.line_indent(site.tree.start(last))}" if broken else " "
    return site.insert(after, f"{'' if done else ';'}{lead}{value}")


def _with_else(site: Site, branch: Node, value: str, cost: float) -> Change:
    start, end = site.tree.start(branch), site.tree.end(branch)
    newline = "\r\n" if "\r\n" in site.text else "\n"
    indent = site.line_indent(start)
    inline = "\n" not in site.text[start:end]
    text = f" else {{ {value} }}" if inline else f" else {{{newline}{indent}    {value}{newline}{indent}}}"
    return change(f"otherwise `{value}`", site.insert(end, text), cost=cost)


def _defaults(wanted: Type) -> Iterator[str]:
    match wanted.name:
        case "bool":
            yield from ("false", "true")
        case "String":
            yield "String::new()"
        case "Vec":
            yield "Vec::new()"
        case "Option":
            yield "None"
        case "&" if str(wanted) == "&str":
            yield '""'
        case name if name in INTEGERS:
            yield "0"
        case name if name in FLOATS:
            yield "0.0"
        case _:
            yield "Default::default()"


KINDS = (
    kind("return-value", "E0308", LIKELY, return_value),
    kind("wrap-tail", "E0308", LIKELY + 0.2, wrap_tail),
    kind("return-early", "E0308", LIKELY, return_early),
    kind("return-outcome", "E0282", SURE, return_outcome),
    kind("compare-not-assign", "E0308 E0070", LIKELY, compare_not_assign),
    kind("else-return", "E0317", LIKELY, else_return),
    kind("else-default", "E0317", WEAK, else_default, weak=True),
    kind("default-tail", "E0308", WEAK, default_tail, weak=True),
)
