"""Arbitrary episodes, for hypothesis."""

import dataclasses
import string

from hypothesis import strategies as st

from sleepy_core.model import Episode, Outcome, Source, VerdictKind
from sleepy_core.store.ids import new_id

_TEXT = st.text(max_size=20)
_COUNT = st.integers(0, 2**53)
_REAL = st.floats(0, 1e12)


def any_episode() -> st.SearchStrategy[Episode]:
    """Episodes with all kinds of text in all fields; their ids differ."""
    offered = st.tuples(
        st.sampled_from([s for s in Source if s is not Source.HUMAN]),
        st.sampled_from([o for o in Outcome if o is not Outcome.HUMAN]),
    )
    by_hand = st.tuples(st.just(Source.HUMAN), st.sampled_from([Outcome.HUMAN, Outcome.REVERTED]))
    held = ("id", "repo", "source", "verdict", "outcome", "result_digests")
    texts = {f.name: _TEXT for f in dataclasses.fields(Episode) if f.type in ("str", "RelPath") and f.name not in held}
    return st.tuples(
        offered | by_hand,
        st.fixed_dictionaries(
            {
                "id": st.text(string.hexdigits, min_size=1).map(lambda tail: new_id() + tail),
                "repo": st.sampled_from(["repo-1", "repo-2"]),
                "created": _REAL,
                "closed": st.none() | _REAL,
                "verdict": st.none() | st.sampled_from(VerdictKind),
                "attempts": _COUNT,
                "steps": _COUNT,
                "prompt_tokens": _COUNT,
                "answer_tokens": _COUNT,
                "ms": _REAL,
                "result_digests": st.lists(st.tuples(_TEXT, _TEXT), max_size=3).map(tuple),
                **texts,
            }
        ),
    ).map(lambda both: Episode(source=both[0][0], outcome=both[0][1], **both[1]))  # type: ignore[arg-type]
