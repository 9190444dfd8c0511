"""The edit kinds, by subject. `TABLE` is all of them."""

from __future__ import annotations

from sleepy_core.propose.search.edits import (
    assignments,
    delimiters,
    duplicates,
    foreign,
    formats,
    forms,
    imports,
    literals,
    names,
    tokens,
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
    *literals.KINDS,
    *names.KINDS,
    *tokens.KINDS,
    *visibility.KINDS,
)
