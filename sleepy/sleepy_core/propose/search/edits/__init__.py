"""The edit kinds, by subject. `TABLE` is all of them."""

from __future__ import annotations

from sleepy_core.propose.search.edits import borrows, escapes, moves, mutability, unsafe_code, visibility
from sleepy_core.propose.search.kinds import Kind

TABLE: tuple[Kind, ...] = (
    *visibility.KINDS,
    *moves.KINDS,
    *borrows.KINDS,
    *escapes.KINDS,
    *mutability.KINDS,
    *unsafe_code.KINDS,
)
