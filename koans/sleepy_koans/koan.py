"""One task with a known answer, and how it is written as a line of JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal, get_args

Split = Literal["train", "validation", "frozen"]
CrateType = Literal["lib", "proc-macro"]
Files = Mapping[str, str]  # path below the crate's folder, always with src/lib.rs → text

SPLITS: tuple[Split, ...] = get_args(Split)
ROOT_FILE = "src/lib.rs"
NO_CODE = "no-code"  # rustc has errors without a code: those of the parser and of editions


class KoanError(Exception):
    """Something is wrong with a koan, a family or a deck: one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Koan:
    """A small crate with one deliberate fault, and a repair that is right."""

    id: str
    family: str
    split: Split
    template: str  # the name of the structure that it was made from; no frozen one is met in training
    edition: str
    files: Files  # broken
    solution: Files
    codes: tuple[str, ...]  # what the broken crate's errors are: E0382, a lint's name, or NO_CODE
    test: str | None = None  # statements; they hold for the solution, and not for compiling repairs that are wrong
    wrong: tuple[Files, ...] = ()  # repairs that compile and fail the test: the proof that it has teeth
    crate_type: CrateType = "lib"
    arch: str = ""  # the processor that it is about, as rustc calls it (x86_64); others have nothing to say on it
    # Measured facts, None while nobody has: does the compiler's suggestion, or a search over small edits, repair it?
    suggestion_repairs: bool | None = None
    search_repairs: bool | None = None

    @property
    def lints(self) -> tuple[str, ...]:
        """The lints that make this koan's fault an error."""
        return tuple(code for code in self.codes if code != NO_CODE and not re.fullmatch(r"E\d{4}", code))

    @property
    def checker(self) -> Literal["rustc", "clippy"]:
        """Who tells the fault."""
        return "clippy" if any(lint.startswith("clippy::") for lint in self.lints) else "rustc"

    def without_facts(self) -> Koan:
        """The task itself: what a frozen set's hash is taken of."""
        return replace(self, suggestion_repairs=None, search_repairs=None)

    def to_json(self) -> str:
        """One line, the same on every machine."""
        told = asdict(self)
        if not self.arch:
            del told["arch"]  # hashes of frozen tasks are older than it
        return json.dumps(told, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, line: str, where: str) -> Koan:
        """The koan of a line; `where` (a file and a line) is named by the `KoanError` for one that is none."""
        try:
            told: dict[str, Any] = json.loads(line)
            known = {field.name for field in fields(cls)}
            if not isinstance(told, dict) or not told.keys() <= known:
                raise ValueError(f"unknown properties: {sorted(set(told) - known)}")
            koan = cls(**{**told, "codes": tuple(told["codes"]), "wrong": tuple(told.get("wrong", ()))})
            for files in (koan.files, koan.solution, *koan.wrong):
                if ROOT_FILE not in files or not all(isinstance(text, str) for text in files.values()):
                    raise ValueError(f"a crate without {ROOT_FILE}")
            if koan.split not in SPLITS:
                raise ValueError(f"no such split: {koan.split}")
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise KoanError(f"{where} is no koan ({error}); write it anew with `sleepy koans generate`") from error
        return koan
