"""A method or field is asked of a wrapper of the thing that has it, or of a thing that needs no unwrapping."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.converting import PANICS, panics
from sleepy_core.propose.search.kinds import LIKELY, POSSIBLE, WEAK, kind
from sleepy_core.propose.search.mismatch import in_async, returns
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, enclosing, field
from sleepy_core.propose.search.types import Type, read, words

# What stands between a wrapper and what it holds, the likeliest first.
_REACH = {
    "Option": ("?", ".as_ref()?", ".unwrap()", ".as_ref().unwrap()", ".as_mut().unwrap()", ".as_deref()"),
    "Result": ("?", ".as_ref()?", ".unwrap()", ".as_ref().unwrap()"),
    "RefCell": (".borrow()", ".borrow_mut()"),
    "Cell": (".get()",),
    "Mutex": (".lock().unwrap()",),
    "RwLock": (".read().unwrap()", ".write().unwrap()"),
    "Weak": (".upgrade()?", ".upgrade().unwrap()"),
    "OnceCell": (".get()?", ".get().unwrap()"),
    "OnceLock": (".get()?", ".get().unwrap()"),
    "Poll": (),
    "JoinHandle": (".join().unwrap()",),
    "impl": (".await",),
    "Pin": (".await",),
    "Vec": (".iter()", ".into_iter()", ".iter_mut()"),
    "[]": (".iter()", ".iter_mut()"),
    "[;]": (".iter()", ".into_iter()", ".iter_mut()"),
    "VecDeque": (".iter()", ".into_iter()", ".iter_mut()", ".make_contiguous()"),
    "HashSet": (".iter()", ".into_iter()"),
    "BTreeSet": (".iter()", ".into_iter()"),
    "HashMap": (".iter()", ".values()", ".keys()", ".into_iter()"),
    "BTreeMap": (".iter()", ".values()", ".keys()", ".into_iter()"),
    "str": (".chars()", ".bytes()", ".lines()", ".split_whitespace()", ".to_string()", ".as_bytes()"),
    "String": (".chars()", ".bytes()", ".lines()", ".as_bytes()"),
    "char": (".to_string()",),
    "u8": (".to_string()",),
    "Path": (".to_string_lossy()", ".display().to_string()"),
    "PathBuf": (".to_string_lossy()", ".display().to_string()"),
    "OsStr": (".to_string_lossy()", ".to_str()?"),
    "OsString": (".to_string_lossy()",),
    "Instant": (".elapsed()",),
    "Stdin": (".lock()",),
    "File": (),
}
_NUMBERS = words("u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 {integer} {float} bool")
# Methods of collections that iterators do not have.
_OF_COLLECTIONS = words(
    """len is_empty sort sort_by sort_by_key sort_unstable dedup push pop first last_mut get contains join concat to_vec
    binary_search iter windows chunks extend insert remove reverse truncate swap split_at concat as_slice"""
)
# Methods that only wrappers have; a plain value needs none of them.
_UNNEEDED = words(
    """unwrap expect unwrap_or unwrap_or_default unwrap_or_else is_some is_ok ok as_deref as_ref borrow borrow_mut lock
    read write get clone cloned copied iter into_iter to_owned to_string as_str into_inner collect await join chars
    elapsed as_bytes upgrade flatten"""
)


def reach_inside(site: Site) -> Iterator[Change]:
    """`option.len()` → `option.as_ref()?.len()`, `cell.push(1)` → `cell.borrow_mut().push(1)`."""
    value, name, given = _asked(site)
    if value is None or given is None:
        return
    tail = _tail(value)
    for number, between in enumerate(_between(site, value, given, name)):
        label = f"call `{between}` on `{brief(site.of(value))}` first" if between != "?" else _handed_on(site, value)
        risk = ": panics if it fails" if panics(between) else ""
        yield change(label + risk, site.after(value, between), cost=number * 0.15 + PANICS * bool(risk))
    if given.name in ("Option", "Result") and tail is not None:
        rest = site.text[site.tree.end(value) : site.tree.end(tail)]
        for number, lent in enumerate((".as_ref()", "", ".as_mut()")):
            new = f"{site.of(value)}{lent}.map(|x| x{rest})"
            yield change(f"map: `{brief(new, 48)}`", site.replace(tail, new), cost=0.4 + number * 0.1)


def collect_first(site: Site) -> Iterator[Change]:
    """`iterator.len()` → `iterator.count()`, `iterator.sort()` → of the collected vector."""
    value, name, given = _asked(site)
    if value is None or given is None or name not in _OF_COLLECTIONS or given.name in ("Vec", "Option", "Result"):
        return
    if given.name in _REACH and given.name not in ("str", "String"):
        return
    if name == "len":
        call = _tail(value)
        if call is not None:
            yield change("count the items", site.replace(call, f"{site.of(value)}.count()"))
    if name == "is_empty":
        call = _tail(value)
        if call is not None:
            yield change("ask for the next item", site.replace(call, f"{site.of(value)}.next().is_none()"))
    yield change("collect the items into a vector first", site.after(value, ".collect::<Vec<_>>()"), cost=0.2)


def drop_call(site: Site) -> Iterator[Change]:
    """`number.unwrap()` → `number`: a method that a plain value neither has nor needs."""
    value, name, _ = _asked(site)
    call = _tail(value) if value is not None else None
    if value is not None and call is not None and call.type == "call_expression" and name in _UNNEEDED:
        yield change(f"leave `.{name}()` away", site.remove(site.tree.end(value), site.tree.end(call)))


def drop_any_call(site: Site) -> Iterator[Change]:
    """The same for a method that may have meant something."""
    value, name, _ = _asked(site)
    call = _tail(value) if value is not None else None
    if value is not None and call is not None and call.type == "call_expression" and name not in _UNNEEDED:
        yield change(f"leave `.{name}()` away", site.remove(site.tree.end(value), site.tree.end(call)))


def _asked(site: Site) -> tuple[Node | None, str, Type | None]:
    """What is asked, for which member, and of which type it is."""
    access = enclosing(site.node, "field_expression")
    value = field(access, "value")
    name = field(access, "field")
    if value is None or name is None or site.opaque or not site.words:
        return None, "", None
    label = re.search(r"(?:method not found in|unknown field on type|^) ?`([^`]+)`", site.diagnostic.span.label or "")
    written = label[1] if label and "is not an iterator" not in label[0] else site.words[-1]
    if (site.diagnostic.span.label or "").endswith("is not an iterator"):
        written = site.words[-1] if len(site.words) > 1 else site.words[0]
    if site.code == "E0624":  # `Option` has a private `len`, which hides that of what it holds
        written = "_" if site.crate.named(site.of(name), "fn") else "Option<_>"
    given = read(written)
    while given.name in ("&", "&mut", "Rc", "Arc", "Box") and given.args:
        given = given.args[0]
    return value, site.of(name), given


def _tail(value: Node) -> Node | None:
    """The call (or the field) that follows a value."""
    access = value.parent
    call = access.parent if access is not None else None
    if access is None:
        return None
    return call if call is not None and call.type == "call_expression" else access


def _between(site: Site, value: Node, given: Type, name: str) -> Iterator[str]:
    found = _REACH.get(given.name, (".to_string()",) if given.name in _NUMBERS else ())
    lasting = returns(site, value).name
    for between in found:
        if "?" in between and lasting not in (("Result",) if given.name == "Result" else ("Option",)):
            continue
        if between == ".await" and not in_async(site, value):
            continue
        yield between
    if given.name in ("Vec", "[]", "[;]", "VecDeque") and name.startswith(("to_upper", "to_lower", "trim", "split_w")):
        yield ".concat()"


def _handed_on(site: Site, value: Node) -> str:
    return f"hand the failure of `{brief(site.of(value))}` on with `?`"


KINDS = (
    kind("reach-inside", "E0599 E0609 E0610 E0624", LIKELY, reach_inside),
    kind("collect-first", "E0599", LIKELY + 0.2, collect_first),
    kind("drop-needless-call", "E0599 E0609", POSSIBLE, drop_call),
    kind("drop-call", "E0599", WEAK, drop_any_call, weak=True),
)
