"""Which programs count as the same."""

import pytest

from sleepy_koans.normal import normal


def same(left: str, right: str) -> bool:
    return normal({"src/lib.rs": left}) == normal({"src/lib.rs": right})


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("fn shelve(book: Book) { book.lend() }", "fn sow(plant: Plant) { plant.grow() }"),
        ('let a = "x"; // one', 'let b = "other \\" text";'),
        ("let a = 12;", "let a = 7_000;"),
        ("fn f<'a>(x: &'a str)", "fn f<'b>(x: &'b str)"),
        ("a('x')", "a('\\n')"),
        ('r#"a "quoted" b"#', '"plain"'),
        ("fn f() {\n    g()\n}", "fn f() { g() /* later */ }"),
    ],
)
def test_names_literals_comments_and_spaces_make_no_difference(left: str, right: str) -> None:
    assert same(left, right)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("fn f(a: A, b: B) { a }", "fn f(a: A, b: B) { b }"),
        ("let a: u32 = 1;", "let a: u64 = 1;"),
        ("1u8", "1u16"),
        ("f(&a)", "f(a)"),
        ("HashMap::new()", "BTreeMap::new()"),
        ("'a'", "'a"),
    ],
)
def test_structure_and_types_make_one(left: str, right: str) -> None:
    assert not same(left, right)
