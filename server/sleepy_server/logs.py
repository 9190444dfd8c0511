"""Where the daemon's log goes: one JSON object a line, in a file that is rotated."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

from sleepy_core.paths import log_dir

if "structlog" not in sys.modules and "rich" not in sys.modules:
    # structlog loads rich for its coloured tracebacks wherever it is installed: 0.1 s, and our logs have none.
    sys.modules["rich"] = None  # type: ignore[assignment]  # "not to be found", says the import system
    import structlog

    del sys.modules["rich"]
else:
    import structlog


def log_file() -> Path:
    """The daemon's log."""
    return log_dir() / "daemon.log"


def open_log(level: str) -> None:
    """Log into the file: 2 MB, and three older ones."""
    log_dir().mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(log_file(), maxBytes=2_000_000, backupCount=3, encoding="utf-8")
    _configure(handler, level, structlog.processors.JSONRenderer())


def open_stderr_log(level: str) -> None:
    """Log to stderr, for people: stdout belongs to the language server protocol."""
    _configure(logging.StreamHandler(sys.stderr), level, structlog.dev.ConsoleRenderer(colors=False))


def _configure(handler: logging.Handler, level: str, renderer: structlog.typing.Processor) -> None:
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("pygls", "asyncio", "aiohttp", "git", "watchfiles", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
