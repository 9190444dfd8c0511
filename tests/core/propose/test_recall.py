"""What repaired an error once repairs it again under other names, or nothing is proposed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.diagnostics import FILE, case, diagnostic, marked, span
from helpers.episodes import an_episode
from sleepy_core.errors import StoreError
from sleepy_core.model import Edit, Episode, Outcome, Position
from sleepy_core.propose.align import FIXED, message_names
from sleepy_core.propose.lexer import KEYWORDS, lex
from sleepy_core.propose.recall import RecallProposer, recalled
from sleepy_core.text import LineIndex, apply_edits, apply_patch, unified_diff


def episode(before: str, after: str, message: str = "mismatched types", **changes: object) -> Episode:
    """A confirmed repair."""
    return an_episode(
        before=before, after=after, message=message, **{"id": "e-1", "outcome": Outcome.CONFIRMED, **changes}
    )


def again(before: str, after: str, source: str, old: str = "mismatched types", new: str = "") -> list[str]:
    """The texts that an episode leads to in a source whose error is marked."""
    text, start, end = marked(source)
    error = diagnostic(new or old, start, end)
    return [apply_edits(text, edits) for edits in recalled(episode(before, after, old), error, text)]


def test_the_same_lines_are_repaired_the_same_way_whatever_their_indentation() -> None:
    before, after = "    let n = takes(name);\n", "    let n = takes(&name);\n"
    found = again(before, after, "fn f() {\n  if x {\n        let n = takes(«name»);\n  }\n}\n")
    assert found == ["fn f() {\n  if x {\n        let n = takes(&name);\n  }\n}\n"]


@pytest.mark.parametrize(
    ("before", "after", "source", "expected"),
    [
        # as a whole
        ("let n = takes(name);", "let n = takes(&name);", "let m = uses(«value»);", "let m = uses(&value);"),
        ("let w = v;", "let w = v.clone();", "    let second = «first»;", "    let second = first.clone();"),
        ("let x = 1;", "let mut x = 1;", "let «total» = 0;", "let mut total = 0;"),
        ("spawn(|| go(v));", "spawn(move || go(v));", "spawn2(|| «walk»(w));", "spawn2(move || walk(w));"),
        ("Some(n)", "Ok(n)", "Some(«total»)", "Ok(total)"),
        ("f(a,b)", "f(b, a)", "g(«x»,y)", "g(y, x)"),
        # only around the edit
        ("let n = takes(name);", "let n = takes(&name);", "other.thing + uses(«value», 3)", None),
        ("let n = takes(name);", "let n = takes(&name);", "return uses(«value»);", "return uses(&value);"),
        (
            "return Ok(map.get(key));",
            "return Ok(map.get(&key));",
            "let v = set.get(«word»);",
            "let v = set.get(&word);",
        ),
    ],
)
def test_the_same_shape_is_repaired_with_the_new_names(
    before: str, after: str, source: str, expected: str | None
) -> None:
    assert again(before, after, source)[:1] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("before", "after", "source"),
    [
        ("let n = takes(name);", "let n = takes(&name);", "if «ready» { go(); }"),  # another shape
        ("x.iter()", "x.iter_mut()", "y.«drain»()"),  # what is taken away is another thing
        ("Some(x)", "Some(&x)", "Ok(«x»)"),  # `Some` never plays the part of `Ok`
        ("f(a, a)", "f(a, &a)", "g(«x», y)"),  # one name would have to be two
        ("f(a, b)", "f(a, &b)", "g(«x», x)"),  # two names would have to be one
        ("Thing(a)", "Thing(&a)", "thing(«b»)"),  # a type is no function
        ("let x = 5;", "let x = 7;", "let y = «6»;"),  # another literal
    ],
)
def test_nothing_rather_than_nonsense(before: str, after: str, source: str) -> None:
    assert again(before, after, source) == []


def test_a_place_that_the_error_does_not_name_is_left_alone() -> None:
    assert again("f(a);", "f(&a);", "fn g() {\n    f(a);\n    «x» + 1\n}\n") == []


def test_names_in_the_messages_tell_what_a_rename_is() -> None:
    found = again("b + conter", "b + counter", "c + «totl»", "no value `conter`", "no value `totl`")
    assert found == ["c + counter"]


def test_a_missing_import_is_added_at_the_top_once() -> None:
    said = "cannot find type `HashMap` in this scope"
    before, after = "fn f() {\n    HashMap::new();\n", "use std::collections::HashMap;\nfn f() {\n    HashMap::new();\n"
    source = "//! Docs.\nuse std::fmt;\n\nfn g(«x»: u8) {}\n"
    assert again(before, after, source, said) == [
        "//! Docs.\nuse std::collections::HashMap;\nuse std::fmt;\n\nfn g(x: u8) {}\n"
    ]
    assert again(before, after, "use std::collections::HashMap;\nfn g(«x»: u8) {}\n", said) == []


def test_an_import_takes_the_name_that_is_missing_now() -> None:
    found = again(
        "fn f() {}",
        "use std::collections::HashMap;\nfn f() {}",
        "fn g(«x»: HashSet) {}\n",
        "no `HashMap`",
        "no `HashSet`",
    )
    assert found[0].startswith("use std::collections::HashSet;\n")


def test_an_import_that_says_nothing_of_the_missing_name_is_not_guessed() -> None:
    assert again("fn f() {}", "use std::io::Write;\nfn f() {}", "struct «X»;\n", "no `write`", "no `lock`") == []


def test_several_lines_keep_the_new_place_and_its_line_ends() -> None:
    before = "let x = v;\n"
    after = "let x = v\n    .clone();\n"
    found = again(before, after, "fn f() {\r\n    let y = «w»;\r\n}\r\n")
    assert found == ["fn f() {\r\n    let y = w\r\n        .clone();\r\n}\r\n"]


def test_unwritten_bodies_are_not_repeated() -> None:
    assert again("fn f() {}", "fn f() { todo!() }", "fn «f»() {}") == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("cannot find `a`", "cannot find `b`", {"a": "b"}),
        ("`a::B` is not `C`", "`x::Y` is not `Z`", {"a": "x", "B": "Y", "C": "Z"}),
        ("`a` and `a`", "`b` and `c`", {}),
        ("`a`", "`b` `c`", {}),
        ("`Option`", "`Result`", {}),
    ],
)
def test_names_are_paired_by_messages(old: str, new: str, expected: dict[str, str]) -> None:
    assert message_names(old, new) == expected


PAIRS = [
    ("    let n = takes(name);\n", "    let n = takes(&name);\n"),
    ("    let copy = list;\n    use_both(list, copy)\n", "    let copy = list.clone();\n    use_both(list, copy)\n"),
    (
        "    for item in items {\n        out.push(item);\n    }\n",
        "    for item in &items {\n        out.push(item);\n    }\n",
    ),
    ("    let total = start;\n", "    let mut total = start;\n"),
    ("    fn pick(a: &str, b: &str) -> &str {\n", "    fn pick<'a>(a: &'a str, b: &'a str) -> &'a str {\n"),
    ("    let t = spawn(|| show(word));\n", "    let t = spawn(move || show(word));\n"),
    ("    source.parse() + one\n", "    source.parse()? + one\n"),
]
name = st.from_regex(r"[a-z][a-z_0-9]{0,8}", fullmatch=True).filter(lambda n: n not in KEYWORDS | FIXED)


@given(st.data(), st.sampled_from(PAIRS))
def test_renaming_everything_consistently_renames_the_repair(data: st.DataObject, pair: tuple[str, str]) -> None:
    before, after = pair
    # Names that only the repair has (`clone`) stay what they are.
    olds = sorted({t.text for t in lex(before) if t.is_name and t.text not in FIXED})
    news = data.draw(st.lists(name, min_size=len(olds), max_size=len(olds), unique=True))
    names = dict(zip(olds, news, strict=True))

    def renamed(text: str) -> str:
        return "".join(names.get(t.text, t.text) for t in lex(text))

    text = "fn main() {\n" + renamed(before) + "}\n"
    error = diagnostic("mismatched types", Position(1, 4), Position(1, 8))
    found = [apply_edits(text, edits) for edits in recalled(episode(before, after), error, text)]
    assert found[:1] == ["fn main() {\n" + renamed(after) + "}\n"]


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_texts_give_edits_that_apply_or_nothing(before: str, after: str, text: str) -> None:
    error = diagnostic("`a` b", Position(0, 0), Position(0, 5))
    for edits in recalled(episode(before, after, "`c` b"), error, text):
        apply_edits(text, edits)


class TestProposer:
    text = "fn f() { takes(name) }\n"
    error = diagnostic("mismatched types", Position(0, 15), Position(0, 19))

    async def test_the_proposal_names_the_episode(self) -> None:
        asked: list[tuple[str, str]] = []

        async def find(signature: str, repo: str) -> list[Episode]:
            asked.append((signature, repo))
            return [episode("uses(word)", "uses(&word)"), episode("eats(word)", "eats(&word)", id="e-2")]

        given_case = case(self.error, self.text)
        (found,) = [p async for p in RecallProposer(find).propose(given_case, ())]
        assert asked == [(given_case.signature, "repo-1")]
        assert found.recalled == ("e-1",)
        assert "episode e-1 (confirmed" in found.why
        assert found.label == "rewrite line 1: `fn f() { takes(&name) }`"
        assert apply_patch(given_case.texts, found.patch)[FILE] == "fn f() { takes(&name) }\n"
        assert found.patch.files[0].edits == (Edit(15, 15, "&"),)

    async def test_a_repair_of_several_files_is_made_again_where_their_lines_are_now(self) -> None:
        before = {
            "src/main.rs": "mod b;\n\nfn main() {\n    let one = b::Thing::new();\n    show(one.size);\n}\n",
            "src/b.rs": "pub struct Thing {\n    size: u8,\n}\n",
        }
        after = {
            "src/main.rs": before["src/main.rs"].replace("one.size", "one.size()"),
            "src/b.rs": before["src/b.rs"]
            + "\nimpl Thing {\n    pub fn size(&self) -> u8 {\n        self.size\n    }\n}\n",
        }
        known = episode(
            "    show(one.size);\n",
            "    show(one.size());\n",
            "field `size` of struct `Thing` is private",
            file="src/main.rs",
            diff=unified_diff(before, after),
        )

        async def find(signature: str, repo: str) -> list[Episode]:
            return [known]

        def moved(texts: dict[str, str]) -> dict[str, str]:
            put = {"src/main.rs": "//! More.\n\nuse std::fmt;\n", "src/b.rs": "/// Documented since.\n"}
            return {file: put[file] + text.replace("size", "weight") for file, text in texts.items()}

        texts = moved(before)
        start = LineIndex(texts["src/main.rs"]).position(texts["src/main.rs"].index("weight"))
        error = diagnostic("field `weight` of struct `Thing` is private", start, start, file="src/main.rs")
        found = [p async for p in RecallProposer(find).propose(case(error, texts), ())]
        assert apply_patch(texts, found[0].patch) == moved(after)
        assert found[0].label == "add `impl Thing {`, and 1 more file"

    async def test_a_repair_that_lay_in_another_file_is_made_in_the_one_that_the_error_names(self) -> None:
        before = {"src/one.rs": "pub struct One {\n    size: u8,\n}\n"}
        after = {"src/one.rs": "pub struct One {\n    pub size: u8,\n}\n"}
        known = episode(
            "    size: u8,\n",
            "    pub size: u8,\n",
            "field `size` of struct `One` is private",
            file=FILE,
            diff=unified_diff(before, after),
        )

        async def find(signature: str, repo: str) -> list[Episode]:
            return [known]

        texts = {FILE: "fn f(t: Two) { t.weight; }\n", "src/two.rs": "//\npub struct Two {\n    weight: u8,\n}\n"}
        place = Position(2, 4)
        error = diagnostic(
            "field `weight` of struct `Two` is private",
            Position(0, 17),
            Position(0, 23),
            spans=[span(place, place, "src/two.rs", primary=False)],
        )
        (found,) = [p async for p in RecallProposer(find).propose(case(error, texts), ())]
        assert apply_patch(texts, found.patch) == {"src/two.rs": texts["src/two.rs"].replace("weight", "pub weight")}

    async def test_a_database_that_fails_means_no_proposals(self) -> None:
        async def find(signature: str, repo: str) -> list[Episode]:
            raise StoreError("locked")

        assert [p async for p in RecallProposer(find).propose(case(self.error, self.text), ())] == []
