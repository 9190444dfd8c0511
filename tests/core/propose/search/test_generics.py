"""Generics, items and lints: what is proposed, and what is left alone."""

from helpers.edit_kinds import candidates, results, site


def test_a_long_name_is_no_type_parameter() -> None:
    at = site("fn f(x: «Config») {}\n", "E0425", "cannot find type `Config` in this scope")
    assert not candidates("declare-type-parameter", at)


def test_a_parameter_of_the_method_comes_before_one_of_the_impl() -> None:
    at = site("struct S;\nimpl S { fn f(x: «T») {} }\n", "E0425", "cannot find type `T` in this scope")
    assert ["fn f<T>(x: T)" in text for text in results("declare-type-parameter", at)] == [True, False, False]


def test_a_definition_gets_no_parameter_where_arguments_are_missing() -> None:
    source = "struct S<T>(T);\nfn f(s: «S») {}\n"
    assert not candidates("add-parameter-to-definition", site(source, "E0107", "missing generics for struct `S`"))


def test_a_main_with_type_parameters_loses_them() -> None:
    at = site("fn main<«T»>() {}\n", "E0131", "`main` function is not allowed to have generic parameters")
    assert results("drop-type-parameter", at) == ["fn main() {}\n"]


def test_a_parameter_is_not_added_where_one_caller_has_no_such_variable() -> None:
    source = "fn g() -> u8 { «n» }\nfn a(n: u8) { g(); }\nfn b() { g(); }\n"
    at = site(source, "E0425", "cannot find value `n` in this scope")
    assert not candidates("parameter-from-callers", at)


def test_a_variable_is_renamed_in_its_function_only() -> None:
    source = "fn f() { let «z»; z = 1; }\nfn g(z: u8) -> u8 { z }\n"
    at = site(source, "unused_variables", "variable `z` is assigned to, but never used")
    assert results("rename-unused", at) == ["fn f() { let _z; _z = 1; }\nfn g(z: u8) -> u8 { z }\n"]


def test_a_result_in_a_macros_tokens_is_not_passed_on() -> None:
    source = "fn f() -> Result<(), E> { m!(«g()»); Ok(()) }\n"
    assert not candidates("pass-result-on", site(source, "unused_must_use", "unused `Result` that must be used"))
