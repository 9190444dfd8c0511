"""The frozen tasks: one file a family, whose first line has the hash of the rest, so that figures stay comparable."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from sleepy_koans.koan import Koan, KoanError

FOLDER = Path(__file__).parent / "frozen"


def digest(koans: Iterable[Koan]) -> str:
    """The hash of tasks, whatever was measured about them: what a figure says it was measured on."""
    made = hashlib.sha256()
    for koan in koans:
        made.update(koan.without_facts().to_json().encode())
    return made.hexdigest()


def write_frozen(koans: Sequence[Koan], folder: Path = FOLDER) -> Path:
    """Freeze one family's tasks, or write what was measured about them; the file."""
    path = folder / f"{koans[0].family}.jsonl"
    head = json.dumps({"family": koans[0].family, "sha256": digest(koans)})
    path.write_text("\n".join([head, *(koan.to_json() for koan in koans)]) + "\n", encoding="utf-8", newline="\n")
    return path


def read_frozen(family: str, folder: Path = FOLDER) -> tuple[Koan, ...]:
    """The family's frozen tasks. Raises `KoanError` where the file is missing, broken, or not what was frozen."""
    path = folder / f"{family}.jsonl"
    try:
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        told = json.loads(head)["sha256"]
    except FileNotFoundError as error:
        raise KoanError(f"{family} has no frozen tasks yet: run `sleepy koans generate --freeze {family}`") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KoanError(f"{path} is no file of frozen tasks: {error}") from error
    koans = tuple(Koan.from_json(line, f"{path}, line {n}") for n, line in enumerate(lines, 2))
    if digest(koans) != told:
        raise KoanError(
            f"{path} was changed after it was frozen, so no figure measured on it could be compared;"
            f" restore it, or freeze it anew on purpose with `sleepy koans generate --freeze {family}`"
        )
    return koans


def frozen_families(folder: Path = FOLDER) -> tuple[str, ...]:
    """Which families have frozen tasks."""
    return tuple(sorted(path.stem for path in folder.glob("*.jsonl")))
