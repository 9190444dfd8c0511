from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.lessons import a_lesson
from sleepy_core.model import Episode, Outcome
from sleepy_core.night import curate as curator
from sleepy_core.night.curate import TAKEN, VERIFIED, Curated, curate, kept_texts
from sleepy_core.night.example import Example, read_examples, write_examples
from sleepy_core.night.masking import MASK

OTHER = {"call": "count(total, left)", "wrong": "total", "right": "&total"}


def reasons(curated: Curated) -> list[str]:
    return [each.reason for each in curated.left_out]


def test_an_episode_becomes_the_question_that_a_model_would_get_and_the_lines_that_answer_it() -> None:
    (example,) = curate([a_lesson(call="weigh(name)")]).train
    assert example.answer == "    weigh(&name);"
    system, user = example.messages
    assert (system.role, user.role) == ("system", "user")
    assert "error[E0308]: mismatched types" in user.content
    assert "> " + "    weigh(name);" in user.content  # marked, in the lines around it
    assert user.content.endswith("Rewrite:\n    weigh(name);")
    assert (example.weight, example.source, example.family) == (TAKEN, "accepted", "mismatched-types")


@pytest.mark.parametrize(
    ("outcome", "weight", "source"),
    [
        (Outcome.CONFIRMED, TAKEN, "accepted"),
        (Outcome.HUMAN, TAKEN, "human"),
        (Outcome.ACCEPTED, VERIFIED, "verified"),
        (Outcome.OFFERED, VERIFIED, "verified"),
    ],
)
def test_what_somebody_decided_for_weighs_more_than_what_only_compiles(
    outcome: Outcome, weight: float, source: str
) -> None:
    (example,) = curate([a_lesson(outcome=outcome)]).train
    assert (example.weight, example.source) == (weight, source)


@pytest.mark.parametrize("outcome", [Outcome.REVERTED, Outcome.DISMISSED])
def test_what_was_undone_or_refused_is_kept_apart_and_so_is_the_same_elsewhere(outcome: Outcome) -> None:
    again = a_lesson(
        1, call="measure(height)", wrong="height", right="&height", outcome=Outcome.OFFERED, file="src/b.rs"
    )
    curated = curate([a_lesson(outcome=outcome), again])
    assert [e.answer for e in curated.refused] == ["    weigh(&name);"]
    assert curated.train == ()
    assert reasons(curated) == [curator.WAS_REFUSED]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"unfit": "the code that had the error was deleted"}, "the code that had the error was deleted"),
        ({"fault": None}, curator.NOT_KEPT),
        ({"weak": True, "outcome": Outcome.OFFERED}, curator.WEAK),
        ({"diff": a_lesson().diff + a_lesson().diff.replace("src/lib.rs", "src/a.rs")}, curator.SEVERAL_FILES),
        ({"below": "", "after": "weigh(&name);\n}\nfn more() {}\n", "line": 0, "above": ""}, curator.NO_SPAN),
    ],
)
def test_what_teaches_nothing_is_left_out_and_says_why(changes: dict[str, object], reason: str) -> None:
    curated = curate([a_lesson(**changes)])  # type: ignore[arg-type]
    assert (curated.train, reasons(curated)) == ((), [reason])


def test_what_means_little_is_learned_where_somebody_took_it() -> None:
    assert len(curate([a_lesson(weak=True)]).train) == 1


def test_of_examples_that_differ_only_in_names_there_is_one_the_newest() -> None:
    old = a_lesson(1, call="weigh(name)")
    new = a_lesson(2, call="count(total)", wrong="total", right="&total")
    curated = curate([new, old])
    assert [e.id for e in curated.train] == [new.id]
    assert [(each.episode, each.reason) for each in curated.left_out] == [(old.id, curator.THE_SAME)]


def test_what_was_offered_counts_only_where_nothing_was_taken_and_only_the_surest_of_it() -> None:
    taken = a_lesson(1)
    beside = a_lesson(2, right="name.clone()", outcome=Outcome.OFFERED)
    curated = curate([taken, beside])
    assert [e.id for e in curated.train] == [taken.id]
    assert reasons(curated) == [curator.TAKEN_OTHERWISE]
    sooner = a_lesson(3, outcome=Outcome.OFFERED, attempts=1)
    later = a_lesson(3, right="name.into()", outcome=Outcome.OFFERED, attempts=5, id="later")
    curated = curate([later, sooner])
    assert [e.id for e in curated.train] == [sooner.id]
    assert reasons(curated) == [curator.LESS_SURE]


def test_a_secret_is_in_no_example() -> None:
    key = "sk-" + "proj-abcdefghijklmnopqrstuvwxyz"
    curated = curate([a_lesson(call=f'login(name, "{key}")')])
    (example,) = curated.train
    assert key not in str(example)
    assert f'login(&name, "{MASK}")' in example.answer
    assert curated.masked == 1


def test_the_texts_of_an_episode_have_its_lines_where_the_file_had_them() -> None:
    episode = a_lesson(call="weigh(name)")
    before, after = kept_texts(replace(episode, line=episode.line + 20))
    assert before.split("\n")[episode.line + 20] == "    weigh(name);"
    assert after.split("\n")[episode.line + 20] == "    weigh(&name);"


def test_the_newest_of_each_kind_are_held_out_and_of_a_rare_kind_none() -> None:
    common = [a_lesson(n, call=f"f({'x, ' * n}name)") for n in range(6)]
    rare = [a_lesson(n, call=f"g({'y, ' * n}name)", signature=f"E{n}") for n in (10, 11, 12)]
    families = [a_lesson(n, call=f"h({'z, ' * n}name)", signature=f"E{n}", family=f"near/{n}") for n in (20, 21, 22)]
    alone = [a_lesson(30, signature="E30", family="another")]
    curated = curate([*alone, *common, *families, *rare])
    assert [e.id for e in curated.held_out] == [common[5].id, rare[2].id, families[2].id]
    assert {e.id for e in curated.train} == {e.id for e in (*common[:5], *rare[:2], *families[:2], *alone)}


def test_what_shows_a_held_out_answer_is_not_trained_on() -> None:
    """The line was repaired, and then another error was repaired below it: the prompt shows the repaired line."""
    kind = [a_lesson(n, call=f"f({'x, ' * n}name)") for n in range(3)]
    shows = a_lesson(9, signature="E9", family="another", above="    f(x, x, &name);\n", message="other")
    curated = curate([*kind, replace(shows, line=3)])
    assert [e.id for e in curated.held_out] == [kind[2].id]
    assert curator.SHOWS_HELD_OUT in reasons(curated)


@st.composite
def many_episodes(draw: st.DrawFn) -> list[Episode]:
    numbers = draw(st.lists(st.integers(0, 60), unique=True, max_size=14))
    key = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    return [
        a_lesson(
            number,
            call=draw(st.sampled_from(["f(name)", "f(a, name)", "g(1, name)?", f'h("{key}", name)', "k(name).m()"])),
            right=draw(st.sampled_from(["&name", "name.clone()", "&mut name"])),
            outcome=draw(st.sampled_from(Outcome)),
            signature=draw(st.sampled_from(["E1", "E2", "E3"])),
            message=draw(st.sampled_from(["one", "two", "three"])),
            unfit=draw(st.sampled_from(["", "", "deleted"])),
        )
        for number in numbers
    ]


def asked(example: Example) -> str:
    return example.messages[-1].content.split("Rewrite:\n")[-1]


@given(many_episodes(), st.randoms())
def test_no_text_is_in_both_splits_no_secret_survives_and_the_order_does_not_matter(
    episodes: list[Episode], chance: random.Random
) -> None:
    curated = curate(episodes)
    shuffled = episodes.copy()
    chance.shuffle(shuffled)
    assert curate(shuffled) == curated
    everything = (*curated.train, *curated.held_out, *curated.refused)
    assert sorted([*(e.id for e in everything), *(each.episode for each in curated.left_out)]) == sorted(
        e.id for e in episodes
    )
    assert "ghp_" not in str(everything)
    assert all(e.weight > 0 for e in (*curated.train, *curated.held_out))
    trained = {(e.signature, asked(e).strip()) for e in curated.train}
    assert not trained & {(e.signature, asked(e).strip()) for e in curated.held_out}
    for held in curated.held_out:
        assert not any(held.answer in str(e.messages[-1].content) or held.answer == e.answer for e in curated.train)
        kin = [e.id for e in curated.train if e.signature == held.signature and e.weight == TAKEN]
        assert all(id_ < held.id for id_ in kin)
        assert any(e.family == held.family for e in curated.train) or curator.SHOWS_HELD_OUT in reasons(curated)


def test_examples_are_lines_that_a_person_can_read(tmp_path: Path) -> None:
    curated = curate([a_lesson(n, call=f"f({'x, ' * n}name)") for n in range(4)])
    path = tmp_path / "train.jsonl"
    write_examples(path, curated.train)
    assert tuple(read_examples(path)) == curated.train
    first = json.loads(path.read_text().splitlines()[0])
    assert (first["answer"], first["source"]) == ("    f(&name);", "accepted")


def test_thousands_of_episodes_are_curated_in_seconds() -> None:
    """Each asks for something else, so that none is left out before it is compared with the others."""
    opened = ["".join("([{"[n // 3**digit % 3] for digit in range(7)) for n in range(1500)]
    closed = [brackets[::-1].translate(str.maketrans("([{", ")]}")) for brackets in opened]
    many = [a_lesson(n, call=f"{opened[n]}name{closed[n]}") for n in range(1500)]
    start = time.perf_counter()
    curated = curate(many)
    assert time.perf_counter() - start < 10
    assert len(curated.held_out) > 200
