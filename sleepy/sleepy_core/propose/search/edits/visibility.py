"""Items, fields and methods that exist and cannot be seen from where they are used."""

from __future__ import annotations

from collections.abc import Iterator

from sleepy_core.propose.search.index import Item, bare
from sleepy_core.propose.search.kinds import LIKELY, SURE, kind
from sleepy_core.propose.search.nearness import words
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import child, enclosing, field


def make_public(site: Site) -> Iterator[Change]:
    """`fn load` → `pub fn load`, for what the message calls private: `pub(crate)` after `pub` where both can do."""
    for item in _private(site):
        what = f"{item.container}::{item.name}" if item.container else item.name
        for extra, visibility in enumerate(("pub", "pub(crate)")):
            if item.visibility == visibility:
                continue
            written = item.start + len(item.visibility)
            text = visibility if item.visibility else f"{visibility} "
            edit = site.put(item.start, written, text, item.file)
            plain = f"make `{what}` public" if visibility == "pub" else f"make `{what}` visible in its crate"
            yield change(plain, edit, cost=extra * 0.5)


def publish_hidden(site: Site) -> Iterator[Change]:
    """`fn load` → `pub fn load` for a name that its module has and a path or a glob does not reach."""
    name = bare(site.words[0]) if site.words else ""
    found = site.crate.named(name)
    if site.code == "E0599":  # a method that a hidden trait has
        found = [trait for item in found for trait in site.crate.named(item.container, "trait")]
    for item in found[:12]:
        if not item.visibility and not item.implements and item.kind not in ("variant", "macro", "field"):
            edit = site.insert(item.start, "pub ", item.file)
            yield change(f"make `{item.name}` public", edit, cost=0.2 * (item.file == site.file))


def publish_tuple_fields(site: Site) -> Iterator[Change]:
    """`struct P(u8)` → `struct P(pub u8)`: the field that is named by its number."""
    if not site.words or not site.words[0].isdigit():
        return
    for item in site.crate.named(bare(site.words[-1]), "struct"):
        node, tree = site.definition(item), site.tree_of(item.file)
        body = field(node, "body")
        types = body.children_by_field_name("type") if body is not None else []
        number = int(site.words[0])
        if tree is not None and number < len(types):
            edit = site.insert(tree.start(types[number]), "pub ", item.file)
            yield change(f"make the field {number} of `{item.name}` public", edit)


def publish_import(site: Site) -> Iterator[Change]:
    """`use inner::Item;` → `pub use inner::Item;` where the name is asked for from outside."""
    if "import `" not in site.message:
        return
    for place in site.places[1:]:  # the first is where the name is asked for
        tree = site.tree_of(place.file)
        use = enclosing(tree.at(place.start, place.end), "use_declaration") if tree is not None else None
        if tree is None or use is None or child(use, "visibility_modifier") is not None:
            continue
        for extra, visibility in enumerate(("pub", "pub(crate)")):
            edit = site.insert(tree.start(use), f"{visibility} ", place.file)
            yield change(f"re-export `{site.words[0]}` with `{visibility} use`", edit, cost=extra * 0.3)


def narrow_reexport(site: Site) -> Iterator[Change]:
    """`pub use item` → `pub(crate) use item` for what may not leave the crate, or `use`."""
    use = enclosing(site.node, "use_declaration")
    visibility = child(use, "visibility_modifier") if use is not None else None
    if visibility is not None and site.of(visibility) == "pub":
        yield change("re-export it within the crate only", site.replace(visibility, "pub(crate)"))
        end = site.tree.end(visibility)
        yield change("import it without re-exporting it", site.remove(site.tree.start(visibility), end + 1), cost=0.5)


def use_accessor(site: Site) -> Iterator[Change]:
    """`config.port` → `config.get_port()`: a public method that gives what the private field holds."""
    if site.code != "E0616" or len(site.words) < 2 or site.text[site.end :].lstrip().startswith("("):
        return
    field, of = site.words[0], bare(site.words[-1])
    for method in site.crate.members(of, "fn"):
        if method.receiver and not method.parameters and method.public and method.type and field in words(method.name):
            yield change(f"call `{method.name}()`", site.put(site.start, site.end, f"{method.name}()"))


def _private(site: Site) -> Iterator[Item]:
    """The items that the message may mean, the ones that its notes point at first."""
    pointed = {(p.file, p.start) for p in site.places if not p.primary}
    wanted = [bare(word) for word in site.words]
    found = [item for word in wanted for item in site.crate.named(word) if item.kind not in ("variant", "macro")]
    found = [item for item in found if item.visibility != "pub"]
    holder = bare(site.words[-1]) if site.words else ""

    def far(item: Item) -> tuple[bool, bool]:
        named = any(file == item.file and item.start <= at <= item.end for file, at in pointed)
        return not named, item.container != holder

    yield from sorted(dict.fromkeys(found), key=far)[:6]


KINDS = (
    kind("make-public", "E0603 E0616 E0624 E0451 E0635 E0446 E0364 E0365", SURE, make_public),
    kind("publish-hidden", "E0425 E0412 E0405 E0432 E0433 E0422 E0531 E0599", LIKELY, publish_hidden),
    kind("publish-tuple-fields", "E0616", SURE, publish_tuple_fields),
    kind("use-accessor", "E0616", SURE + 0.2, use_accessor),
    kind("publish-import", "E0603", SURE + 0.3, publish_import),
    kind("narrow-reexport", "E0364 E0365", LIKELY, narrow_reexport),
)
