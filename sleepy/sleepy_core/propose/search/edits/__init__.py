"""The edit kinds, by subject. `TABLE` is all of them."""

from __future__ import annotations

from sleepy_core.propose.search.edits import (
    associated,
    bounds,
    control,
    derives,
    fields,
    generics,
    implementing,
    items,
    lints,
    matches,
    patterns,
    traits,
    visibility,
)
from sleepy_core.propose.search.kinds import Kind

TABLE: tuple[Kind, ...] = (
    *visibility.KINDS,
    *traits.KINDS,
    *implementing.KINDS,
    *derives.KINDS,
    *bounds.KINDS,
    *fields.KINDS,
    *patterns.KINDS,
    *matches.KINDS,
    *generics.KINDS,
    *associated.KINDS,
    *items.KINDS,
    *control.KINDS,
    *lints.KINDS,
)
