"""The edit kinds, by subject. `TABLE` is all of them."""

from __future__ import annotations

from sleepy_core.propose.search.edits import (
    borrows,
    editions,
    escapes,
    lending,
    lifetimes,
    moves,
    mutability,
    outlives,
    unsafe_code,
    visibility,
)
from sleepy_core.propose.search.kinds import Kind

TABLE: tuple[Kind, ...] = (
    *visibility.KINDS,
    *lending.KINDS,
    *moves.KINDS,
    *borrows.KINDS,
    *editions.KINDS,
    *escapes.KINDS,
    *lifetimes.KINDS,
    *outlives.KINDS,
    *mutability.KINDS,
    *unsafe_code.KINDS,
)
