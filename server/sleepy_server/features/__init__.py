"""One file per language server feature, and the one table of them."""

from __future__ import annotations

from sleepy_server.features import (
    code_actions,
    commands,
    diagnostics,
    documents,
    hover,
    lifecycle,
    news,
    status,
    views,
)
from sleepy_server.session import Session

# In this order: what listens to projects first, so that it misses nothing.
FEATURES = (
    status.register,
    diagnostics.register,
    news.register,
    lifecycle.register,
    documents.register,
    code_actions.register,
    commands.register,
    hover.register,
    views.register,
)


def register_all(session: Session) -> None:
    """Give a session everything that it can do."""
    for register in FEATURES:
        register(session)
