"""What does the compiler say about a crate, and does its test pass? Fast: no cargo, all cores, nothing asked twice."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from sleepy_koans.koan import NO_CODE, ROOT_FILE, CrateType, Files, Koan, KoanError
from sleepy_koans.rustc import COMPILING, RUNNING, Toolchain, run

T = TypeVar("T")
R = TypeVar("R")

Outcome = Literal["passed", "failed", "timeout", "does not compile"]

_TALLY = re.compile(r"aborting due to|\d+ warnings? emitted|For more information about")
# Where a long type was written to: another name each time, in a folder that is gone. The same crate, the same words.
_LONG_TYPE = re.compile(r"'[^'\n]*long-type-\d+\.txt'")
_TEST_MODULE = """
#[cfg(test)]
#[allow(unused_imports)]
mod koan_test {
    use super::*;
    #[test]
    fn behaves() {
STATEMENTS
    }
}
"""
_PASSED = "test koan_test::behaves ... ok"


@dataclass(frozen=True, slots=True)
class Crate:
    """What is compiled, and how."""

    files: Files
    edition: str = "2024"
    crate_type: CrateType = "lib"
    lints: tuple[str, ...] = ()  # denied
    clippy: bool = False  # by clippy-driver, with the lints that it warns of by default

    @classmethod
    def of(cls, koan: Koan, files: Files) -> Crate:
        """The koan's crate with these files: its broken ones, its solution, or an answer."""
        return cls(files, koan.edition, koan.crate_type, koan.lints, koan.checker == "clippy")


@dataclass(frozen=True, slots=True)
class Message:
    """One error or warning of the compiler."""

    level: str
    code: str  # E0382, a lint's name, or NO_CODE
    text: str
    rendered: str
    raw: dict[str, Any]  # as rustc tells it: spans, children with suggestions


@dataclass(frozen=True, slots=True)
class Checked:
    """What the compiler says."""

    messages: tuple[Message, ...]
    crashed: str = ""  # the compiler's last words where it came to no end

    @property
    def errors(self) -> tuple[Message, ...]:
        """What keeps it from compiling."""
        return tuple(m for m in self.messages if m.level.startswith("error"))

    @property
    def ok(self) -> bool:
        """It compiles."""
        return not self.errors and not self.crashed


@dataclass(frozen=True, slots=True)
class Tested:
    """How the behaviour test went, and what it said."""

    outcome: Outcome
    output: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """An answer to a koan: does it compile, and does it behave? `tested` is None where it was not to be run."""

    checked: Checked
    tested: Tested | None

    @property
    def solved(self) -> bool:
        """It compiles, and the test, where the koan has one, passes."""
        return self.checked.ok and (self.tested is None or self.tested.outcome == "passed")


class Checker:
    """Asks the compiler, or its memory. To be used from several threads at once; `close` it at the end."""

    def __init__(self, cache: Path | None = None, workers: int | None = None) -> None:
        """`cache` is a SQLite file for answers, made where it is missing; without one nothing is kept."""
        self.toolchain = Toolchain.find()
        self.workers = workers or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._cache = _open(cache) if cache is not None else None

    def __enter__(self) -> Checker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the cache."""
        if self._cache is not None:
            self._cache.close()
            self._cache = None

    def skips(self, koan: Koan) -> str:
        """Why nobody can say anything about this koan here, or nothing where that is possible."""
        if koan.arch in ("", self.toolchain.arch):
            return ""
        return f"it needs {koan.arch}, and rustc compiles for {self.toolchain.arch} here"

    def check(self, crate: Crate) -> Checked:
        """What the compiler says about the crate; it is not built."""
        told = self._remembered("check", crate, None, lambda: asdict(self._check(crate)))
        return Checked(tuple(Message(**m) for m in told["messages"]), told["crashed"])

    def test(self, crate: Crate, test: str) -> Tested:
        """Build the crate with the test and run it: without network, within `RUNNING`."""
        return Tested(**self._remembered("test", crate, test, lambda: asdict(self._test(crate, test))))

    def judge(self, koan: Koan, files: Files) -> Judgement:
        """Whether these files solve the koan. What does not compile is not tested."""
        crate = Crate.of(koan, files)
        checked = self.check(crate)
        return Judgement(checked, self.test(crate, koan.test) if checked.ok and koan.test is not None else None)

    def each(self, ask: Callable[[T], R], of: Iterable[T]) -> Iterator[R]:
        """The answers in order, worked out on all cores; stops working when it is no longer listened to."""
        pool = ThreadPoolExecutor(self.workers, thread_name_prefix="koans")
        try:
            yield from pool.map(ask, of)
        finally:
            pool.shutdown(cancel_futures=True)

    def _check(self, crate: Crate) -> Checked:
        driver = self.toolchain.clippy if crate.clippy else self.toolchain.rustc
        if driver is None:
            raise KoanError("clippy is missing: run `rustup component add clippy`")
        with tempfile.TemporaryDirectory(prefix="koan-", ignore_cleanup_errors=True) as folder:
            place = _laid_out(crate.files, Path(folder))
            denied = [part for lint in crate.lints for part in ("-D", lint)]
            argv = [driver, *_arguments(crate), "--emit=metadata", "--error-format=json", *denied]
            ran = run([*argv, "-o", str(place / "koan.rmeta")], place, COMPILING)
        messages = tuple(_messages(_LONG_TYPE.sub("'koan.long-type.txt'", ran.output).splitlines()))
        failed = ran.code != 0 and not any(m.level.startswith("error") for m in messages)
        return Checked(messages, f"the compiler ended with {ran.code}: {ran.output[-1000:]}" if failed else "")

    def _test(self, crate: Crate, test: str) -> Tested:
        module = _TEST_MODULE.replace("STATEMENTS", test)
        files = {**crate.files, ROOT_FILE: crate.files[ROOT_FILE] + module}
        with tempfile.TemporaryDirectory(prefix="koan-", ignore_cleanup_errors=True) as folder:
            place = _laid_out(files, Path(folder))
            program = place / "behaves"
            argv = [
                self.toolchain.rustc,
                *_arguments(crate),
                "--test",
                "-Cdebuginfo=0",
                "-Awarnings",
                "-o",
                str(program),
            ]
            built = run(argv, place, COMPILING)
            if built.code != 0:
                return Tested("does not compile", built.output[:4000])
            ran = run([str(program)], place, RUNNING, boxed=True)
        if ran.code is None:
            return Tested("timeout", ran.output[:4000])
        # A program that ends by itself with 0 before the test is through has not passed it.
        return Tested("passed" if ran.code == 0 and _PASSED in ran.output else "failed", ran.output[:4000])

    def _remembered(
        self, what: str, crate: Crate, test: str | None, ask: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        if self._cache is None:
            return ask()
        told = json.dumps([what, self.toolchain.version, asdict(crate), test], sort_keys=True)
        key = hashlib.sha256(told.encode()).hexdigest()
        with self._lock:
            row = self._cache.execute("SELECT answer FROM answers WHERE key = ?", (key,)).fetchone()
        if row is not None:
            found: dict[str, Any] = json.loads(row[0])
            return found
        answer = ask()
        # A compiler or a program that was stopped may come further next time.
        if not answer.get("crashed") and answer.get("outcome") != "timeout":
            with self._lock, self._cache:
                self._cache.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, json.dumps(answer)))
        return answer


def _arguments(crate: Crate) -> list[str]:
    return [ROOT_FILE, "--crate-name", "koan", "--crate-type", crate.crate_type, "--edition", crate.edition]


def _laid_out(files: Files, folder: Path) -> Path:
    for path, text in files.items():
        target = folder / path
        if not target.resolve().is_relative_to(folder.resolve()):
            raise KoanError(f"a koan's file lies outside of its crate: {path}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="\n")
    return folder


def _messages(lines: Sequence[str]) -> Iterator[Message]:
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            continue  # a compiler that crashes also says other things
        if not isinstance(told, dict) or _TALLY.match(told.get("message", "")):
            continue
        if told.get("level", "").startswith(("error", "warning")):
            code = (told.get("code") or {}).get("code") or NO_CODE
            yield Message(told["level"], code, told["message"], told.get("rendered") or "", told)


def _open(path: Path) -> sqlite3.Connection:
    """The cache; one that is broken is begun anew."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for last in (False, True):
        cache = sqlite3.connect(path, timeout=30, check_same_thread=False)
        try:
            cache.execute("PRAGMA journal_mode = WAL")
            cache.execute("PRAGMA synchronous = NORMAL")
            cache.execute("CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL)")
        except sqlite3.DatabaseError:
            cache.close()
            if last:
                raise
            path.unlink()
        else:
            return cache
    raise AssertionError("unreachable")
