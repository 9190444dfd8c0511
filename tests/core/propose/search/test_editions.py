"""What edition 2024 asks for is written where it asks."""

from helpers.edit_kinds import results, site


def test_a_name_that_became_a_keyword_is_escaped_wherever_the_file_says_it() -> None:
    at = site(
        'fn «gen»() {}\nfn main() { gen("gen"); println!("{}", gen); } // gen\n',
        "",
        "expected identifier, found reserved keyword `gen`",
    )
    assert results("raw-identifier", at) == [
        'fn r#gen() {}\nfn main() { r#gen("gen"); println!("{}", r#gen); } // gen\n'
    ]


def test_a_reference_to_a_mutable_static_goes_through_a_raw_pointer() -> None:
    shared = site("fn f() { let r = «&V»; }", "static_mut_refs", "creating a shared reference to mutable static")
    assert results("raw-static", shared) == ["fn f() { let r = &*&raw const V; }"]
    mutable = site("fn f() { «V.push(1)»; }", "static_mut_refs", "creating a mutable reference to mutable static")
    assert results("raw-static", mutable) == ["fn f() { (*&raw mut V).push(1); }"]


def test_a_value_that_nothing_names_is_said_to_be_unit() -> None:
    at = site("fn f() -> R { «parse()»?; Ok(()) }", "E0277", "the trait bound `!: Default` is not satisfied")
    assert results("unit-fallback", at) == ["fn f() -> R { let () = parse()?; Ok(()) }"]
    other = site("fn f() -> R { «parse()»?; Ok(()) }", "E0277", "the trait bound `T: Default` is not satisfied")
    assert results("unit-fallback", other) == []
