"""Patches from two versions of some texts, for tests."""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from sleepy_core.model import Edit, FilePatch, Patch, RelPath
from sleepy_core.text import digest


def patch_between(before: Mapping[RelPath, str], after: Mapping[RelPath, str]) -> Patch:
    """The patch that leads from some texts to others of the same names, in whole changed lines."""
    parts = []
    for file, new in sorted(after.items()):
        old = before[file]
        if old == new:
            continue
        olds, news = old.splitlines(keepends=True), new.splitlines(keepends=True)
        starts = [0]
        for line in olds:
            starts.append(starts[-1] + len(line))
        matcher = difflib.SequenceMatcher(None, olds, news, autojunk=False)
        edits = tuple(
            Edit(starts[i1], starts[i2], "".join(news[j1:j2]))
            for tag, i1, i2, j1, j2 in matcher.get_opcodes()
            if tag != "equal"
        )
        parts.append(FilePatch(file, digest(old), edits))
    return Patch(tuple(parts))
