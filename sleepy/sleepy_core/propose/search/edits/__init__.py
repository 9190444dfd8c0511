"""The edit kinds, by subject. `TABLE` is all of them."""

from __future__ import annotations

from sleepy_core.propose.search.edits import (
    arguments,
    contexts,
    conversions,
    declared_types,
    inference,
    iteration,
    operators,
    parameters,
    propagation,
    receivers,
    returns,
    visibility,
)
from sleepy_core.propose.search.kinds import Kind

TABLE: tuple[Kind, ...] = (
    *visibility.KINDS,
    *conversions.KINDS,
    *declared_types.KINDS,
    *returns.KINDS,
    *operators.KINDS,
    *receivers.KINDS,
    *propagation.KINDS,
    *contexts.KINDS,
    *inference.KINDS,
    *iteration.KINDS,
    *arguments.KINDS,
    *parameters.KINDS,
)
