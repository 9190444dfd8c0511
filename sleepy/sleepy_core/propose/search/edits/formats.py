"""Format strings and their arguments: one too few, one too many, one that is an expression."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.search.kinds import LIKELY, SURE, WEAK, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, enclosing

_COUNTED = re.compile(r"(\d+) positional arguments? in format string, but (?:there (?:is|are) )?(\d+|no)")


def add_argument(site: Site) -> Iterator[Change]:
    """`println!("{} {}", a)` → `println!("{} {}", a, b)`: the nearest variables that are not given yet."""
    counted = _COUNTED.match(site.message)
    listed = _arguments(site)
    if listed is None:
        return
    missing = int(counted[1]) - (0 if counted[2] == "no" else int(counted[2])) if counted else 1
    if counted is None and not site.message.startswith("invalid reference to positional argument"):
        return
    given = re.findall(r"\w+", site.of(listed))
    free = [n for n in dict.fromkeys(local.name for local in site.locals) if n not in given]
    if 0 < missing <= len(free):
        for first in range(min(5, len(free) - missing + 1)):
            names = list(reversed(free[first : first + missing])) if missing > 1 else free[first : first + 1]
            text = ", ".join(names)
            at = site.tree.end(listed) - 1
            yield change(f"give `{text}` to the format string", site.insert(at, f", {text}"), cost=first * 0.2)


def add_placeholder(site: Site) -> Iterator[Change]:
    """`println!("x", a)` → `println!("x {}", a)`: every argument has its place."""
    text = _string(site)
    if text is None or "never used" not in site.said or "format" not in site.said:
        return
    unused = max(1, sum(1 for p in site.places if p.label == "argument never used"))
    content = site.of(text)[1:-1]
    line_end = "\\n" if content.endswith("\\n") else ""
    content = content.removesuffix("\\n")
    at = site.tree.end(text) - 1 - len(line_end)
    for extra, hole in enumerate(("{}", "{:?}")):
        holes = " ".join([hole] * unused)
        space = " " if content and not content.endswith((" ", "(", "[", "=", '\\"')) else ""
        yield change(f"add `{holes}` to the format string", site.insert(at, f"{space}{holes}"), cost=extra * 0.3)


def drop_placeholder(site: Site) -> Iterator[Change]:
    """`println!("a {}")` → `println!("a ")`: weak, since something was to be shown."""
    if _COUNTED.match(site.message) and re.fullmatch(r"\{[^{}]*\}", site.text[site.start : site.end]):
        yield change("take the last `{}` out of the format string", site.remove(site.start, site.end))


def lower_index(site: Site) -> Iterator[Change]:
    """`{1}` → `{0}`: arguments are counted from zero."""
    number = site.text[site.start : site.end]
    if site.message.startswith("invalid reference to positional argument") and number.isdigit() and int(number) > 0:
        lower = str(int(number) - 1)
        yield change(f"write `{{{lower}}}` for `{{{number}}}`", site.put(site.start, site.end, lower))


def close_or_escape(site: Site) -> Iterator[Change]:
    """`"{a"` → `"{a}"`, `"a}"` → `"a}}"`, `"{ x"` → `"{{ x"`."""
    if not site.message.startswith("invalid format string"):
        return
    if "unmatched `}`" in site.message:
        spec = re.search(r"(?::[^{}\s:]*)?$", site.text[: site.start])
        at = spec.start() if spec is not None else site.start
        bare = site.text[at - 1 : at] in (" ", '"', "'", "(", "[", "=")
        yield change("open the placeholder with `{`", site.insert(at, "{"), cost=0 if bare else 0.2)
        yield change("escape the `}`", site.insert(site.start, "}"), cost=0.1)
        yield change("take out the `}`", site.remove(site.start, site.start + 1), cost=0.3)
        return
    opening = _opening(site)
    if opening is not None and "expected `}`" in site.message:
        yield change("close the `{` with `}`", site.insert(site.start, "}"))
        yield change("escape the `{`", site.insert(opening, "{"), cost=0.3)


def move_expression(site: Site) -> Iterator[Change]:
    """`println!("{a + 1}")` → `println!("{}", a + 1)`: only names may stand in a format string."""
    opening, listed, text = _opening(site), _arguments(site), _string(site)
    if opening is None or listed is None or text is None or not site.message.startswith("invalid format string"):
        return
    closing = site.text.find("}", opening, site.tree.end(text))
    if closing < 0:
        return
    inside = site.text[opening + 1 : closing]
    colon = re.search(r"(?<!:):(?!:)[^:()]*$", inside)
    expression, spec = (inside[: colon.start()], colon[0]) if colon is not None else (inside, "")
    if not expression.strip() or "{" in expression:
        return
    # Arguments go by place: it must stand behind as many as there are holes before it.
    holes = len(re.findall(r"(?<!\{)\{(?::[^{}]*)?\}", site.text[site.tree.start(text) : opening]))
    at = _behind_argument(site, listed, holes)
    edits = (site.put(opening, closing + 1, f"{{{spec}}}"), site.insert(at, f", {expression.strip()}"))
    yield change(f"give `{expression.strip()[:40]}` as an argument", *edits)


def _macro(site: Site) -> Node | None:
    return enclosing(site.node, "macro_invocation")


def _arguments(site: Site) -> Node | None:
    """The brackets of the macro call, with what is in them."""
    macro = _macro(site)
    return next((c for c in macro.named_children if c.type == "token_tree"), None) if macro is not None else None


def _string(site: Site) -> Node | None:
    """The format string: the first string of the call."""
    listed = _arguments(site)
    return next((c for c in listed.named_children if c.type == "string_literal"), None) if listed is not None else None


def _opening(site: Site) -> int | None:
    return next((p.start for p in site.places if "because of this opening brace" in p.label), None)


def _behind_argument(site: Site, listed: Node, number: int) -> int:
    """Behind the string and as many arguments, by the commas of the call; at its end where there are fewer."""
    commas = [site.tree.start(c) for c in listed.children if c.type == ","]
    return commas[number] if number < len(commas) else site.tree.end(listed) - 1


KINDS = (
    kind("add-argument", "-", LIKELY, add_argument),
    kind("add-placeholder", "-", LIKELY, add_placeholder),
    kind("lower-index", "-", SURE + 0.5, lower_index),
    kind("close-or-escape", "-", SURE + 0.5, close_or_escape),
    kind("move-expression", "-", SURE, move_expression),
    kind("drop-placeholder", "-", WEAK, drop_placeholder, weak=True),
)
