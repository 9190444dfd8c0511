from __future__ import annotations

import pytest

from sleepy_core.night.plan import next_to_sleep
from sleepy_core.store.repos import Fresh


@pytest.mark.parametrize(
    ("waiting", "chosen"),
    [
        ("", None),
        ("a:7@1", None),  # not enough yet
        ("a:8@1", "a"),
        ("a:8@2 b:8@1", "b"),  # longest waiting first
        ("a:900@2 b:8@1", "b"),  # however much the other has
        ("a:7@1 b:8@2", "b"),
        ("a:8@1 b:9@1", "b"),  # at the same time: the one with more
        ("b:8@1 a:8@1", "a"),  # else by name, so that the answer is always the same
    ],
)
def test_the_repository_that_has_waited_longest_sleeps_next(waiting: str, chosen: str | None) -> None:
    fresh = []
    for each in waiting.split():
        repo, rest = each.split(":")
        count, oldest = rest.split("@")
        fresh.append(Fresh(repo, repo, None, int(count), float(oldest)))
    found = next_to_sleep(fresh, enough=8)
    assert (found.repo if found else None) == chosen


def test_a_busy_repository_does_not_keep_the_others_awake() -> None:
    oldest = {"busy": 0.0, "quiet": 5.0, "rare": 8.0}
    slept = []
    for hour in range(10, 16):
        found = next_to_sleep([Fresh(repo, repo, None, 8, when) for repo, when in oldest.items()], enough=8)
        assert found is not None
        slept.append(found.repo)
        oldest[found.repo] = float(hour)  # new episodes come in at once
    assert slept == ["busy", "quiet", "rare"] * 2
