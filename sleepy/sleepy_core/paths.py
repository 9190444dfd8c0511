"""Where Sleepy Coder keeps its files. Light to import: `sleepy lsp` needs it before anything else.

`SLEEPY_HOME` puts configuration, data, cache, log and socket below one folder.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import platformdirs

APP = "sleepy-coder"


def config_dir() -> Path:
    """Where `config.toml` lies."""
    home = os.environ.get("SLEEPY_HOME")
    return Path(home) / "config" if home else Path(platformdirs.user_config_dir(APP, appauthor=False))


def data_dir() -> Path:
    """Where the database and the coefficients lie."""
    home = os.environ.get("SLEEPY_HOME")
    return Path(home) / "data" if home else Path(platformdirs.user_data_dir(APP, appauthor=False))


def cache_dir() -> Path:
    """Where shadows lie; all of it can be deleted."""
    home = os.environ.get("SLEEPY_HOME")
    return Path(home) / "cache" if home else Path(platformdirs.user_cache_dir(APP, appauthor=False))


def log_dir() -> Path:
    """Where logs lie."""
    home = os.environ.get("SLEEPY_HOME")
    return Path(home) / "log" if home else Path(platformdirs.user_log_dir(APP, appauthor=False))


def runtime_dir() -> Path:
    """Where the socket lies: short, private to the user."""
    home = os.environ.get("SLEEPY_HOME")
    if home:
        return Path(home) / "run"
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR it is a folder below /tmp. Whoever uses it sees to it that it is private.
        warnings.simplefilter("ignore")
        return Path(platformdirs.user_runtime_dir(APP, appauthor=False))
