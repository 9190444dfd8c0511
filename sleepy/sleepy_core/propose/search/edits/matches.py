"""Matches that leave something out, and `let` patterns that may not match."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.declarations import without
from sleepy_core.propose.search.edits.patterns import bindings
from sleepy_core.propose.search.index import bare
from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, WEAK, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, ancestors, child, enclosing, field


def copied_arms(site: Site) -> Iterator[Change]:
    """The missing patterns join the arm of the variant with the nearest name, if that binds nothing."""
    arms, missing = _arms(site), _uncovered(site)
    if not arms or not missing:
        return
    joined = " | ".join(missing)
    wanted = _last_names(missing[0])
    plain = [a for a in arms if not _binds(site, a) and field(a, "pattern") is not None]
    for arm in sorted(plain, key=lambda a: -_alike(wanted, _last_names(_pattern(site, a))))[:3]:
        pattern = field(arm, "pattern")
        if pattern is None or child(pattern, "if") is not None:
            continue
        yield change(f"handle {_named(missing)} like `{brief(site.of(pattern))}`", site.after(pattern, f" | {joined}"))


def wildcard_arm(site: Site) -> Iterator[Change]:
    """A last arm for all that is missing: its value is the other arms' where they agree, or the type's empty one."""
    for value, cost in _values(site):
        for pattern in dict.fromkeys((" | ".join(_uncovered(site)), "_")):
            edit = _appended(site, f"{pattern} => {value}")
            if pattern and edit is not None:
                yield change(f"answer {brief(pattern)} with `{value}`", edit, cost=cost + (pattern == "_") * 0.5)


def unreachable_arm(site: Site) -> Iterator[Change]:
    """A last arm that says that it is never reached."""
    edit = _appended(site, "_ => unreachable!()")
    if edit is not None:
        yield change("claim that nothing else is ever matched", edit)


def remove_unused_variant(site: Site) -> Iterator[Change]:
    """A variant that is matched nowhere and made nowhere goes from its enum."""
    edits: list[tuple[RelPath, Edit]] = []
    names = [bare(re.split(r"[({ ]", pattern.lstrip("&"))[0]) for pattern in _uncovered(site)]
    for name in names:
        found = site.crate.named(name, "variant")
        named = sum(len(re.findall(rf"\b{re.escape(name)}\b", t)) for t in site.sources.values() if name in t)
        if len(found) != 1 or named > 1:
            return
        node, tree = site.definition(found[0]), site.tree_of(found[0].file)
        if node is None or tree is None:
            return
        edits.append((found[0].file, without(tree, node)))
    if edits:
        yield change(f"remove the unused variant {_named(names)}", *edits)


def wildcard_last(site: Site) -> Iterator[Change]:
    """An arm that catches all goes behind those that it hides."""
    hidden = enclosing(site.node, "match_arm")
    catching = [p for p in site.places if not p.primary and p.file == site.file and "matches" in p.label]
    for place in catching[:1]:
        arm = enclosing(site.tree.at(place.start, place.end), "match_arm")
        if arm is None or hidden is None or arm.parent is None or arm.parent != hidden.parent:
            continue
        last = arm.parent.named_children[-1]
        after = last.next_sibling if last.next_sibling is not None and last.next_sibling.type == "," else last
        text = site.of(arm)
        start = site.tree.start(arm)
        line = site.text.rfind("\n", 0, start)
        begin = line if line >= 0 and not site.text[line:start].strip() else start
        between = site.text[begin:start] or " "
        comma = "" if site.of(last).endswith((",", "}")) else ","
        edits = (site.remove(begin, site.tree.end(arm)), site.insert(site.tree.end(after), f"{comma}{between}{text}"))
        yield change("move the arm that catches all behind the others", *edits)


def let_else(site: Site) -> Iterator[Change]:
    """`let Some(x) = o;` → `… else { return };`, with what the function can return, or leaves the loop."""
    let = enclosing(site.node, "let_declaration")
    if let is None or field(let, "alternative") is not None or not site.of(let).endswith(";"):
        return
    end = site.tree.end(let) - 1
    indent = site.line_indent(site.tree.start(let))
    for leave, cost in _leaves(site):
        text = f" else {{\n{indent}    {leave};\n{indent}}}"
        yield change(f"leave with `{leave}` where it does not match", site.insert(end, text), cost=cost)


def matched_with_if_let(site: Site) -> Iterator[Change]:
    """`let Some(x) = o; rest` → `if let Some(x) = o { rest }`, where the rest of the block has no value."""
    let = enclosing(site.node, "let_declaration")
    block = let.parent if let is not None else None
    if let is None or block is None or block.type != "block" or "\n" not in site.of(block):
        return
    rest = site.text[site.tree.end(let) : site.tree.end(block) - 1].rstrip()
    indent = site.line_indent(site.tree.start(let))
    if not rest or "\n" not in rest:
        return
    inner = rest.replace("\n", "\n    ").replace("\n    \n", "\n\n")
    head = site.of(let).rstrip(";")
    edit = site.put(site.tree.start(let), site.tree.start(let) + len(site.of(let)) + len(rest),
                    f"if {head} {{{inner}\n{indent}}}")  # fmt: skip
    yield change("do the rest only where it matches", edit)


def flattened_loop(site: Site) -> Iterator[Change]:
    """`for Some(x) in items` → `for x in items.into_iter().flatten()`."""
    loop = enclosing(site.node, "for_expression")
    pattern = field(loop, "pattern")
    value = field(loop, "value")
    if pattern is None or value is None or pattern.type != "tuple_struct_pattern" or len(pattern.named_children) != 2:
        return
    if bare(site.of(pattern.named_children[0])) in ("Some", "Ok"):
        edits = (site.replace(pattern, site.of(pattern.named_children[1])), site.after(value, ".into_iter().flatten()"))
        yield change(f"go over what is `{site.of(pattern.named_children[0])}` only", *edits)


def _arms(site: Site) -> list[Node]:
    body = _match_block(site)
    return [a for a in body.named_children if a.type == "match_arm"] if body is not None else []


def _match_block(site: Site) -> Node | None:
    match = enclosing(site.node, "match_expression")
    if match is None or site.opaque:
        return None
    value = field(match, "value")
    return field(match, "body") if value is not None and site.tree.start(value) <= site.start else None


def _uncovered(site: Site) -> list[str]:
    """The patterns that are not covered, as a program writes them."""
    before, _, _ = site.message.partition(" not covered")
    if " more" in before:
        return []
    found = re.findall(r"`([^`]+)`", before)
    plain = [re.sub(r"(?<=\d)_(?:[iu](?:\d+|size))", "", pattern) for pattern in found]
    if any(field(a, "pattern") is not None and site.of(a).startswith("&") for a in _arms(site)):
        return plain
    return [pattern.removeprefix("&") for pattern in plain]


def _pattern(site: Site, arm: Node) -> str:
    pattern = field(arm, "pattern")
    return site.of(pattern) if pattern is not None else ""


def _binds(site: Site, arm: Node) -> bool:
    pattern = field(arm, "pattern")
    return pattern is not None and any(True for _ in bindings(site.tree, pattern))


def _appended(site: Site, arm: str) -> tuple[RelPath, Edit] | None:
    """Put an arm behind the last one."""
    body, arms = _match_block(site), _arms(site)
    if body is None:
        return None
    if not arms:
        indent = site.line_indent(site.tree.start(body))
        return site.replace(body, f"{{\n{indent}    {arm},\n{indent}}}")
    last = arms[-1]
    if "\n" not in site.of(body):
        return site.insert(site.tree.end(last), f"{'' if site.of(last).endswith((',', '}')) else ','} {arm}")
    comma = "" if site.of(last).endswith((",", "}")) else ","
    indent = site.line_indent(site.tree.start(last))
    return site.insert(site.tree.end(last), f"{comma}\n{indent}{arm},")


def _values(site: Site) -> Iterator[tuple[str, float]]:
    """What a further arm may answer with: what most others do, or an empty value of what the function returns."""
    bodies = [site.of(v) for a in _arms(site) if (v := field(a, "value")) is not None and not _binds(site, a)]
    brief = [b for b in bodies if len(b) <= 40 and "\n" not in b]
    for body in sorted(dict.fromkeys(brief), key=lambda b: -brief.count(b))[:2]:
        yield body, 0.0
    function = site.named_function
    back = field(function, "return_type")
    empty = "{}" if back is None else _EMPTY.get(bare(site.of(back)), "")
    if empty and empty not in brief:
        yield empty, 0.5


_EMPTY = {"Option": "None", "bool": "false", "Vec": "Vec::new()", "String": "String::new()"}


def _leaves(site: Site) -> Iterator[tuple[str, float]]:
    """The ways out of where an error is, the nearest first."""
    function = site.function
    for holder in ancestors(site.node):
        if function is not None and holder == function:
            break
        if holder.type in ("for_expression", "while_expression", "loop_expression"):
            yield "continue", 0.0
            yield "break", 0.5
    back = field(function, "return_type")
    of = site.of(back) if back is not None else ""
    if not of:
        yield "return", 0.2
    elif bare(of) in _EMPTY:
        yield f"return {_EMPTY[bare(of)]}", 0.2
    elif re.search(r"Result<\(\)", of):
        yield "return Ok(())", 0.4
    yield f'panic!("{_said(site)}")', 1.0


def _said(site: Site) -> str:
    return f"expected {site.of(site.node)}".replace('"', "").replace("{", "{{").replace("}", "}}").replace("\n", " ")


def _last_names(pattern: str) -> set[str]:
    """The words of the variants that a pattern names, in lower case: `Kind::FileGone(_)` → file, gone."""
    return {w.lower() for name in re.findall(r"\w+", pattern) for w in re.findall(r"[A-Z][a-z0-9]*", name)}


def _alike(one: set[str], other: set[str]) -> float:
    return len(one & other) / (len(one | other) or 1)


def _named(patterns: list[str]) -> str:
    return ", ".join(f"`{p}`" for p in patterns)


KINDS = (
    kind("remove-unused-variant", "E0004", WEAK + 1, remove_unused_variant, weak=True),
    kind("join-arm", "E0004", WEAK, copied_arms, weak=True),
    kind("wildcard-arm", "E0004", WEAK, wildcard_arm, weak=True),
    kind("unreachable-arm", "E0004", WEAK, unreachable_arm, weak=True),
    kind("catching-arm-last", "unreachable_patterns", LIKELY, wildcard_last),
    kind("let-else", "E0005", POSSIBLE, let_else),
    kind("if-let-rest", "E0005", POSSIBLE, matched_with_if_let),
    kind("flatten-loop", "E0005", LIKELY, flattened_loop),
)
