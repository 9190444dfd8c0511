"""The edit kinds, by subject. `TABLE` is all of them."""

from __future__ import annotations

from sleepy_core.propose.search.edits import (
    assignments,
    bounds,
    conversions,
    declared_types,
    delimiters,
    derives,
    duplicates,
    foreign,
    formats,
    forms,
    implementing,
    imports,
    literals,
    mutability,
    names,
    operators,
    receivers,
    returns,
    tokens,
    traits,
    unsafe_code,
    visibility,
)
from sleepy_core.propose.search.kinds import Kind

TABLE: tuple[Kind, ...] = (
    *assignments.KINDS,
    *delimiters.KINDS,
    *duplicates.KINDS,
    *foreign.KINDS,
    *formats.KINDS,
    *forms.KINDS,
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
    *literals.KINDS,
    *names.KINDS,
    *tokens.KINDS,
    *visibility.KINDS,
)
