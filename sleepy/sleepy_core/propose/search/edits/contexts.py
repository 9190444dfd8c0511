"""Code in a place where it may not stand: `.await` outside of `async`, calls in constants."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.calls import called_functions
from sleepy_core.propose.search.index import Item
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, WEAK, kind
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree, child, descendants, enclosing, field

_LAZY = "std::sync::LazyLock"


def make_async(site: Site) -> Iterator[Change]:
    """`fn f() { g().await }` → `async fn f()`; a closure's body becomes an `async move` block."""
    function = site.function
    if site.code != "E0728" or function is None:
        return
    if function.type == "closure_expression":
        body = field(function, "body")
        if body is not None:
            block = site.of(body) if body.type == "block" else f"{{ {site.of(body)} }}"
            yield change(
                "make the closure's body an `async` block", site.replace(body, f"async move {block}"), cost=0.3
            )
    named = site.named_function
    name = field(named, "name")
    if named is not None and name is not None and site.of(name) != "main":
        yield change(f"make `{site.of(name)}` async", site.insert(_fn(site.tree, named), "async "))


def drop_needless_await(site: Site) -> Iterator[Change]:
    """`g().await` → `g()`, where `g` is no future."""
    if "is not a future" in site.message:
        yield from drop_await(site)


def drop_await(site: Site) -> Iterator[Change]:
    """`g().await` → `g()`: nobody waits for the future then."""
    node = enclosing(site.node, "await_expression")
    if node is not None and node.named_children and not site.opaque:
        value = node.named_children[0]
        yield change(f"take `{brief(site.of(value))}` without `.await`", site.replace(node, site.of(value)))


def make_callee_async(site: Site) -> Iterator[Change]:
    """`self.go().await` of a plain `fn go` → `async fn go`."""
    node = enclosing(site.node, "await_expression")
    call = node.named_children[0] if node is not None and node.named_children else None
    if call is None or "is not a future" not in site.message:
        return
    for item in called_functions(site, call)[:2]:
        yield from _with_modifier(site, item, "async ")


def make_callee_sync(site: Site) -> Iterator[Change]:
    """`async fn next` → `fn next` where its value is used as if it were there, and it waits for nothing itself."""
    if "uture" not in site.said:
        return
    around = enclosing(site.node, {"let_declaration", "expression_statement", "if_expression", "match_expression"})
    calls = [n for n in descendants(around or site.node) if n.type == "call_expression"]
    for item in dict.fromkeys(found for call in calls for found in called_functions(site, call)[:2]):
        tree, node = site.tree_of(item.file), site.definition(item)
        modifiers = child(node, "function_modifiers") if node is not None else None
        word = child(modifiers, "async") if modifiers is not None else None
        if tree is None or node is None or word is None or any(n.type == "await_expression" for n in descendants(node)):
            continue
        start = tree.start(word)
        yield change(f"make `{item.name}` a plain function", site.remove(start, start + len("async "), item.file))


def make_const(site: Site) -> Iterator[Change]:
    """The function that a constant calls becomes `const`."""
    name = site.words[0].rpartition("::")[2] if site.words else ""
    for item in site.crate.named(re.sub(r"<.*", "", name), "fn")[:2]:
        if not item.implements:
            yield from _with_modifier(site, item, "const ")


def not_const(site: Site) -> Iterator[Change]:
    """The `const fn` that calls another is none any more."""
    function = site.named_function
    modifiers = child(function, "function_modifiers") if function is not None else None
    word = child(modifiers, "const") if modifiers is not None else None
    name = field(function, "name")
    if word is not None and name is not None and "constant functions" in site.message:
        start = site.tree.start(word)
        yield change(f"make `{site.of(name)}` an ordinary function", site.remove(start, start + len("const ")))


def make_lazy(site: Site) -> Iterator[Change]:
    """`static NAME: String = String::from("a")` → a `LazyLock`; a constant of a text becomes a `&str`."""
    item = enclosing(site.node, {"const_item", "static_item"})
    value = field(item, "value")
    type_ = field(item, "type")
    name = field(item, "name")
    if item is None or value is None or type_ is None or name is None or "constant functions" in site.message:
        return
    called = site.of(name)
    text = re.fullmatch(r'(?:String::from\(("[^"]*")\)|("[^"]*")\.(?:to_string|to_owned|into)\(\))', site.of(value))
    if text is not None and site.of(type_) == "String":
        edits = (site.replace(type_, "&str"), site.replace(value, text[1] or text[2]))
        yield change(f"make `{called}` a `&str`", *edits)
    held = re.fullmatch(r"(?:std::vec::)?Vec<(.+)>", site.of(type_))
    listed = re.fullmatch(r"vec!(\[.*\])", site.of(value), re.DOTALL)
    if held is not None and listed is not None:
        edits = (site.replace(type_, f"&[{held[1]}]"), site.replace(value, f"&{listed[1]}"))
        yield change(f"make `{called}` a slice", *edits)
    inside = enclosing(item, "block")
    if inside is not None and item.type == "const_item":
        word = child(item, "const")
        if word is not None:
            yield change(f"make `{called}` a variable", site.replace(word, "let"), cost=0.1)
        return
    lazy = (
        site.replace(type_, f"{_LAZY}<{site.of(type_)}>"),
        site.replace(value, f"{_LAZY}::new(|| {site.of(value)})"),
    )
    if item.type == "static_item":
        yield change(f"make `{called}` a `LazyLock`", *lazy, cost=0.1)
    else:
        word = child(item, "const")
        if word is not None:
            yield change(f"make `{called}` a `LazyLock` static", site.replace(word, "static"), *lazy, cost=0.4)


def _with_modifier(site: Site, item: Item, word: str) -> Iterator[Change]:
    node, tree = site.definition(item), site.tree_of(item.file)
    if node is None or tree is None or node.type != "function_item" or word.strip() in _modifiers(tree, node):
        return
    yield change(f"make `{item.name}` {word.strip()}", site.insert(_fn(tree, node), word, item.file))


def _modifiers(tree: Tree, node: Node) -> list[str]:
    modifiers = child(node, "function_modifiers")
    return tree.of(modifiers).split() if modifiers is not None else []


def _fn(tree: Tree, node: Node) -> int:
    """Where the modifiers of a function begin: before its own, or before `fn`."""
    first = child(node, "function_modifiers") or child(node, "fn")
    return tree.start(first if first is not None else node)


KINDS = (
    kind("make-async", "E0728", LIKELY, make_async),
    kind("drop-needless-await", "E0277", POSSIBLE, drop_needless_await),
    kind("drop-await", "E0728", WEAK, drop_await, weak=True),
    kind("make-callee-sync", "E0277 E0308 E0599 E0609 E0369", LIKELY, make_callee_sync),
    kind("make-callee-async", "E0277", FAR, make_callee_async),
    kind("make-const", "E0015 E0658", LIKELY, make_const),
    kind("not-const", "E0015 E0658", POSSIBLE, not_const),
    kind("make-lazy", "E0015 E0010", LIKELY, make_lazy),
)
