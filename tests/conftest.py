"""What all tests share."""

import re
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says more about what else the machine does than about the code; `make bench` measures that.
settings.register_profile("sleepy", deadline=None)
settings.load_profile("sleepy")

_TRAINS = re.compile(r"^pytestmark = .*\bpytest\.mark\.train\b", re.M)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Modules of trainings alone are not even imported where none are wanted: torch takes seconds, or is not there."""
    if "not train" not in str(config.option.markexpr) or collection_path.suffix != ".py":
        return None
    return True if _TRAINS.search(collection_path.read_text(encoding="utf-8")) else None
