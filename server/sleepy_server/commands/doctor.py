"""`sleepy doctor`: is everything there, and what to do where it is not."""

from __future__ import annotations

import asyncio
import enum
import json
import os
import shutil
import sys
from collections.abc import Awaitable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sleepy_core.errors import SleepyError
from sleepy_core.paths import cache_dir, config_dir, data_dir, log_dir, runtime_dir

if TYPE_CHECKING:
    from sleepy_core.settings import EngineSettings, Settings

_TOOL_SECONDS = 10
_GIB = 1 << 30
_LITTLE_SPACE = 10 * _GIB  # target folders grow fast
_NO_SPACE = _GIB


class Status(enum.StrEnum):
    """How a thing is."""

    OK = "ok"
    WARN = "warn"  # it works, but not all of it
    FAIL = "fail"  # it cannot work


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report; `advice` says what to do, unless all is well."""

    name: str
    status: Status
    found: str
    advice: str = ""


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check what Sleepy Coder needs, and say what to do."""
    findings = asyncio.run(examine())
    if as_json:
        typer.echo(json.dumps([asdict(f) for f in findings]))
    else:
        _print(findings)
    raise typer.Exit(2 if any(f.status is Status.FAIL for f in findings) else 0)


async def examine() -> list[Finding]:
    """Everything at once, in the order of the report. Never raises for what it finds."""
    configuration, settings = await asyncio.to_thread(check_configuration)
    checks: list[Awaitable[Finding]] = [
        _tool("cargo", settings.check.cargo, Status.FAIL, "Install Rust from https://rustup.rs."),
        _tool("rustc", "rustc", Status.FAIL, "Install Rust from https://rustup.rs."),
        _tool("git", "git", Status.WARN, "Install git; without it a moved repository is not recognised."),
        _model(settings.engine),
        asyncio.to_thread(check_sandbox, settings.shadow.sandbox),
        asyncio.to_thread(check_space, cache_dir()),
        *(
            asyncio.to_thread(check_folder, name, folder)
            for name, folder in (
                ("data", data_dir()),
                ("cache", cache_dir()),
                ("runtime", runtime_dir()),
                ("log", log_dir()),
            )
        ),
        _database(),
        asyncio.to_thread(check_daemon),
    ]
    python = Finding("python", Status.OK, f"{sys.version.split()[0]} ({sys.executable})")
    return [python, configuration, *await asyncio.gather(*checks)]


def check_configuration() -> tuple[Finding, Settings]:
    """Is `config.toml` valid? Also the settings to go on with: the defaults where it is not."""
    from pydantic_settings import TomlConfigSettingsSource

    from sleepy_core.settings import Settings, load_settings

    path = config_dir() / "config.toml"
    try:
        settings = load_settings()
    except SleepyError as error:
        broken = Finding("settings", Status.FAIL, str(error), f"Correct it; `sleepy settings` lists all. File: {path}")
        return broken, Settings.model_construct()
    if not path.exists():
        return Finding("settings", Status.OK, f"defaults ({path} is not there)"), settings
    if unknown := set(TomlConfigSettingsSource(Settings, toml_file=path)()) - set(Settings.model_fields):
        names = ", ".join(sorted(unknown))
        return Finding("settings", Status.WARN, f"{path} has unknown sections: {names}", "Remove them."), settings
    return Finding("settings", Status.OK, str(path)), settings


def check_sandbox(setting: str) -> Finding:
    """Is patched code compiled where it can do no harm?"""
    from sleepy_core.repo.sandbox import Sandbox, describe

    if setting == "off":
        return Finding("sandbox", Status.WARN, "off", "Set shadow.sandbox to auto to compile patches in a sandbox.")
    try:
        sandbox = Sandbox.detect("required" if setting == "required" else "auto")
    except SleepyError as error:
        return Finding("sandbox", Status.FAIL, str(error), "Install bubblewrap, or set shadow.sandbox to auto.")
    if sandbox is None:
        advice = "Install bubblewrap (Linux): patched code is then compiled without network and write access."
        return Finding("sandbox", Status.WARN, describe(), advice)
    return Finding("sandbox", Status.OK, describe())


def check_space(folder: Path) -> Finding:
    """Is there room for target folders?"""
    there = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(there).free
    found = f"{free / _GIB:.1f} GiB free for {folder}"
    if free < _NO_SPACE:
        return Finding("disk", Status.FAIL, found, "Free some space; everything in that folder may be deleted.")
    if free < _LITTLE_SPACE:
        return Finding("disk", Status.WARN, found, "Large projects need more; lower shadow.max_gigabytes to be safe.")
    return Finding("disk", Status.OK, found)


def check_folder(name: str, folder: Path) -> Finding:
    """Can we write there, or make it, and nobody else?"""
    title = f"{name} folder"
    there = next(p for p in (folder, *folder.parents) if p.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Finding(title, Status.FAIL, f"{folder}: {there} cannot be written", f"Give yourself access to {there}.")
    if there != folder:
        return Finding(title, Status.OK, f"{folder} (made when needed)")
    # Windows folders below the user's profile are private by inheritance (untried).
    if name in ("data", "runtime") and sys.platform != "win32" and folder.stat().st_mode & 0o077:
        return Finding(title, Status.WARN, f"{folder} is open to other users", f"Run: chmod 700 {folder}")
    return Finding(title, Status.OK, str(folder))


def check_daemon() -> Finding:
    """Does it run, and is it of this version?"""
    from sleepy_server.ipc import NotRunning, control

    try:
        told = control("status")
    except NotRunning:
        return Finding("daemon", Status.OK, "not running; an editor starts it")
    except (SleepyError, OSError) as error:
        return Finding("daemon", Status.WARN, str(error), "Run: sleepy daemon restart")
    return Finding("daemon", Status.OK, f"running, process {told.get('pid')}, {told.get('sessions')} editor(s)")


async def _tool(name: str, command: str, missing: Status, advice: str) -> Finding:
    try:
        process = await asyncio.create_subprocess_exec(
            command,
            "--version",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return Finding(name, missing, f"{command} cannot be run: {error.strerror}", advice)
    try:
        out, err = await asyncio.wait_for(process.communicate(), _TOOL_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return Finding(name, missing, f"{command} --version does not answer", advice)
    said = (out if process.returncode == 0 else err or out).decode(errors="replace").strip()
    first = said.splitlines()[0] if said else f"{command} --version says nothing"
    return Finding(name, Status.OK, first) if process.returncode == 0 else Finding(name, missing, first, advice)


async def _model(settings: EngineSettings) -> Finding:
    from sleepy_core.engines.choose import choose_engine

    if settings.name == "none":
        return Finding("model", Status.OK, "none, by your settings")
    try:
        engine, why = await choose_engine(settings)
    except SleepyError as error:
        engine, why = None, str(error)
    if engine is None:
        # Compiler suggestions and recall work without a model.
        advice = "Fixes come from the compiler and from earlier ones until then."
        return Finding("model", Status.WARN, why, advice)
    try:
        health = await engine.health()
    finally:
        await engine.aclose()
    name = f"{engine.model} on {engine.name}"
    if not health.ok:
        return Finding("model", Status.WARN, name, health.problem)
    return Finding("model", Status.OK, f"{name} {health.version}".rstrip())


async def _database() -> Finding:
    from sleepy_core.store.database import Database, database_path

    path = database_path()
    if not await asyncio.to_thread(path.exists):
        return Finding("database", Status.OK, f"{path} (made when needed)")
    try:
        async with Database.open(path) as database:
            count = sum(repo.episodes for repo in await database.repos())
    except SleepyError as error:
        return Finding(
            "database", Status.FAIL, str(error), "See above; `sleepy episodes export` saves what can be read."
        )
    return Finding("database", Status.OK, f"{path}, {count} episodes")


def _print(findings: Iterable[Finding]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    styles = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red"}
    for f in findings:
        console.print(Text.assemble((f"{f.status.value:<4}", styles[f.status]), f"  {f.name:<14}  {f.found}"))
        if f.advice:
            console.print(Text(f"{'':<6}{'':<14}  -> {f.advice}"))
