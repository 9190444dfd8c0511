"""Patterns, matches and struct literals: what is proposed, in which order, and what is left alone."""

from helpers.edit_kinds import candidates, results, site

ENUM = "enum E {\n    A,\n    B(u8),\n}\n"


def test_a_variant_that_is_made_somewhere_is_not_removed() -> None:
    message = "non-exhaustive patterns: `E::B(_)` not covered"
    match = "fn f(e: E) { match «e» { E::A => {} } }\n"
    assert candidates("remove-unused-variant", site(ENUM + match, "E0004", message))
    used = {"src/other.rs": "fn g() -> E { E::B(1) }\n"}
    assert not candidates("remove-unused-variant", site(ENUM + match, "E0004", message, others=used))


def test_an_entry_goes_with_its_own_comment_and_not_with_its_neighbours() -> None:
    enum = "enum E {\n    A, // first\n    /// Gone.\n    B(u8), // second\n    C,\n}\n"
    source = enum + "fn f(e: E) { match «e» { E::A => {} } }\n"
    at = site(source, "E0004", "non-exhaustive patterns: `E::B(_)` not covered")
    assert results("remove-unused-variant", at)[0].startswith("enum E {\n    A, // first\n    C,\n}\n")


def test_arms_that_bind_are_not_joined() -> None:
    source = ENUM + "fn f(e: E) -> u8 { match «e» { E::B(n) => n } }\n"
    assert not candidates("join-arm", site(source, "E0004", "non-exhaustive patterns: `E::A` not covered"))


def test_patterns_that_the_message_leaves_out_are_not_guessed() -> None:
    source = "fn f(n: u8) { match «n» { 1 => {} } }\n"
    message = "non-exhaustive patterns: `0_u8`, `2_u8`, `3_u8` and 7 more not covered"
    texts = results("wildcard-arm", site(source, "E0004", message))
    assert texts
    assert all("_ => {}" in text and "2" not in text for text in texts)


def test_a_let_in_a_loop_continues_before_it_returns() -> None:
    source = "fn f(v: Vec<Option<u8>>) {\n    for o in v {\n        let «Some(x)» = o;\n    }\n}\n"
    labels = [c.label for c, _ in candidates("let-else", site(source, "E0005", "refutable pattern in local binding"))]
    assert labels[:2] == [
        "leave with `continue` where it does not match",
        "leave with `return` where it does not match",
    ]


def test_fields_are_filled_from_self_where_no_variable_has_their_names() -> None:
    source = "struct S { a: u8, b: u8 }\nimpl S { fn with(&self, a: u8) -> S { «S» { a } } }\n"
    at = site(source, "E0063", "missing field `b` in initializer of `S`")
    assert "{ S { a, b: self.b } }" in results("fields-from-locals", at)[0]


def test_all_fields_are_filled_where_the_message_counts_the_rest() -> None:
    source = "struct S { a: u8, b: u8, c: u8, d: u8 }\nfn f(a: u8, b: u8, c: u8, d: u8) -> S { «S» {} }\n"
    at = site(source, "E0063", "missing fields `a`, `b`, `c` and 1 other field in initializer of `S`")
    assert "-> S { S { a, b, c, d } }" in results("fields-from-locals", at)[0]


def test_a_field_that_others_name_is_not_removed() -> None:
    source = "struct S { a: u8, b: u8 }\nfn f() -> S { «S» { a: 1 } }\nfn g(s: S) -> u8 { s.b }\n"
    assert not candidates("remove-unused-field", site(source, "E0063", "missing field `b` in initializer of `S`"))


def test_a_field_is_added_in_the_file_of_its_struct_as_visible_as_the_others() -> None:
    at = site(
        'fn f() -> S { S { a: 1, «name»: "x".to_string() } }\n',
        "E0560",
        "struct `S` has no field named `name`",
        others={"src/s.rs": "pub struct S {\n    pub a: u8,\n}\n"},
    )
    assert results("add-field", at, "src/s.rs") == ["pub struct S {\n    pub a: u8,\n    pub name: String,\n}\n"]


def test_a_field_whose_type_does_not_show_is_not_added() -> None:
    at = site(
        "struct S { a: u8 }\nfn f() -> S { S { a: 1, «b»: g() } }\n", "E0560", "struct `S` has no field named `b`"
    )
    assert not candidates("add-field", at)


def test_nothing_is_proposed_for_a_literal_in_a_macros_tokens() -> None:
    source = "struct S { a: u8, b: u8 }\nfn f(b: u8) { m!(«S» { a: 1 }) }\n"
    assert not candidates("fields-from-locals", site(source, "E0063", "missing field `b` in initializer of `S`"))
