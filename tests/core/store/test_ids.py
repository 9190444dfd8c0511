import uuid

from hypothesis import given
from hypothesis import strategies as st

from sleepy_core.store.ids import id_at, new_id

TIMES = st.integers(0, 2**47 * 1_000_000)


def test_an_id_is_a_uuid_of_version_7() -> None:
    made = uuid.UUID(new_id())
    assert made.version == 7
    assert made.variant == uuid.RFC_4122


@given(TIMES, st.integers(245, 10**15))
def test_what_is_made_later_sorts_later(time: int, later_by: int) -> None:
    assert id_at(time) < id_at(time + later_by)


@given(TIMES)
def test_the_first_48_bits_are_milliseconds(time: int) -> None:
    assert uuid.UUID(id_at(time)).int >> 80 == time // 1_000_000


def test_two_made_at_the_same_moment_differ() -> None:
    assert len({id_at(0) for _ in range(1000)}) == 1000
