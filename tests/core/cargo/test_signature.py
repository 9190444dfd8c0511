# ruff: noqa: E501 -- the tables have one row a line
"""Signatures and families: what stays the same when the names change, and what is repaired alike."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.cargo.signature import family, signature
from sleepy_core.model import Applicability, Diagnostic, Level, Note, Position, Span, Suggestion


def error(code: str, message: str, *labels: str, note: str = "", suggestion: str = "") -> Diagnostic:
    spans = tuple(
        Span("src/lib.rs", Position(0, 0), Position(0, 1), primary=i == 0, label=label)
        for i, label in enumerate(labels or ("",))
    )
    return Diagnostic(
        code=code,
        level=Level.ERROR,
        message=message,
        file="src/lib.rs",
        span=spans[0],
        package="demo",
        target="lib",
        spans=spans,
        notes=(Note(Level.NOTE, note),) if note else (),
        suggestions=(Suggestion(suggestion, (), Applicability.MAYBE),) if suggestion else (),
    )


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("E0382", "borrow of moved value: `v`", "E0382:borrow of moved value: _"),
        ("E0046", "not all trait items implemented, missing: `a`", "E0046:not all trait item implemented, missing: _"),
        ("E0046", "not all trait items implemented, missing: `a`, `b`", "E0046:not all trait item implemented, missing: _"),
        ("E0063", "missing field `a` in initializer of `S`", "E0063:missing field _ in initializer of _"),
        ("E0063", "missing fields `a`, `b` and 2 other fields in initializer of `S`", "E0063:missing field _ in initializer of _"),
        ("E0004", "non-exhaustive patterns: `A`, `B`, `C` and 3 more not covered", "E0004:non-exhaustive pattern: _ not covered"),
        ("E0061", "this function takes 2 arguments but 1 argument was supplied", "E0061:this function takes N argument but N argument was supplied"),
        ("E0061", "this function takes 1 argument but 2 arguments were supplied", "E0061:this function takes N argument but N argument was supplied"),
        ("", "expected one of `!`, `.`, `::`, or `;`, found `x`", ":expected one of _, found _"),
        ("E0277", "`T` doesn't implement `Debug`", "E0277:_ doesn't implement _"),
        ("", 'couldn\'t read "a b.txt"', ":couldn't read _"),
        ("", "unknown start of token: \\u{201c}", ":unknown start of token: _"),
        ("E0308", "mismatched types\nsecond line", "E0308:mismatched types"),
    ],
)  # fmt: skip
def test_a_signature_abstracts_what_is_special_to_one_place(code: str, message: str, expected: str) -> None:
    assert signature(error(code, message)) == expected


TEMPLATES = [
    ("E0382", "use of moved value: `{}`"),
    ("E0277", "the trait bound `{}: {}` is not satisfied"),
    ("E0599", "no method named `{}` found for struct `{}` in the current scope"),
    ("E0061", "this function takes {#} arguments but {#} arguments were supplied"),
    ("E0063", "missing fields `{}`, `{}` and {#} other fields in initializer of `{}`"),
    ("E0425", "cannot find value `{}` in this scope"),
    ("E0107", "struct takes {#} generic arguments but {#} generic arguments were supplied"),
    ("", "expected one of `{}`, `{}`, or `{}`, found `{}`"),
]
NAMES = st.from_regex(r"(r#)?[^\W\d]\w{0,12}(::<[A-Za-z]{1,5}(<'_>)?>)?", fullmatch=True)


@given(st.sampled_from(TEMPLATES), st.data())
def test_a_signature_does_not_change_with_names_types_and_numbers(
    template: tuple[str, str], data: st.DataObject
) -> None:
    code, text = template

    def filled() -> str:
        named = re.sub(r"\{\}", lambda _: data.draw(NAMES), text)
        return re.sub(r"\{#\}", lambda _: str(data.draw(st.integers(0, 10**6))), named)

    one, other = error(code, filled()), error(code, filled())
    assert signature(one) == signature(other)
    assert family(one) == family(other)


@given(st.text(), st.text(), st.text())
def test_any_message_has_a_signature_and_a_family(code: str, message: str, label: str) -> None:
    d = error(code, message, label)
    assert signature(d).startswith(f"{code}:")
    assert family(d)


@pytest.mark.parametrize(
    ("expected", "diagnostic"),
    [
        ("use-after-move", error("E0382", "use of moved value: `v`", "value used here after move")),
        ("borrow-after-move", error("E0382", "borrow of moved value: `v`", "value borrowed here after move")),
        ("use-after-move/closure", error("E0382", "use of moved value: `v`", "", "value moved into closure here")),
        ("use-after-move/loop", error("E0382", "use of moved value: `v`", "value moved here, in previous iteration of loop")),
        ("use-after-move/partial", error("E0382", "use of partially moved value: `p`")),
        ("uninitialised", error("E0381", "used binding `x` isn't initialized")),
        ("assign-twice", error("E0384", "cannot assign twice to immutable variable `x`")),
        ("two-mutable-borrows", error("E0499", "cannot borrow `v` as mutable more than once at a time")),
        ("mutable-and-shared-borrow", error("E0502", "cannot borrow `v` as mutable because it is also borrowed as immutable")),
        ("move-while-borrowed", error("E0505", "cannot move out of `v` because it is borrowed")),
        ("assign-while-borrowed", error("E0506", "cannot assign to `x` because it is borrowed")),
        ("move-out-of-borrow", error("E0507", "cannot move out of `*self.name` which is behind a shared reference")),
        ("return-local-reference", error("E0515", "cannot return reference to local variable `s`")),
        ("does-not-live-long-enough", error("E0597", "`x` does not live long enough")),
        ("temporary-dropped", error("E0716", "temporary value dropped while borrowed")),
        ("borrow-immutable-as-mutable", error("E0596", "cannot borrow `v` as mutable, as it is not declared as mutable")),
        ("assign-to-immutable", error("E0594", "cannot assign to `self.n`, which is behind a `&` reference")),
        ("closure-may-outlive", error("E0373", "closure may outlive the current function, but it borrows `v`")),
        ("missing-lifetime", error("E0106", "missing lifetime specifier")),
        ("lifetime-mismatch", error("", "lifetime may not live long enough")),
        ("mismatched-types/arguments", error("E0308", "arguments to this function are incorrect", "expected `u8`, found `&str`")),
        ("mismatched-types/option", error("E0308", "mismatched types", "expected `u32`, found `Option<u32>`")),
        ("mismatched-types/result", error("E0308", "mismatched types", "expected `Result<u32, E>`, found `u32`")),
        ("mismatched-types/string", error("E0308", "mismatched types", "expected `String`, found `&str`")),
        ("mismatched-types/string", error("E0308", "mismatched types", "expected `&str`, found `String`")),
        ("mismatched-types/unit", error("E0308", "mismatched types", "expected `u32`, found `()`")),
        ("mismatched-types/number", error("E0308", "mismatched types", "expected `u32`, found `u64`")),
        ("mismatched-types/number", error("E0308", "mismatched types", "expected `f64`, found integer")),
        ("mismatched-types/reference", error("E0308", "mismatched types", "expected `&Vec<u8>`, found `Vec<u8>`")),
        ("mismatched-types/mutability", error("E0308", "mismatched types", "types differ in mutability")),
        ("mismatched-types/smart-pointer", error("E0308", "mismatched types", "expected `Box<Node>`, found `Node`")),
        ("mismatched-types/branches", error("E0308", "`match` arms have incompatible types", "expected `u8`, found `char`")),
        ("mismatched-types/future", error("E0308", "mismatched types", "expected `u32`, found future")),
        ("mismatched-types", error("E0308", "mismatched types", "expected `A`, found `B`")),
        ("question-mark/return-type", error("E0277", "the `?` operator can only be used in a function that returns `Result`")),
        ("question-mark/conversion", error("E0277", "`?` couldn't convert the error to `MyError`")),
        ("bound/display", error("E0277", "`Thing` doesn't implement `std::fmt::Display`")),
        ("bound/debug", error("E0277", "`Thing` doesn't implement `Debug`")),
        ("bound/copy", error("E0277", "the trait bound `Thing: Copy` is not satisfied")),
        ("bound/clone", error("E0277", "the trait bound `Thing: Clone` is not satisfied")),
        ("bound/send-sync", error("E0277", "`Rc<u8>` cannot be sent between threads safely")),
        ("bound/iterator", error("E0277", "`Thing` is not an iterator")),
        ("bound/sized", error("E0277", "the size for values of type `str` cannot be known at compilation time")),
        ("bound/arithmetic", error("E0277", "cannot add `f32` to `i32`")),
        ("bound/compare", error("E0277", "can't compare `A` with `B`")),
        ("bound/index", error("E0277", "the type `[u8]` cannot be indexed by `i32`")),
        ("bound/from", error("E0277", "the trait bound `A: From<B>` is not satisfied")),
        ("bound", error("E0277", "the trait bound `A: Shape` is not satisfied")),
        ("annotations-needed", error("E0282", "type annotations needed")),
        ("cast", error("E0606", "casting `&u8` as `u32` is invalid")),
        ("operator/missing", error("E0369", "binary operation `==` cannot be applied to type `A`")),
        ("operator/deref", error("E0614", "type `u32` cannot be dereferenced")),
        ("method/missing", error("E0599", "no method named `n` found for struct `S` in the current scope")),
        ("method/trait-not-in-scope", error("E0599", "no method named `write_all` found", suggestion="trait `Write` which provides `write_all` is implemented but not in scope; perhaps you want to import it")),
        ("method/bounds", error("E0599", "the method `clone` exists for struct `W<T>`, but its trait bounds were not satisfied")),
        ("method/on-wrapper", error("E0599", "no method named `len` found for enum `Option<String>` in the current scope")),
        ("method/variant", error("E0599", "no variant or associated item named `C` found for enum `E` in the current scope")),
        ("field/missing", error("E0609", "no field `x` on type `P`")),
        ("private/field", error("E0616", "field `x` of struct `P` is private")),
        ("private/item", error("E0603", "function `f` is private")),
        ("private/method", error("E0624", "method `f` is private")),
        ("wrong-argument-count", error("E0061", "this function takes 2 arguments but 1 argument was supplied")),
        ("struct/missing-field", error("E0063", "missing field `x` in initializer of `P`")),
        ("struct/unknown-field", error("E0560", "struct `P` has no field named `z`")),
        ("unresolved/kind", error("E0423", "expected value, found struct `S`")),
        ("unresolved/value", error("E0425", "cannot find value `x` in this scope")),
        ("unresolved/function", error("E0425", "cannot find function `f` in this scope")),
        ("unresolved/type", error("E0425", "cannot find type `T` in this scope")),
        ("unresolved/type", error("E0412", "cannot find type `T` in this scope")),
        ("unresolved/type", error("E0433", "failed to resolve: use of undeclared type `HashMap`")),
        ("unresolved/path", error("E0433", "failed to resolve: use of unresolved module or unlinked crate `x`")),
        ("unresolved/import", error("E0432", "unresolved import `a::b`")),
        ("unresolved/module", error("E0583", "file not found for module `m`")),
        ("unresolved/macro", error("", "cannot find macro `prinln` in this scope")),
        ("pattern/count", error("E0023", "this pattern has 1 field, but the corresponding tuple variant has 2 fields")),
        ("pattern/unknown-field", error("E0026", "struct `P` does not have a field named `z`")),
        ("pattern/missing-field", error("E0027", "pattern does not mention field `y`")),
        ("match/not-exhaustive", error("E0004", "non-exhaustive patterns: `None` not covered")),
        ("impl/missing-item", error("E0046", "not all trait items implemented, missing: `a`")),
        ("impl/signature", error("E0053", "method `a` has an incompatible type for trait")),
        ("unsafe-needed", error("E0133", "call to unsafe function `f` is unsafe and requires unsafe function or block")),
        ("dyn-compatibility", error("E0038", "the trait `T` is not dyn compatible")),
        ("await-outside-async", error("E0728", "`await` is only allowed inside `async` functions and blocks")),
        ("syntax/delimiter", error("", "this file contains an unclosed delimiter")),
        ("syntax/semicolon", error("", "expected `;`, found `let`")),
        ("format-arguments", error("", "2 positional arguments in format string, but there is 1 argument")),
        ("syntax", error("", "expected expression, found `}`")),
        ("lint/len_zero", error("clippy::len_zero", "length comparison to zero")),
        ("lint/unused_variables", error("unused_variables", "unused variable: `x`")),
        ("other", error("E0999", "something new")),
    ],
    ids=lambda value: value if isinstance(value, str) else value.message[:40],
)  # fmt: skip
def test_families(expected: str, diagnostic: Diagnostic) -> None:
    assert family(diagnostic) == expected
