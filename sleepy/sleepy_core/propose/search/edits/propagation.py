"""Failures that are handed on: what `?` needs of a function, and how one error becomes another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from sleepy_core.model import Edit, RelPath
from sleepy_core.propose.labels import brief
from sleepy_core.propose.search.index import Item, bare
from sleepy_core.propose.search.kinds import FAR, LIKELY, POSSIBLE, WEAK, kind
from sleepy_core.propose.search.mismatch import Mismatch, mismatches, rewritten, told, ways
from sleepy_core.propose.search.site import Change, Site, change
from sleepy_core.propose.search.syntax import Node, ancestors, child, field
from sleepy_core.propose.search.types import Type, read, same

_ANY_ERROR = "Box<dyn std::error::Error>"
_PLAIN_FUNCTION = "can only be used in a"


def return_a_failure(site: Site) -> Iterator[Change]:
    """`fn f() -> u8 { g()? }` → `-> Result<u8, …> { Ok(g()?) }`: the function can hand failures on."""
    function = site.named_function
    if function is None or _PLAIN_FUNCTION not in site.message or "closure that returns" in site.message:
        return
    body, parameters = field(function, "body"), field(function, "parameters")
    returned, name = field(function, "return_type"), field(function, "name")
    if body is None or parameters is None or name is None:
        return
    plain = site.of(returned) if returned is not None else "()"
    if site.of(name) == "main" and plain != "()":
        return
    for number, (outer, wrapper) in enumerate(_failing(site, plain)):
        head = site.put(site.tree.end(parameters), site.tree.end(returned or parameters), f" -> {outer}")
        edits = [head, *_wrapped_values(site, body, wrapper, unit=plain == "()")]
        yield change(f"let `{site.of(name)}` return `{outer}`", *edits, cost=number * 0.2)


def adapt_question_mark(site: Site) -> Iterator[Change]:
    """`result?` in a function of options → `result.ok()?`; `option?` in one of results → `.ok_or(…)?`."""
    tried, value = _tried(site)
    if tried is None or value is None:
        return
    if "not `Result`s" in site.message:
        yield change(f"call `.ok()` on `{brief(site.of(value))}`", site.after(value, ".ok()"))
    if "not `Option`s" in site.message:
        wanted = _failure_of(site)
        for number, variant in enumerate(_variants(site, wanted, unit=True)):
            path = f"{wanted.name}::{variant.name}"
            yield change(f"fail with `{path}`", site.after(value, f".ok_or({path})"), cost=number * 0.1)
        if str(wanted) == "()":
            yield change("fail with `()`", site.after(value, ".ok_or(())"))


def invent_failure(site: Site) -> Iterator[Change]:
    """`option?` → `.ok_or("… is missing")?`: the words are made up."""
    tried, value = _tried(site)
    if tried is None or value is None or "not `Option`s" not in site.message:
        return
    wanted = _failure_of(site)
    what = re.sub(r"\W+", " ", site.of(value)).strip()[:30] or "value"
    text = f'"no {what}"'
    if wanted.name == "Box" or str(wanted) == "&str":
        yield change(f"fail with `{text}`", site.after(value, f".ok_or({text})"))
    if wanted.name == "String":
        yield change(f"fail with `{text}`", site.after(value, f".ok_or_else(|| {text}.to_string())"))
    for variant in _variants(site, wanted, unit=False):
        if bare(variant.parameters[0].type) == "String":
            path = f"{wanted.name}::{variant.name}"
            new = f".ok_or_else(|| {path}({text}.to_string()))"
            yield change(f"fail with `{path}` and `{text}`", site.after(value, new), cost=0.1)


def unwrap_instead(site: Site) -> Iterator[Change]:
    """`x?` where nothing can be handed on → `x.unwrap()`."""
    tried, value = _tried(site)
    if tried is not None and value is not None and _PLAIN_FUNCTION in site.message:
        yield change(told(site, value, "{}.unwrap()"), site.replace(tried, f"{site.of(value)}.unwrap()"))


def default_for_failure(site: Site) -> Iterator[Change]:
    """`x?` where nothing can be handed on → `x.unwrap_or_default()`: nobody hears of the failure."""
    tried, value = _tried(site)
    if tried is not None and value is not None and _PLAIN_FUNCTION in site.message:
        template = "{}.unwrap_or_default()"
        yield change(told(site, value, template), site.replace(tried, template.format(site.of(value))))


def needless_question_mark(site: Site) -> Iterator[Change]:
    """`number?` → `number`: a plain value cannot fail."""
    tried, value = _tried(site)
    if tried is not None and value is not None and "only be applied to values" in site.message:
        yield change(f"take `{brief(site.of(value))}` without `?`", site.replace(tried, site.of(value)))


def convert_error(site: Site) -> Iterator[Change]:
    """`s.parse()?` → `s.parse().map_err(Error::Parse)?`: by the crate's own variants, or as text."""
    _, value = _tried(site)
    source, wanted = _errors(site)
    if value is None or source is None:
        return
    found = list(error_mappers(site, wanted, source))
    for number, mapper in enumerate(dict.fromkeys(found)):
        call = f".map_err({mapper})"
        label = f"call `{call}` on `{brief(site.of(value))}`"
        yield change(label, site.after(value, call), cost=number * 0.15)


def guess_failure(site: Site) -> Iterator[Change]:
    """`s.parse()?` → `s.parse().map_err(|_| Error::Empty)?`: which failure is a guess, and the cause is lost."""
    _, value = _tried(site)
    source, wanted = _errors(site)
    if value is None or source is None:
        return
    for number, variant in enumerate(_variants(site, wanted, unit=True)[:3]):
        path = f"{wanted.name}::{variant.name}"
        label = f"fail with `{path}` where `{brief(site.of(value))}` does"
        yield change(label, site.after(value, f".map_err(|_| {path})"), cost=number * 0.15)


def convert_item_error(site: Site) -> Iterator[Change]:
    """The same for a mismatch of two results: `s.parse()` where `Result<u8, Error>` is wanted."""
    for mismatch in mismatches(site):
        wanted, given = mismatch.wanted, mismatch.given
        if wanted.name != "Result" or given.name != "Result" or len(wanted.args) != 2 or len(given.args) != 2:
            continue
        for number, mapper in enumerate(error_mappers(site, wanted.args[1], given.args[1])):
            template = f"{{}}.map_err({mapper})"
            yield change(
                told(site, mismatch.node, template), rewritten(site, mismatch.node, template), cost=number * 0.15
            )


def wrap_in_variant(site: Site) -> Iterator[Change]:
    """`Err("no name")` → `Err(Error::Other("no name".to_string()))`: a variant holds what is there."""
    for mismatch in mismatches(site):
        for number, variant in enumerate(_variants(site, mismatch.wanted, unit=False)[:8]):
            path = f"{mismatch.wanted.name}::{variant.name}"
            held = read(variant.parameters[0].type)
            if same(held, mismatch.given):
                template = f"{path}({{}})"
                yield change(told(site, mismatch.node, template), rewritten(site, mismatch.node, template))
                continue
            for way in list(ways(site, Mismatch(mismatch.node, held, mismatch.given)))[:1]:
                if "unwrap" not in way.template:
                    inner = rewritten(site, mismatch.node, way.template)[1].text
                    new = f"{path}({inner})"
                    yield change(
                        f"write `{brief(new, 48)}`", site.replace(mismatch.node, new), cost=0.2 + number * 0.05
                    )


def widen_error(site: Site) -> Iterator[Change]:
    """The function's own error type becomes the one that is handed on, or any."""
    source, wanted = _errors(site)
    function = site.named_function
    returned = field(function, "return_type")
    if source is None or returned is None or read(site.of(returned)).name != "Result":
        return
    arguments = child(returned, "type_arguments")
    last = arguments.named_children[-1] if arguments is not None and arguments.named_child_count == 2 else None
    if last is None:
        return
    for number, new in enumerate((_written(site, source), _ANY_ERROR)):
        if new and new != str(wanted):
            yield change(f"return `{new}` as the error", site.replace(last, new), cost=number * 0.1)


def implement_from(site: Site) -> Iterator[Change]:
    """`impl From<ParseIntError> for Error`, where a variant holds just that."""
    source, wanted = _errors(site)
    if source is None:
        return
    for variant in _variants(site, wanted, unit=False):
        if bare(variant.parameters[0].type) != source.name:
            continue
        for item in site.crate.named(wanted.name, "enum")[:1]:
            tree = site.tree_of(item.file)
            if tree is None:
                return
            newline = "\r\n" if "\r\n" in tree.text else "\n"
            held = variant.parameters[0].type
            lines = (
                "", "", f"impl From<{held}> for {item.name} {{", f"    fn from(error: {held}) -> Self {{",
                f"        Self::{variant.name}(error)", "    }", "}",
            )  # fmt: skip
            text = newline.join(lines)
            yield change(f"implement `From<{held}>` for `{item.name}`", site.insert(item.end, text, item.file))
        return


def _failing(site: Site, plain: str) -> Iterator[tuple[str, str]]:
    """Return types that can hold a failure, the crate's own first, and the wrapper of their values."""
    named = field(site.named_function, "name")
    own = Counter(
        str(read(item.type).args[1])
        for item in site.crate.of_kind("fn")
        if item.type and read(item.type).name == "Result" and len(read(item.type).args) == 2
    )
    for error, _ in own.most_common(2):
        if "Error>" not in error or "Box" not in error:
            yield f"Result<{plain}, {error}>", "Ok"
    yield f"Result<{plain}, {_ANY_ERROR}>", "Ok"
    if named is None or site.of(named) != "main":
        yield f"Option<{plain}>", "Some"


def _wrapped_values(site: Site, body: Node, wrapper: str, *, unit: bool) -> Iterator[tuple[RelPath, Edit]]:
    """The edits that wrap what a body returns, early and at its end."""
    waiting = list(body.named_children)
    while waiting:
        node = waiting.pop()
        if node.type in ("closure_expression", "async_block", "function_item", "token_tree"):
            continue
        if node.type == "return_expression":
            value = node.named_children[0] if node.named_children else None
            yield site.replace(node, f"return {wrapper}({site.of(value) if value is not None else '()'})")
        else:
            waiting.extend(node.named_children)
    inside = [n for n in body.named_children if not n.type.endswith("comment")]
    last = inside[-1] if inside else None
    tail = last
    if last is not None and last.type == "expression_statement" and not site.of(last).endswith(";"):
        tail = last.named_children[0] if last.named_children else last
    if tail is None or unit or site.of(tail).endswith(";"):
        if tail is not None and tail.type == "return_expression":
            return
        end = site.tree.end(body) - 1
        indent = site.line_indent(site.tree.start(body))
        newline = "\r\n" if "\r\n" in site.text else "\n"
        open_tail = tail is not None and unit and not site.of(tail).endswith((";", "}"))
        if last is not None and "\n" in site.text[site.tree.end(last) : end]:
            text = f"{';' if open_tail else ''}{newline}{indent}    {wrapper}(())"
            yield site.insert(site.tree.end(last), text)
        elif last is not None:
            yield site.insert(site.tree.end(last), f"{';' if open_tail else ''} {wrapper}(())")
        else:
            yield site.put(site.tree.start(body), end + 1, f"{{ {wrapper}(()) }}")
    elif tail.type not in ("return_expression", "let_declaration"):
        yield site.before(tail, f"{wrapper}(")
        yield site.after(tail, ")")


def _tried(site: Site) -> tuple[Node | None, Node | None]:
    """The `?` that the error is about, and what it is applied to."""
    if site.opaque:
        return None, None
    tried = next((n for n in ancestors(site.node) if n.type == "try_expression"), None)
    if tried is not None and site.tree.end(tried) < site.end:
        return None, None
    return tried, tried.named_children[0] if tried is not None and tried.named_children else None


def _failure_of(site: Site) -> Type:
    """The error type of what the function returns, as the labels say it."""
    said = re.search(r"compatible with `([^`]+)`", site.said)
    whole = read(said[1]) if said else read("")
    return whole.args[1] if len(whole.args) > 1 else Type("_")


def _errors(site: Site) -> tuple[Type | None, Type]:
    """The error that is there, and the one that it does not become."""
    if site.code == "E0271":  # `let n: u8 = s.parse()?;`: the type of the error is inferred backwards
        found = re.search(r"::Err == ", site.message) and site.found
        return (read(site.found), read(site.expected)) if found else (None, Type("_"))
    wanted = re.search(r"couldn't convert the error(?: to)? `?(?:to `)?([^`]+)`", site.message)
    source = re.search(r"because it has type `Result<.*?, (.+)>`", site.said)
    if wanted is None or source is None:
        return None, Type("_")
    return read(source[1]), read(wanted[1])


def _variants(site: Site, enum: Type, *, unit: bool) -> list[Item]:
    """The variants of a crate's enum without fields, or of one unnamed field."""
    found = site.crate.members(enum.name, "variant")
    if unit:
        return [v for v in found if v.shape == "unit"][:6]
    return [v for v in found if v.shape == "tuple" and len(v.parameters) == 1]


def error_mappers(site: Site, wanted: Type, source: Type) -> Iterator[str]:
    """What `map_err` can be given, the likeliest first."""
    holding = _variants(site, wanted, unit=False)
    for variant in holding:
        if same(read(variant.parameters[0].type), source):
            yield f"{wanted.name}::{variant.name}"
    for variant in holding:
        held = read(variant.parameters[0].type)
        if held.name == "String":
            # Where the conversion is inferred from `?` alone, the closure has to say what it takes.
            of = f": {_written(site, source)}" if site.code == "E0271" and _written(site, source) else ""
            yield f"|e{of}| {wanted.name}::{variant.name}(e.to_string())"
        elif held.name == "Box" and source.name != "Box":
            yield f"|e| {wanted.name}::{variant.name}(Box::new(e))"
    for item in site.crate.named(wanted.name, "struct"):
        if item.shape == "tuple" and len(item.parameters) == 1:
            inner = read(item.parameters[0].type)
            if same(inner, source):
                yield wanted.name
            elif inner.name == "String":
                yield f"|e| {wanted.name}(e.to_string())"
    if wanted.name == "String":
        yield "|e| e.to_string()"
    if wanted.name == "Box":
        yield from ("Into::into", "|e| e.to_string()")
    if str(wanted) == "()":
        yield "|_| ()"
    if wanted.name == "Error":
        # `std::fmt::Error` has no details; `std::io::Error` takes any.
        if "fmt::Error" in site.said or "fmt::Result" in site.text:
            yield "|_| std::fmt::Error"
        if "io::Error" in site.said or "io::Result" in site.text:
            yield "std::io::Error::other"


def _written(site: Site, source: Type) -> str:
    """A source error as a signature can say it, with the path that the message gives."""
    said = re.search(r"because it has type `Result<.*?, (.+)>`", site.said)
    known = {
        "ParseIntError": "std::num::ParseIntError",
        "ParseFloatError": "std::num::ParseFloatError",
        "ParseBoolError": "std::str::ParseBoolError",
        "Utf8Error": "std::str::Utf8Error",
        "FromUtf8Error": "std::string::FromUtf8Error",
        "TryFromIntError": "std::num::TryFromIntError",
    }
    text = said[1] if said else str(source)
    if source.name in known and "::" not in text and not re.search(rf"\buse\b[^;]*\b{source.name}\b", site.text):
        return known[source.name]
    return text if source.writable else ""


KINDS = (
    kind("return-a-failure", "E0277", POSSIBLE, return_a_failure),
    kind("adapt-question-mark", "E0277", LIKELY, adapt_question_mark),
    kind("invent-failure", "E0277", WEAK, invent_failure, weak=True),
    kind("default-for-failure", "E0277", WEAK, default_for_failure, weak=True),
    kind("unwrap-instead", "E0277", FAR + 1.0, unwrap_instead),
    kind("needless-question-mark", "E0277", LIKELY, needless_question_mark),
    kind("convert-error", "E0277 E0271", LIKELY, convert_error),
    kind("guess-failure", "E0277 E0271", WEAK, guess_failure, weak=True),
    kind("convert-result-error", "E0308", LIKELY - 0.1, convert_item_error),
    kind("wrap-in-variant", "E0308", LIKELY, wrap_in_variant),
    kind("widen-error", "E0277 E0271", POSSIBLE, widen_error),
    kind("implement-from", "E0277 E0271", FAR, implement_from),
)
