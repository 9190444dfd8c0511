"""How templates are read."""

import pytest

from sleepy_koans.koan import KoanError
from sleepy_koans.notation import fill, split_files, versions
from sleepy_koans.words import Words


def words(seed: str = "any") -> Words:
    return Words.of("train", seed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f(«x»«&x»)", ("f(x)", "f(&x)")),
        ("«»«mut »a + «b»«c»", ("a + b", "mut a + c")),
        ("«a»«b»«c» «d»«e»", ("a d", "b e", "c e")),  # where a place has no wrong repair the right one stands
        ("«a»«b»«c»«d»", ("a", "b", "c", "d")),
        ("|a| «a || b»«a | b»", ("|a| a || b", "|a| a | b")),
        ("{\n    «»«let a;»\n    b\n}", ("{\n    b\n}".replace("{\n", "{\n\n"), "{\n    let a;\n    b\n}")),
    ],
)
def test_a_fault_is_written_once_with_its_repairs(text: str, expected: tuple[str, ...]) -> None:
    assert versions(text) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("fn f() {}", "no fault is marked"), ("«a»«b» «c»", "a mark is left over"), ("«a»«b» ⟧", "a mark is left over")],
)
def test_a_mark_that_is_missing_or_alone_is_told(text: str, complaint: str) -> None:
    with pytest.raises(KoanError, match=complaint):
        versions(text)


def test_words_stand_in_names_strings_and_before_underscores() -> None:
    used = words()
    expected = f'fn total_{used["count"]}_of({used["item"]}: "{used["text1"]}") x @ 1\n'
    assert fill('fn total_@count_of(@item: "@text1") x @@ 1', used) == expected


def test_an_unknown_word_is_told_with_those_there_are() -> None:
    with pytest.raises(KoanError, match=r"there is no word @itme; there are: Item item"):
        fill("@itme", words())


def test_choices_may_lie_in_choices_and_are_all_taken_sometime() -> None:
    made = {fill("⟦a⟦1¦2⟧¦|b|⟧", words(str(seed))) for seed in range(40)}
    assert made == {"a1\n", "a2\n", "|b|\n"}


def test_choices_of_one_label_go_together_in_program_and_test() -> None:
    for seed in range(20):
        used = words(str(seed))
        assert fill("⟦1:a¦b⟧⟦1:A¦B⟧", used) + fill("⟦1:x¦y⟧", used) in ("aA\nx\n", "bB\ny\n")


def test_choices_of_one_label_must_be_as_many() -> None:
    with pytest.raises(KoanError, match="labelled 1 have 2 and 3 alternatives"):
        fill("⟦1:a¦b⟧⟦1:A¦B¦C⟧", words())


def test_a_line_with_a_path_begins_another_file() -> None:
    assert split_files("mod a;\n\n//- src/a.rs\nfn f() {}\n") == {"src/lib.rs": "mod a;\n", "src/a.rs": "fn f() {}\n"}
