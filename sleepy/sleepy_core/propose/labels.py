"""Names for patches, in a few plain words: out of the compiler's sentence, or out of the change itself."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

from sleepy_core.errors import PatchError
from sleepy_core.model import Patch, RelPath, Suggestion
from sleepy_core.propose.lexer import Kind, Token, code_texts, lex
from sleepy_core.text import LineIndex, apply_edits, patch_from_span_edits

MAX_LABEL = 80
_MAX_SNIPPET = 48

# What rustc says, and what we say instead. `{result}` is the changed expression, `{old}` and `{new}` the
# texts of the first edit, `{0}` … the groups of the pattern. The first that matches counts.
_TABLE: tuple[tuple[str, str], ...] = (
    (r"consider mutably borrowing", "borrow it mutably: `{result}`"),
    (r"consider (?:borrowing|removing the dereference)", "borrow it here: `{result}`"),
    (r"consider (?:dereferencing|unboxing|removing the borrow)", "dereference it: `{result}`"),
    (r"(?:consider )?(?:cloning|clone) the value|consider clon(?:e|ing)|consider using clone", "clone it: `{result}`"),
    (r"consider changing this to be a mutable reference", "make the reference mutable"),
    (r"consider (?:changing this to be mutable|making th(?:e|is) binding mutable)", "make it mutable: `{result}`"),
    (r"consider importing|import (?:this|one of)", "import `{new_import}`"),
    (
        r"(?:an?|there is an?) .*similar name|maybe you meant|did you mean|you might have meant",
        "write `{new}` for `{old}`",
    ),
    (r"remove this semicolon", "remove the semicolon, to return the value"),
    (r"(?:try )?wrapping the (?:expression|value|pattern) in `(.+?)`|try wrapping", "wrap it: `{result}`"),
    (r"consider annotating `(.+?)` with `#\[derive\((.+?)\)\]`", "derive `{1}` for `{0}`"),
    (r"consider (?:introducing|adding) (?:a|an explicit) (?:named )?lifetime", "name the lifetime: `{result}`"),
    (r"consider using the `(.+?)` lifetime", "use the lifetime `{0}`"),
    (r"you can convert an? `(.+?)` to an? `(.+?)`", "convert `{0}` to `{1}`: `{result}`"),
    (r"try using a conversion method|call `Into::into`|consider using .*to_string", "convert it: `{result}`"),
    (r"to force the .* to take ownership", "move what it captures into it: add `move`"),
    (
        r"perhaps you need to restrict type parameter `(.+?)`|consider (?:further )?restricting",
        "add the bound: `{result}`",
    ),
    (r"you must specify a type for this binding, like `(.+?)`", "give it the type `{0}`"),
    (r"consider (?:giving|specifying|annotating).* (?:a|an|the) .*type", "write the type: `{result}`"),
    (r"consider `?await`?ing", "await it: `{result}`"),
    (r"use the `\?` operator|consider .*`\?` operator", "pass the error on: `{result}`"),
    (r"consider using `(?:Option|Result)::expect`", "take the value, or panic: `{result}`"),
    (r"consider adding (?:a )?`?return`?|you might have meant to return", "return it: `{result}`"),
    (r"(?:consider using|use|add) a (?:semicolon|`;`)|add `;` here", "add a semicolon"),
    (r"remove the extra argument", "remove the extra argument"),
    (r"provide the arguments?", "provide the argument: `{result}`"),
    (r"swap these arguments", "swap the arguments"),
    (r"use parentheses to call", "call it: `{result}`"),
    (r"consider making .*(?:public|visible)|make .* (?:public|visible)", "make it public"),
    (r"(?:if you don't care .*|try ignoring the field)", "ignore it: `{result}`"),
    (r"implement the missing items?", "implement the missing item"),
    (r"ensure that all possible cases are being handled", "handle the missing cases"),
    (r"change the type of the .* from `(.+?)` to `(.+?)`", "change the type from `{0}` to `{1}`"),
    (r"use `(.+?)`", "use `{0}`"),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), label) for pattern, label in _TABLE)
_IMPORT = re.compile(r"\buse\s+([^;]+);")


def compiler_label(suggestion: Suggestion, texts: Mapping[RelPath, str]) -> str:
    """The compiler's suggestion as a short imperative; its own sentence where the table has no words for it."""
    for pattern, label in _COMPILED:
        match = pattern.search(suggestion.message)
        if match:
            filled = _fill(label, suggestion, texts, match)
            if filled:
                return shorten(filled)
    return shorten(suggestion.message.strip().rstrip(":"))


def change_label(before: str, after: str) -> str:
    """What a change of one text does, from the change itself: "write `a` for `b`", "rewrite line 12: `…`"."""
    olds, news = before.split("\n"), after.split("\n")
    # Only what lies between the first and the last difference is compared: files can be long.
    head = common_start(olds, news)
    tail = common_start(olds[head:][::-1], news[head:][::-1])
    olds, news = olds[head : len(olds) - tail], news[head : len(news) - tail]
    ops = [op for op in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes() if op[0] != "equal"]
    if not ops:
        return "change nothing"
    if len(ops) > 1:
        lines = sum(max(op[2] - op[1], op[4] - op[3]) for op in ops)
        return f"change {lines} lines in {len(ops)} places"
    tag, i1, i2, j1, j2 = ops[0]
    old, new = "\n".join(olds[i1:i2]), "\n".join(news[j1:j2])
    if tag == "insert":
        return shorten(f"add `{_snippet(new)}`")
    if tag == "delete":
        return shorten(f"remove `{_snippet(old)}`")
    swapped = _swapped_token(old, new)
    if swapped:
        return shorten(f"write `{swapped[1]}` for `{swapped[0]}`")
    where = f"line {head + i1 + 1}" if i2 - i1 == 1 else f"lines {head + i1 + 1} to {head + i2}"
    return shorten(f"rewrite {where}: `{_snippet(new)}`")


def patch_label(texts: Mapping[RelPath, str], patch: Patch) -> str:
    """`change_label` of a patch; of the first file where it changes several."""
    first = patch.files[0]
    before = texts[first.file]
    label = change_label(before, apply_edits(before, first.edits))
    more = len(patch.files) - 1
    return label if not more else f"{label}, and {more} more file{'s' if more > 1 else ''}"


def shorten(label: str) -> str:
    """A label of one line and at most `MAX_LABEL` characters, with its last backtick kept in pairs."""
    label = " ".join(label.split())
    if len(label) <= MAX_LABEL:
        return label
    cut = label[: MAX_LABEL - 2].rstrip()
    return cut + ("…`" if cut.count("`") % 2 else "…")


def brief(code: str, most: int = 30) -> str:
    """Code in one line of at most so many characters, for a label."""
    line = " ".join(code.split()).replace("`", "'")
    return line if len(line) <= most else line[: most - 1] + "…"


def common_start(a: Sequence[str], b: Sequence[str]) -> int:
    """How many lines (of lists) or characters (of strings) two things begin with in common."""
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))


def _snippet(code: str) -> str:
    """The first line that says something, without indentation."""
    lines = [" ".join(line.split()) for line in code.split("\n")]
    said = [line for line in lines if line not in ("", "{", "}")]
    return brief((said or lines)[0], _MAX_SNIPPET)


def _swapped_token(old: str, new: str) -> tuple[str, str] | None:
    """The one token that is another now, when nothing else changed."""
    olds, news = code_texts(old), code_texts(new)
    if len(olds) != len(news):
        return None
    differing = {(a, b) for a, b in zip(olds, news, strict=True) if a != b}
    if len(differing) != 1:
        return None
    pair = differing.pop()
    return pair if max(map(len, pair)) <= _MAX_SNIPPET else None


def _fill(label: str, suggestion: Suggestion, texts: Mapping[RelPath, str], match: re.Match[str]) -> str:
    """The label with its places filled; `""` where there is nothing sensible to fill them with."""
    first = suggestion.edits[0]
    values = {"new": " ".join(first.text.split()), "old": "", "result": "", "new_import": ""}
    text = texts.get(first.file)
    if text is not None:
        index = LineIndex(text)
        values["old"] = " ".join(text[index.offset(first.start) : index.offset(first.end)].split())
        values["result"] = _result(text, suggestion, texts)
    imported = _IMPORT.search(first.text)
    values["new_import"] = imported[1] if imported else ""
    needed = [name for name in values if f"{{{name}}}" in label]
    if any(not values[name] for name in needed):
        return ""
    groups = [group or "" for group in match.groups()]
    return label.format(*groups, **values)


def _result(text: str, suggestion: Suggestion, texts: Mapping[RelPath, str]) -> str:
    """The expression that the suggestion's edits of its first file make, with what hangs on it: `&self.name`."""
    try:
        patch = patch_from_span_edits(texts, (e for e in suggestion.edits if e.file == suggestion.edits[0].file))
        edits = patch.files[0].edits
        after = apply_edits(text, edits)
    except PatchError:
        return ""
    grown = sum(len(e.text) - (e.end - e.start) for e in edits)
    start, end = edits[0].start, edits[-1].end + grown
    # Whole lines are enough to find the neighbouring tokens; a whole file would be slow to lex.
    low = after.rfind("\n", 0, start) + 1
    high = after.find("\n", end)
    line = after[low : high if high >= 0 else len(after)]
    return _snippet(_expression(line, start - low, end - low))


def _expression(line: str, start: int, end: int) -> str:
    """What stands between two offsets, grown to whole tokens, to what it hangs on, and to what hangs on it."""
    tokens = lex(line)
    inside = [i for i, token in enumerate(tokens) if token.end > start and token.start < end]
    if not inside:
        return line
    low, high = inside[0], inside[-1]
    while low > 0 and (tokens[low].text in _POSTFIX or tokens[low - 1].text in _JOINTS or _is_called(tokens, low)):
        low = _group(tokens, low - 1, -1)
    while high + 1 < len(tokens) and _goes_on(tokens, high):
        high = _group(tokens, high + 1, 1)
    return "".join(token.text for token in tokens[low : high + 1]).strip()


_JOINTS = (".", "::")
_POSTFIX = (".", "::", "?")
_PREFIX = ("&", "*", "mut", "move", "dyn")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def _is_called(tokens: list[Token], at: int) -> bool:
    """Is token `at` the bracket of a call or an index, or a macro's `!`, and what it belongs to before it?"""
    before = tokens[at - 1]
    if tokens[at].text in ("(", "["):
        return before.is_name or before.text in ("!", ")", "]", "?")
    return tokens[at].text == "!" and before.is_name


def _goes_on(tokens: list[Token], at: int) -> bool:
    """Does the expression that ends with token `at` go on with the next one?"""
    this, following = tokens[at], tokens[at + 1]
    if this.kind is Kind.SPACE:
        return at > 0 and tokens[at - 1].text in _PREFIX
    called = this.is_name and following.text in ("(", "[")
    return this.text in (*_PREFIX, *_JOINTS) or following.text in _POSTFIX or called


def _group(tokens: list[Token], at: int, step: int) -> int:
    """The last token, in the direction of `step`, of the bracket group that begins at `at`; else `at` itself."""
    pairs = _PAIRS if step > 0 else {close: open_ for open_, close in _PAIRS.items()}
    first = tokens[at].text
    if first not in pairs:
        return at
    level = 0
    for i in range(at, len(tokens) if step > 0 else -1, step):
        level += (tokens[i].text == first) - (tokens[i].text == pairs[first])
        if level == 0:
            return i
    return at
