"""All mutations, and where one file can have them."""

from __future__ import annotations

from faults import items, names, tokens, values
from faults.shapes import Fault, Mutation
from sleepy_core.errors import PatchError
from sleepy_core.propose.search.syntax import Tree
from sleepy_core.text import apply_edits

MUTATIONS: dict[str, Mutation] = {
    mutation.__name__: mutation
    for mutation in (*names.MUTATIONS, *values.MUTATIONS, *items.MUTATIONS, *tokens.MUTATIONS)
}


def faults(mutation: Mutation, tree: Tree) -> list[Fault]:
    """All faults of one kind in a file that change its text, each once, in the order of the file."""
    return list(dict.fromkeys(fault for fault in mutation(tree) if _changes(tree.text, fault)))


def _changes(text: str, fault: Fault) -> bool:
    try:
        return apply_edits(text, fault) != text
    except PatchError:  # a node that is missing from a tree with holes has no extent
        return False
