"""Where Sleepy Coder keeps its files. Light to import: `sleepy lsp` needs it before anything else.

`SLEEPY_HOME` puts configuration, data, cache, log and socket below one folder.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import platformdirs

APP = "sleepy-coder"


def config_dir() -> Path:
    """Where `config.toml` lies."""
    return _folder("config", platformdirs.user_config_dir)


def data_dir() -> Path:
    """Where the database and the coefficients lie."""
    return _folder("data", platformdirs.user_data_dir)


def cache_dir() -> Path:
    """Where shadows lie; all of it can be deleted."""
    return _folder("cache", platformdirs.user_cache_dir)


def log_dir() -> Path:
    """Where logs lie."""
    return _folder("log", platformdirs.user_log_dir)


def runtime_dir() -> Path:
    """Where the socket lies: short, private to the user."""
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR it is a folder below /tmp. Whoever uses it sees to it that it is private.
        warnings.simplefilter("ignore")
        return _folder("run", platformdirs.user_runtime_dir)


def _folder(name: str, usual: Callable[..., str]) -> Path:
    home = os.environ.get("SLEEPY_HOME")
    return Path(home) / name if home else Path(usual(APP, appauthor=False))
