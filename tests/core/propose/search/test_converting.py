"""The table of conversions: what makes one type of another, the likeliest first."""

import pytest

from sleepy_core.propose.search.converting import conversions
from sleepy_core.propose.search.types import read


@pytest.mark.parametrize(
    ("wanted", "given", "first"),
    [
        ("&str", "String", "&{}"),
        ("String", "&'static str", "{}.to_string()"),
        ("Option<&str>", "Option<String>", "{}.as_deref()"),
        ("Option<u32>", "Option<&u32>", "{}.cloned()"),
        ("Option<String>", "&str", "Some({}.to_string())"),
        ("usize", "i32", "{} as usize"),
        ("u64", "&u32", "*{} as u64"),
        ("f64", "u32", "{} as f64"),
        ("usize", "Vec<T>", "{}.len()"),
        ("bool", "Option<u32>", "{}.is_some()"),
        ("Vec<u32>", "Map<std::slice::Iter<'_, u32>, {closure@a.rs:1:2: 1:5}>", "{}.collect()"),
        ("Vec<u32>", "std::ops::Range<{integer}>", "{}.collect()"),
        ("Vec<String>", "Vec<&str>", "{}.into_iter().map(|x| x.to_string()).collect()"),
        ("Result<u32, String>", "Result<u32, ParseIntError>", "{}.map_err(|e| e.to_string())"),
        ("Rc<RefCell<P>>", "P", "Rc::new(RefCell::new({}))"),
        ("Box<dyn Fn(u32) -> u32>", "closure", "Box::new({})"),
        ("u32", "future", "{}.await"),
        ("&T", "Rc<T>", "&{}"),
        ("&mut Vec<u8>", "Vec<u8>", "&mut {}"),
    ],
)
def test_the_likeliest_way_comes_first(wanted: str, given: str, first: str) -> None:
    assert next(conversions(read(wanted), read(given))).template == first


def test_a_conversion_that_loses_nothing_is_known() -> None:
    ways = [way.template for way in conversions(read("u64"), read("u8"))]
    assert "u64::from({})" in ways
    assert not any("try_from" in way for way in ways)


def test_a_conversion_that_may_fail_is_said_to() -> None:
    ways = [way.template for way in conversions(read("u8"), read("u64"))]
    assert "u8::from({})" not in ways
    assert "u8::try_from({}).unwrap()" in ways


def test_what_may_panic_comes_later() -> None:
    costs = {way.template: way.cost for way in conversions(read("P"), read("Option<P>"))}
    assert costs["{}?"] < costs["{}.unwrap()"]


@pytest.mark.parametrize(("wanted", "given"), [("u32", "u32"), ("Foo", "Bar"), ("", ""), ("(u8, u8)", "(u8, u16)")])
def test_where_nothing_is_known_nothing_is_proposed(wanted: str, given: str) -> None:
    assert list(conversions(read(wanted), read(given))) == []


def test_a_way_keeps_the_expression() -> None:
    """`None` in the place of a loop would compile, and delete the loop."""
    for wanted in ("Option<u8>", "Result<(), Error>", "Vec<u8>", "String"):
        assert all("{}" in way.template for way in conversions(read(wanted), read("()")))
