"""Names for kinds of errors: the *signature* groups messages that differ only in names, the *family* groups
what is repaired alike. Pure.

An error code alone does not tell a family (E0308 spans options, references, numbers and units), so the
table looks at the code and at the shape of the message and its labels.
"""

from __future__ import annotations

import re

from sleepy_core.model import Diagnostic

_ABSTRACTIONS = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        (r"`[^`]*`", "_"),
        (r'"[^"]*"', "_"),
        (r"'(?:\\.|[^'\\])'", "_"),  # a character; `can't` and `doesn't` are words
        (r"\\u\{[^}]*\}", "_"),
        (r"\b\d[\d_.]*\b", "N"),
        # "missing: `a`, `b` and 2 others" is the same fault as "missing: `a`".
        (r"_(?:, _)*,? (?:and|or) (?:_|N (?:more|others?(?: fields?)?))|_(?:, _)+", "_"),
        (r"\b(argument|field|item|element|generic|import|lifetime|parameter|pattern|trait|variant)s\b", r"\1"),
        (r"\bwere\b", "was"),
        (r"\bare\b", "is"),
        (r"\s+", " "),
    )
)


def signature(diagnostic: Diagnostic) -> str:
    """The message with names, types and numbers abstracted: `E0382:borrow of moved value: _`."""
    return f"{diagnostic.code}:{normalised(diagnostic.message)}"


def normalised(message: str) -> str:
    """A message's first line without what is special to one place."""
    text = message.split("\n", 1)[0]
    for pattern, by in _ABSTRACTIONS:
        text = pattern.sub(by, text)
    return text.strip()


def family(diagnostic: Diagnostic) -> str:
    """What kind of repair an error asks for: `kind` or `kind/shape`; `other` where the table has no word for it."""
    code = diagnostic.code
    words = [diagnostic.message, *(span.label for span in diagnostic.spans if span.label)]
    if code == "E0599":
        # What is in the way of a method is told below the message only.
        words += [note.message for note in diagnostic.notes]
        words += [suggestion.message for suggestion in diagnostic.suggestions]
    text = " | ".join(words)
    for pattern, name in _SHAPES.get(code, ()):
        if pattern.search(text):
            return name
    if not code:
        return "syntax"
    return "other" if re.fullmatch(r"E\d{4}", code) else f"lint/{code.removeprefix('clippy::')}"


# Codes, shape (a regular expression; "" fits all), family. The first that fits counts.
_TABLE: tuple[tuple[str, str, str], ...] = (
    # Ownership and borrowing
    ("E0382", r"closure", "use-after-move/closure"),
    ("E0382", r"previous iteration of loop", "use-after-move/loop"),
    ("E0382", r"partially moved", "use-after-move/partial"),
    ("E0382", r"borrow of", "borrow-after-move"),
    ("E0382", "", "use-after-move"),
    ("E0381", "", "uninitialised"),
    ("E0384", "", "assign-twice"),
    ("E0499 E0524", "", "two-mutable-borrows"),
    ("E0502 E0501", "", "mutable-and-shared-borrow"),
    ("E0503", "", "use-while-borrowed"),
    ("E0505", "", "move-while-borrowed"),
    ("E0506", "", "assign-while-borrowed"),
    ("E0507 E0508", "", "move-out-of-borrow"),
    ("E0509", "", "move-out-of-drop"),
    ("E0515", "", "return-local-reference"),
    ("E0597", "", "does-not-live-long-enough"),
    ("E0716", "", "temporary-dropped"),
    ("E0594", "", "assign-to-immutable"),
    ("E0596", "", "borrow-immutable-as-mutable"),
    ("E0373", "", "closure-may-outlive"),
    # Lifetimes
    ("E0521", "", "borrowed-data-escapes"),
    ("E0106", "", "missing-lifetime"),
    ("E0261", "", "undeclared-lifetime"),
    ("E0310 E0309 E0311", "", "may-not-live-long-enough"),
    ("E0621 E0700", "", "lifetime-mismatch"),
    # Types
    ("E0308", r"arguments to this", "mismatched-types/arguments"),
    ("E0308", r"(?:expected|found) `?&?(?:mut )?(?:enum )?`?Option<", "mismatched-types/option"),
    ("E0308", r"(?:expected|found) `?&?(?:mut )?(?:enum )?`?Result<", "mismatched-types/result"),
    ("E0308", r"(?:expected|found) (?:`impl Future|future|`async|`Pin<Box<dyn Future)", "mismatched-types/future"),
    ("E0308", r"found `\(\)`|expected `\(\)`", "mismatched-types/unit"),
    (
        "E0308",
        r"expected `(?:String|&(?:'\w+ )?str)`, found `(?:String|&(?:'\w+ )?(?:str|String))`",
        "mismatched-types/string",
    ),
    (
        "E0308",
        r"expected (?:`[iuf](?:8|16|32|64|128|size)`|integer|floating-point number), "
        r"found (?:`[iuf](?:8|16|32|64|128|size)`|integer|floating-point number)",
        "mismatched-types/number",
    ),
    ("E0308", r"(?:expected|found) `?(?:Box|Rc|Arc|RefCell|Cell|Mutex|Cow)<", "mismatched-types/smart-pointer"),
    ("E0308", r"`(?:match` arms|if` and `else`) have incompatible types", "mismatched-types/branches"),
    ("E0308", r"expected `&[^`]*`, found `(?!&)|expected `(?!&)[^`]*`, found `&", "mismatched-types/reference"),
    ("E0308", r"(?:expected|found) `&mut |types differ in mutability", "mismatched-types/mutability"),
    ("E0308", r"(?:expected|found) `?(?:Vec<|\[)|expected array|found array", "mismatched-types/collection"),
    ("E0308", r"(?:expected|found) (?:type parameter|closure|fn item|fn pointer)", "mismatched-types/generic"),
    ("E0308", "", "mismatched-types"),
    ("E0317", "", "if-without-else"),
    ("E0271", "", "mismatched-types/associated"),
    ("E0282 E0283 E0284", "", "annotations-needed"),
    ("E0604 E0605 E0606 E0607", "", "cast"),
    # Traits
    ("E0277", r"the `\?` operator can only be used", "question-mark/return-type"),
    ("E0277", r"`\?` couldn't convert", "question-mark/conversion"),
    ("E0277", r"doesn't implement `(?:[\w:]+::)?Display`|with the default formatter", "bound/display"),
    ("E0277", r"doesn't implement `(?:[\w:]+::)?Debug`|formatted using `\{:\?\}`", "bound/debug"),
    ("E0277", r"cannot be (?:sent|shared) between threads", "bound/send-sync"),
    ("E0277", r"is not an iterator|cannot be built from|collect", "bound/iterator"),
    ("E0277", r"is not a future", "bound/future"),
    ("E0277", r"known at compilation time", "bound/sized"),
    ("E0277", r"cannot (?:add|subtract|multiply|divide|calculate|negate|sum)|-assign", "bound/arithmetic"),
    ("E0277", r"can't compare|: (?:[\w:]+::)?(?:Partial)?(?:Ord|Eq)\b", "bound/compare"),
    ("E0277", r"cannot be indexed", "bound/index"),
    ("E0277", r": (?:[\w:]+::)?Copy\b", "bound/copy"),
    ("E0277", r": (?:[\w:]+::)?Clone\b", "bound/clone"),
    ("E0277", r": (?:[\w:]+::)?Default\b", "bound/default"),
    ("E0277", r": (?:[\w:]+::)?(?:Hash)\b", "bound/hash"),
    ("E0277", r"(?:From|Into)<", "bound/from"),
    ("E0277", r"expected (?:a|an) `Fn|closure", "bound/closure"),
    ("E0277", "", "bound"),
    ("E0525", "", "bound/closure"),
    ("E0038", "", "dyn-compatibility"),
    ("E0782", "", "dyn-missing"),
    ("E0204", "", "derive-copy"),
    ("E0369 E0600", "", "operator/missing"),
    ("E0368", "", "operator/assign"),
    ("E0614", "", "operator/deref"),
    ("E0608", "", "operator/index"),
    # Members
    ("E0599", r"not in scope|trait is in scope|is implemented but", "method/trait-not-in-scope"),
    ("E0599", r"no variant", "method/variant"),
    ("E0599", r"(?:method|function) `[^`]*` is private|is private", "method/private"),
    ("E0599", r"trait bounds were not satisfied|`Clone`|`PartialEq`|`PartialOrd`", "method/bounds"),
    ("E0599", r"found for (?:enum|reference) `&?(?:mut )?(?:Option|Result)<", "method/on-wrapper"),
    ("E0599", "", "method/missing"),
    ("E0609 E0610", "", "field/missing"),
    ("E0615", "", "field/is-method"),
    ("E0618", "", "not-callable"),
    ("E0616 E0451", "", "private/field"),
    ("E0603", "", "private/item"),
    ("E0624", "", "private/method"),
    ("E0061 E0057", "", "wrong-argument-count"),
    ("E0107", "", "wrong-generic-count"),
    ("E0063", "", "struct/missing-field"),
    ("E0560 E0559", "", "struct/unknown-field"),
    ("E0062", "", "struct/field-twice"),
    ("E0070", "", "assign-to-value"),
    # Names
    ("E0423", "", "unresolved/kind"),
    ("E0425", r"cannot find type", "unresolved/type"),
    ("E0425", r"cannot find function", "unresolved/function"),
    ("E0425", "", "unresolved/value"),
    ("E0412 E0573", "", "unresolved/type"),
    ("E0405 E0404", "", "unresolved/trait"),
    ("E0432", "", "unresolved/import"),
    ("E0433", r"undeclared type|cannot find type", "unresolved/type"),
    ("E0433", "", "unresolved/path"),
    ("E0463", "", "unresolved/crate"),
    ("E0583", "", "unresolved/module"),
    ("E0424", "", "unresolved/self"),
    ("E0531 E0532", "", "unresolved/pattern"),
    ("E0428 E0252 E0124 E0592", "", "defined-twice"),
    ("E0415 E0416", "", "bound-twice"),
    ("E0434", "", "captured-in-fn"),
    # Patterns
    ("E0027", "", "pattern/missing-field"),
    ("E0026", "", "pattern/unknown-field"),
    ("E0023", "", "pattern/count"),
    ("E0029", "", "pattern/range"),
    ("E0408", "", "pattern/binding"),
    ("E0004", "", "match/not-exhaustive"),
    ("E0005", "", "match/refutable"),
    # Implementations
    ("E0046", "", "impl/missing-item"),
    ("E0050 E0053 E0185 E0186 E0195 E0276", "", "impl/signature"),
    ("E0117 E0210", "", "impl/orphan"),
    ("E0119", "", "impl/conflict"),
    ("E0407 E0437 E0438", "", "impl/unknown-item"),
    ("E0191", "", "impl/missing-associated-type"),
    ("E0201", "", "impl/item-twice"),
    ("E0207", "", "impl/unconstrained"),
    # Contexts
    ("E0133", "", "unsafe-needed"),
    ("E0015", "", "const-context"),
    ("E0435", "", "const-context"),
    ("E0728", "", "await-outside-async"),
    ("E0072", "", "recursive-type"),
    ("E0392", "", "unused-parameter"),
    ("E0267 E0268", "", "break-outside-loop"),
    ("E0601", "", "main-missing"),
    ("E0765 E0762 E0758 E0586", "", "syntax"),
    # Without a code
    ("-", r"(?:mismatched|unexpected) closing delimiter|unclosed delimiter", "syntax/delimiter"),
    ("-", r"expected `;`|semicolon", "syntax/semicolon"),
    ("-", r"format string|formatting argument|format argument|argument never used", "format-arguments"),
    ("-", r"cannot find (?:derive |attribute )?macro|cannot find attribute", "unresolved/macro"),
    ("-", r"no rules expected|unexpected end of macro", "macro-arguments"),
    ("-", r"lifetime may not live long enough", "lifetime-mismatch"),
    ("-", r"future cannot be (?:sent|shared)", "bound/send-sync"),
    ("-", r"linking with ", "linker"),
    ("-", r"not general enough|higher-ranked", "lifetime-mismatch"),
)


def _by_code() -> dict[str, list[tuple[re.Pattern[str], str]]]:
    shapes: dict[str, list[tuple[re.Pattern[str], str]]] = {}
    for codes, shape, name in _TABLE:
        for code in codes.split():
            shapes.setdefault("" if code == "-" else code, []).append((re.compile(shape), name))
    return shapes


_SHAPES = _by_code()
