"""The edit kinds, by subject. `TABLE` is all of them."""

from __future__ import annotations

from sleepy_core.propose.search.edits import (
    bounds,
    conversions,
    declared_types,
    derives,
    duplicates,
    forms,
    implementing,
    imports,
    mutability,
    names,
    operators,
    receivers,
    returns,
    traits,
    unsafe_code,
    visibility,
)
from sleepy_core.propose.search.kinds import Kind

TABLE: tuple[Kind, ...] = (
    *visibility.KINDS,
    *names.KINDS,
    *forms.KINDS,
    *duplicates.KINDS,
    *imports.KINDS,
    *conversions.KINDS,
    *declared_types.KINDS,
    *returns.KINDS,
    *operators.KINDS,
    *receivers.KINDS,
    *mutability.KINDS,
    *unsafe_code.KINDS,
    *traits.KINDS,
    *implementing.KINDS,
    *derives.KINDS,
    *bounds.KINDS,
)
