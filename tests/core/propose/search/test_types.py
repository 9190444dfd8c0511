"""Types are read from what the compiler writes, without lifetimes and paths."""

import pytest

from sleepy_core.propose.search.types import HOLE, Type, defaulted, match, read, same


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("&'static str", "&str"),
        ("std::slice::Iter<'_, u32>", "Iter<u32>"),
        ("&'a mut [u8]", "&mut [u8]"),
        ("[u32; 3]", "[u32; 3]"),
        ("(u8,)", "(u8,)"),
        ("(u8)", "u8"),
        ("fn(u32) -> En {En::A}", "fn(u32) -> En"),
        ("HashMap<String, Vec<(u8, &'a str)>>", "HashMap<String, Vec<(u8, &str)>>"),
        ("Result<(), Box<dyn std::error::Error + Send>>", "Result<(), Box<dyn Error>>"),
        ("impl Future<Output = u32>", "impl Future<Output = u32>"),
        ("`integer`", "{integer}"),
    ],
)
def test_a_type_is_read_and_written(written: str, read_as: str) -> None:
    assert str(read(written)) == read_as


@pytest.mark.parametrize("odd", ["", "Wrapper<", "<T as X>::Y", "&", "[u8", "é::ß<", "a b c"])
def test_what_cannot_be_read_equals_only_itself(odd: str) -> None:
    assert read(odd).args == ()
    assert read(odd) == read(odd)
    assert not same(read(odd), read("&u8"))


def test_holes_and_open_literals_fit_what_they_may_become() -> None:
    assert same(read("Vec<_>"), read("Vec<u8>"))
    assert same(read("integer"), read("u8"))
    assert not same(read("integer"), read("f32"))
    assert not same(read("u8"), read("u16"))
    assert HOLE in read("Option<_>").parts()


def test_a_variable_of_a_pattern_is_the_same_type_everywhere() -> None:
    bound: dict[str, Type] = {}
    assert match(read("&[T]"), read("&[u8]"), bound)
    assert not match(read("Vec<T>"), read("Vec<u16>"), bound)


def test_closures_and_holes_cannot_be_written_in_a_signature() -> None:
    assert not read("Map<Iter<'_, u8>, {closure@a.rs:1:2: 1:5}>").writable
    assert not read("Option<_>").writable
    assert str(defaulted(read("Vec<{integer}>"))) == "Vec<i32>"
