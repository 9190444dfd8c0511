"""A small broken crate under git, and a home for a daemon of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.real_daemon import environment, git

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    root = tmp_path / "tiny"
    shutil.copytree(FIXTURES / "tiny", root)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "broken")
    return root


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    yield folder
    subprocess.run(
        [sys.executable, "-m", "sleepy_server", "daemon", "stop"],
        env=environment(folder),
        capture_output=True,
        timeout=30,
        check=False,
    )
