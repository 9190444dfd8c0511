"""Struct literals and their definitions: fields that are missing, unknown, or written twice; braces for parentheses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.declarations import with_member, without
from sleepy_core.propose.search.index import Item, bare
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, SURE, WEAK, kind
from sleepy_core.propose.search.scope import fields_of
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, Tree, child, enclosing, field

_EMPTY = {
    "Option": "None", "Vec": "Vec::new()", "String": "String::new()", "bool": "false", "PhantomData": "PhantomData",
    "HashMap": "HashMap::new()", "HashSet": "HashSet::new()", "BTreeMap": "BTreeMap::new()", "&str": '""',
    "BTreeSet": "BTreeSet::new()", "VecDeque": "VecDeque::new()", "PathBuf": "PathBuf::new()",
    **dict.fromkeys(("f32", "f64"), "0.0"),
    **dict.fromkeys(("u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize"), "0"),
}  # fmt: skip


def fields_from_locals(site: Site) -> Iterator[Change]:
    """Missing fields are taken from variables of their names: `S { a }` → `S { a, name }`."""
    literal, missing = _literal_at(site), _missing(site)
    if literal is None or not missing:
        return
    known = {local.name for local in site.locals}
    own = {i.name for i in site.crate.members(_type_of_self(site), "field")} if "self" in known else set()
    texts = [name if name in known else f"{name}: self.{name}" if name in own else "" for name in missing]
    if all(texts):
        yield _filled(site, literal, texts, f"fill in {_quoted(missing)} from what is in scope")
    clones = [f"{t}.clone()" if ": " in t else t for t in texts]
    if all(texts) and clones != texts:
        yield _filled(site, literal, clones, f"fill in {_quoted(missing)} with clones of `self`'s", cost=0.5)


def fields_of_expected_type(site: Site) -> Iterator[Change]:
    """One missing field is taken from the only variable of its type."""
    literal, missing = _literal_at(site), _missing(site)
    if literal is None or len(missing) != 1:
        return
    for member in fields_of(site, _named_by(site, literal)):
        if member.name == missing[0]:
            same = [local.name for local in site.locals if local.type == member.type]
            for local in list(dict.fromkeys(same))[:2]:
                yield _filled(site, literal, [f"{member.name}: {local}"], f"fill in `{member.name}` with `{local}`")


def rest_from_base(site: Site) -> Iterator[Change]:
    """The missing fields come from another value of the type: `..base`, `..*self`, `..Default::default()`."""
    literal, missing = _literal_at(site), _missing(site)
    if literal is None or not missing:
        return
    name = _named_by(site, literal)
    bases = []
    for local in site.locals:
        of = _type_of_self(site) if local.name == "self" else bare(local.type)
        if of == name:
            by_reference = "&" in local.type
            bases.append(f"{local.name}.clone()" if by_reference else local.name)
    if any("Default" in i.derives for i in site.crate.named(name, "struct")) or any(
        i.implements == "Default" for i in site.crate.members(name, "fn")
    ):
        bases.append("Default::default()")
    for base in list(dict.fromkeys(bases))[:3]:
        yield _filled(site, literal, [f"..{base}"], f"take {_quoted(missing)} from `{base}`")


def empty_fields(site: Site) -> Iterator[Change]:
    """The missing fields begin empty: `None`, `Vec::new()`, zero, or their type's default."""
    literal, missing = _literal_at(site), _missing(site)
    if literal is None or not missing:
        return
    types = {f.name: f.type for f in fields_of(site, _named_by(site, literal))}
    known = {local.name for local in site.locals}
    own = [
        name if name in known else f"{name}: {_EMPTY.get(bare(types.get(name, '')), 'Default::default()')}"
        for name in missing
    ]
    yield _filled(site, literal, own, f"leave {_quoted(missing)} empty")


def remove_unused_field(site: Site) -> Iterator[Change]:
    """A new field that nothing reads or sets goes from the definition."""
    literal, missing = _literal_at(site), _missing(site)
    if literal is None or not missing:
        return
    edits: list[tuple[RelPath, Edit]] = []
    for member in site.crate.members(_named_by(site, literal), "field"):
        if member.name not in missing:
            continue
        node, tree = site.definition(member), site.tree_of(member.file)
        named = sum(
            len(re.findall(rf"\b{re.escape(member.name)}\b", t)) for t in site.sources.values() if member.name in t
        )
        if node is None or tree is None or named > 1:
            return
        edits.append((member.file, without(tree, node)))
    if len(edits) == len(missing):
        yield change(f"remove the unused field {_quoted(missing)}", *edits)


def add_field(site: Site) -> Iterator[Change]:
    """The field that a literal sets is added to the definition, where its value shows its type."""
    entry = enclosing(site.node, {"field_initializer", "shorthand_field_initializer"})
    literal = _literal_at(site)
    if entry is None or literal is None or not site.words:
        return
    value = field(entry, "value") or entry
    of = _type_of(site, value)
    name = site.of(site.node)
    holder = bare(site.words[0])
    owners = [i for i in site.crate.named(holder, "struct", "variant") if i.shape == "named"]
    for owner in owners[:2]:
        node, tree = site.definition(owner), site.tree_of(owner.file)
        if node is None or tree is None or not of:
            continue
        fields = site.crate.members(holder, "field")
        visibility = f"{fields[0].visibility} " if fields and fields[0].visibility else ""
        edit = with_member(tree, node, f"{visibility}{name}: {of}")
        if edit is not None:
            yield change(f"add the field `{name}: {of}` to `{holder}`", (owner.file, edit))


def drop_entry(site: Site) -> Iterator[Change]:
    """Take out what the literal or the definition has too much: weak, since it was written for something."""
    entry = enclosing(site.node, {"field_initializer", "shorthand_field_initializer", "field_declaration"})
    if entry is not None:
        yield change(f"take `{brief(site.of(entry), 50)}` out", (site.file, without(site.tree, entry)))


def other_missing_name(site: Site) -> Iterator[Change]:
    """An unknown field is the one that the literal has not set yet."""
    entry = enclosing(site.node, {"field_initializer", "shorthand_field_initializer"})
    literal = _literal_at(site)
    if entry is None or literal is None:
        return
    body = field(literal, "body")
    have = {_entry_name(site.tree, e) for e in (body.named_children if body is not None else ())}
    left = [f.name for f in fields_of(site, _named_by(site, literal)) if f.name not in have]
    for name in left[:3]:
        if entry.type == "shorthand_field_initializer":
            yield change(f"set `{name}` instead", site.before(entry, f"{name}: "))
        else:
            member = field(entry, "field")
            if member is not None:
                yield change(f"set `{name}` instead", site.replace(member, name))


def rename_second_field(site: Site) -> Iterator[Change]:
    """E0124: of two fields of one name, the second is called after its type, or gets a number."""
    member = enclosing(site.node, "field_declaration")
    name = field(member, "name")
    of = field(member, "type")
    if member is None or name is None or of is None or member.parent is None:
        return
    taken = {_entry_name(site.tree, f) for f in member.parent.named_children}
    called = bare(site.of(of))
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", called).lower() if called[:1].isupper() else ""
    for new in (snake, f"{site.of(name)}_2", f"other_{site.of(name)}"):
        if new and new.isidentifier() and new not in taken:
            yield change(f"call the second field `{new}`", site.replace(name, new))


def rest_of_default(site: Site) -> Iterator[Change]:
    """E0797: `..` without what the rest comes from: the type's default."""
    for base in ("Default::default()", *(["self"] if any(v.name == "self" for v in site.locals) else [])):
        yield change(f"take the rest from `{base}`", site.insert(site.end, base))


def _missing(site: Site) -> list[str]:
    """The fields that a literal lacks: the message names the first of them only, where they are many."""
    before, _, _ = site.message.partition(" in initializer of")
    literal = _literal_at(site)
    if literal is None or "other field" not in before:
        return re.findall(r"`([^`]+)`", before)
    body = field(literal, "body")
    have = {_entry_name(site.tree, e) for e in (body.named_children if body is not None else ())}
    return [f.name for f in fields_of(site, _named_by(site, literal)) if f.name not in have]


def _literal_at(site: Site) -> Node | None:
    return enclosing(site.node, "struct_expression") if not site.opaque else None


def _named_by(site: Site, literal: Node) -> str:
    """The struct or variant that a literal makes, `Self` looked up."""
    name = field(literal, "name")
    written = bare(site.of(name)) if name is not None else ""
    return _type_of_self(site) if written == "Self" else written


def _type_of_self(site: Site) -> str:
    of = field(site.implementation, "type")
    return bare(site.of(of)) if of is not None else ""


def _filled(site: Site, literal: Node, entries: list[str], label: str, cost: float = 0.0) -> Change:
    """Put entries at the end of a literal, on lines of their own where the others have them."""
    body = field(literal, "body")
    assert body is not None
    there = body.named_children
    start, end = site.tree.start(body), site.tree.end(body)
    base = child(body, "base_field_initializer")
    before = [n for n in there if n != base]
    if not there:
        edit = site.put(start, end, f"{{ {', '.join(entries)} }}")
    elif not before:
        edit = site.before(there[0], f"{', '.join(entries)}, ")
    else:
        last = before[-1]
        comma = last.next_sibling is not None and last.next_sibling.type == ","
        at = site.tree.end(last.next_sibling) if comma and last.next_sibling is not None else site.tree.end(last)
        if "\n" in site.text[start : site.tree.start(last)]:
            indent = site.line_indent(site.tree.start(last))
            text = "".join(f"\n{indent}{e}{'' if e.startswith('..') else ','}" for e in entries)
            edit = site.insert(at, text if comma else f",{text}")
        else:
            edit = site.insert(at, (" " if comma else ", ") + ", ".join(entries))
    return change(label, edit, cost=cost)


def _entry_name(tree: Tree, entry: Node) -> str:
    member = field(entry, "field") or field(entry, "name")
    if member is None and entry.type == "shorthand_field_initializer":
        return tree.of(entry)
    return tree.of(member) if member is not None else ""


def _type_of(site: Site, value: Node) -> str:
    """The type that an expression shows by itself, "" where it does not."""
    text = site.of(value)
    match value.type:
        case "integer_literal" | "float_literal":
            suffix = re.search(r"[iuf](?:\d+|size)$", text)
            return suffix[0] if suffix else "i32" if value.type == "integer_literal" else "f64"
        case "boolean_literal":
            return "bool"
        case "char_literal":
            return "char"
        case "string_literal" | "raw_string_literal":
            return "&'static str"
        case "identifier" | "shorthand_field_initializer":
            return next((local.type for local in site.locals if local.name == text), "")
        case "struct_expression":
            name = field(value, "name")
            return site.of(name) if name is not None else ""
        case "macro_invocation" if text.startswith("format!"):
            return "String"
        case "macro_invocation" if text.startswith("vec!") and (inner := re.match(r"vec!\[([^;,\]]+)", text)):
            found = re.fullmatch(r"\d+([iu]\d+|[iu]size)?", inner[1].strip())
            return f"Vec<{found[1] or 'i32'}>" if found else ""
        case "call_expression":
            return _called_type(site, value)
    return ""


def _called_type(site: Site, call: Node) -> str:
    function = field(call, "function")
    if function is None:
        return ""
    path = site.of(function)
    method = field(function, "field")
    if method is not None and site.of(method) in ("to_string", "to_owned") and '"' in path:
        return "String"
    owner, _, name = path.rpartition("::")
    candidates: list[Item] = [i for i in site.crate.named(name, "fn") if i.container == bare(owner)]
    found = candidates[0].type if len(candidates) == 1 else ""
    if found == "Self":
        return owner
    return found or ("String" if path == "String::from" else "")


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


KINDS = (
    kind("fields-from-locals", "E0063", SURE, fields_from_locals),
    kind("field-of-same-type", "E0063", POSSIBLE, fields_of_expected_type),
    kind("rest-from-base", "E0063", LIKELY, rest_from_base),
    kind("remove-unused-field", "E0063", FAR, remove_unused_field),
    kind("leave-fields-empty", "E0063", WEAK, empty_fields, weak=True),
    kind("add-field", "E0560 E0559", FAR, add_field),
    kind("set-other-field", "E0560 E0559", LIKELY, other_missing_name),
    kind("drop-field-entry", "E0560 E0559 E0062 E0124", WEAK, drop_entry, weak=True),
    kind("rename-second-field", "E0124", POSSIBLE, rename_second_field),
    kind("rest-of-default", "E0797", LIKELY, rest_of_default),
)
