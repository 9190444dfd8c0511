"""The user's database, and the repositories that it knows, for commands that ask about them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from sleepy_core.errors import StoreError

if TYPE_CHECKING:
    from sleepy_core.store.database import Database
    from sleepy_core.store.repos import KnownRepo


@contextlib.asynccontextmanager
async def open_database() -> AsyncIterator[Database]:
    """The user's database, opened."""
    from sleepy_core.store.database import Database, database_path

    async with Database.open(database_path()) as database:
        yield database


def resolve(known: tuple[KnownRepo, ...], wanted: str) -> KnownRepo:
    """The repository of that id, else of that folder, else of that name."""
    folder = Path(wanted).absolute()
    for fits in (
        [r for r in known if r.id == wanted],
        [r for r in known if r.path == folder],
        [r for r in known if r.name == wanted],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            raise StoreError(
                f"several repositories are {wanted!r}; name one by its id: {', '.join(r.id for r in fits)}"
            )
    names = ", ".join(sorted({r.name or r.id for r in known})) or "none yet"
    raise StoreError(f"no repository {wanted!r} is known; there are: {names}")
