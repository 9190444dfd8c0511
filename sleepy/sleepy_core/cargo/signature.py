"""Names for kinds of errors: the *signature* groups messages that differ only in names, the *family* groups
what is repaired alike. Pure.

An error code alone does not tell a family (E0308 alone spans options, references, numbers and units), so the
table looks at the code and at the shape of the message, its labels and its notes.
"""

from __future__ import annotations

import re

from sleepy_core.model import Diagnostic

_BACKTICKS = re.compile(r"`[^`]*`")
_QUOTES = re.compile(r'"[^"]*"')
_NUMBERS = re.compile(r"\b\d[\d_.]*\b")
_COUNTED = re.compile(r"\b(argument|field|parameter|lifetime|element|pattern|variant|generic)s\b")
_LISTS = re.compile(r"_(?:, _)*,? (?:and|or) _")


def signature(diagnostic: Diagnostic) -> str:
    """The message with names, types and numbers abstracted: `E0382:borrow of moved value: _`."""
    return f"{diagnostic.code}:{normalised(diagnostic.message)}"


def normalised(message: str) -> str:
    """A message's first line without what is special to one place."""
    text = message.split("\n", 1)[0]
    text = _BACKTICKS.sub("_", text)
    text = _QUOTES.sub("_", text)
    text = _NUMBERS.sub("N", text)
    text = _COUNTED.sub(r"\1", text)
    text = _LISTS.sub("_", text)
    return re.sub(r"\s+", " ", text).strip()


def family(diagnostic: Diagnostic) -> str:
    """What kind of repair it asks for; `other` where the table has no word for it."""
    words = " | ".join(
        [
            diagnostic.message,
            *(span.label for span in diagnostic.spans if span.label),
            *(note.message for note in diagnostic.notes),
        ]
    )
    for code, pattern, name in _FAMILIES:
        if code == diagnostic.code and (pattern is None or pattern.search(words)):
            return name
    if diagnostic.code and not diagnostic.code.startswith("E"):
        return f"lint/{diagnostic.code.replace('clippy::', 'clippy-')}"
    return "syntax" if not diagnostic.code else "other"


# (code, shape, family), the first that fits counts.
_TABLE: tuple[tuple[str, str | None, str], ...] = (
    ("E0382", r"closure", "use-after-move/closure"),
    ("E0382", r"previous iteration of loop", "use-after-move/loop"),
    ("E0382", r"partially moved", "use-after-move/partial"),
    ("E0382", None, "use-after-move"),
    ("E0381", None, "uninitialised"),
    ("E0384", None, "assign-twice"),
    ("E0499", None, "two-mutable-borrows"),
    ("E0502", None, "mutable-and-shared-borrow"),
    ("E0503", None, "use-while-borrowed"),
    ("E0505", None, "move-while-borrowed"),
    ("E0506", None, "assign-while-borrowed"),
    ("E0507", None, "move-out-of-borrow"),
    ("E0508", None, "move-out-of-borrow"),
    ("E0509", None, "move-out-of-drop"),
    ("E0515", None, "return-local-reference"),
    ("E0597", None, "does-not-live-long-enough"),
    ("E0716", None, "temporary-dropped"),
    ("E0594", None, "assign-to-immutable"),
    ("E0596", None, "borrow-immutable-as-mutable"),
    ("E0373", None, "closure-may-outlive"),
    ("E0521", None, "borrowed-data-escapes"),
    ("E0106", None, "missing-lifetime"),
    ("E0261", None, "undeclared-lifetime"),
    ("E0621", None, "lifetime-mismatch"),
    ("E0308", r"arguments to this", "mismatched-types/argument"),
    ("E0308", r"expected `?(?:enum )?`?Option<|found `?(?:enum )?`?Option<", "mismatched-types/option"),
    ("E0308", r"expected `?(?:enum )?`?Result<|found `?(?:enum )?`?Result<", "mismatched-types/result"),
    ("E0308", r"expected `?(?:struct )?`?String`?.*found `?&(?:'static )?str", "mismatched-types/string"),
    ("E0308", r"expected `?&str`?.*found `?(?:struct )?`?String", "mismatched-types/string"),
    ("E0308", r"found `\(\)`|expected `\(\)`", "mismatched-types/unit"),
    ("E0308", r"expected `[iuf](?:8|16|32|64|128|size)`, found `[iuf]", "mismatched-types/number"),
    ("E0308", r"expected `&|found `&|expected reference|found reference", "mismatched-types/reference"),
    ("E0308", None, "mismatched-types"),
    ("E0271", None, "mismatched-types/associated"),
    ("E0277", r"the `\?` operator can only be used", "question-mark/return-type"),
    ("E0277", r"`\?` couldn't convert", "question-mark/conversion"),
    ("E0277", r"doesn't implement `(?:std::fmt::)?Display`|cannot be formatted with the default", "bound/display"),
    ("E0277", r"doesn't implement `(?:std::fmt::)?Debug`|cannot be formatted using `\{:\?\}`", "bound/debug"),
    ("E0277", r"cannot be sent between threads|cannot be shared between threads", "bound/send-sync"),
    ("E0277", r"is not an iterator", "bound/iterator"),
    ("E0277", r"known at compilation time|Sized", "bound/sized"),
    ("E0277", r"cannot (?:add|subtract|multiply|divide)|cannot calculate", "bound/arithmetic"),
    ("E0277", r"can't compare", "bound/compare"),
    ("E0277", r"cannot be indexed", "bound/index"),
    ("E0277", r"Clone|Copy", "bound/clone"),
    ("E0277", r"From<|Into<", "bound/from"),
    ("E0277", None, "bound"),
    ("E0599", r"private", "method/private"),
    ("E0599", r"trait.*in scope", "method/trait-not-in-scope"),
    ("E0599", r"trait bounds were not satisfied", "method/bounds"),
    ("E0599", r"Option<|Result<", "method/on-wrapper"),
    ("E0599", r"variant", "method/variant"),
    ("E0599", None, "method/missing"),
    ("E0609", None, "field/missing"),
    ("E0610", None, "field/missing"),
    ("E0615", None, "field/is-method"),
    ("E0616", None, "private/field"),
    ("E0603", None, "private/item"),
    ("E0624", None, "private/method"),
    ("E0451", None, "private/field"),
    ("E0423", None, "unresolved/value"),
    ("E0425", None, "unresolved/value"),
    ("E0412", None, "unresolved/type"),
    ("E0405", None, "unresolved/trait"),
    ("E0432", None, "unresolved/import"),
    ("E0433", None, "unresolved/path"),
    ("E0583", None, "unresolved/module"),
    ("E0428", None, "defined-twice"),
    ("E0252", None, "defined-twice"),
    ("E0061", None, "wrong-argument-count"),
    ("E0107", None, "wrong-generic-count"),
    ("E0063", None, "struct/missing-field"),
    ("E0560", None, "struct/unknown-field"),
    ("E0559", None, "struct/unknown-field"),
    ("E0027", None, "pattern/missing-field"),
    ("E0026", None, "pattern/unknown-field"),
    ("E0023", None, "pattern/count"),
    ("E0029", None, "pattern/range"),
    ("E0004", None, "match/not-exhaustive"),
    ("E0005", None, "match/refutable"),
    ("E0046", None, "impl/missing-item"),
    ("E0050", None, "impl/signature"),
    ("E0053", None, "impl/signature"),
    ("E0117", None, "impl/orphan"),
    ("E0119", None, "impl/conflict"),
    ("E0186", None, "impl/signature"),
    ("E0195", None, "impl/signature"),
    ("E0407", None, "impl/unknown-item"),
    ("E0038", None, "dyn-compatibility"),
    ("E0282", None, "annotations-needed"),
    ("E0283", None, "annotations-needed"),
    ("E0369", None, "operator/missing"),
    ("E0600", None, "operator/missing"),
    ("E0614", None, "operator/deref"),
    ("E0604", None, "cast"),
    ("E0605", None, "cast"),
    ("E0606", None, "cast"),
    ("E0607", None, "cast"),
    ("E0133", None, "unsafe-needed"),
    ("E0015", None, "const-context"),
    ("E0204", None, "derive-copy"),
    ("E0728", None, "await-outside-async"),
    ("E0765", None, "syntax"),
)
_FAMILIES = tuple((code, re.compile(shape) if shape else None, name) for code, shape, name in _TABLE)
