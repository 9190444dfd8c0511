"""What a sleep is told when it is started. Light: who gives the order need not load what the sleep needs."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sleepy_core.errors import SleepyError

COMMAND = (sys.executable, "-m", "sleepy_core.night.sleeper")


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted of a sleep."""

    repo: str | None = None  # its id; None: the one whose turn it is
    now: bool = False  # however little there is to learn
    tasks: str = "frozen"  # what must not be lost, as in `sleepy eval --set`
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # groups, in place of the user's

    def to_line(self) -> str:
        """The order as one line."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Order:
        """Read an order. Raises `SleepyError` where it is none."""
        try:
            return cls(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise SleepyError(f"this is no order for a sleep: {error}") from error
