"""The command line as a whole."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from sleepy_core.errors import SleepyError
from sleepy_server import cli
from sleepy_server.__main__ import run
from sleepy_server.cli import COMMANDS, Row, load

SLEEPY = [sys.executable, "-m", "sleepy_server"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLEEPY_HOME", str(tmp_path))


def sleepy(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*SLEEPY, *arguments], capture_output=True, text=True, env={**os.environ, **environment})


@pytest.mark.parametrize("row", COMMANDS, ids=lambda row: row.name)
def test_the_table_says_what_the_command_itself_says(row: Row) -> None:
    command = load(row)
    assert (command.name, command.help.split("\n\n")[0]) == (row.name, row.help)


def test_every_module_below_commands_has_a_row() -> None:
    folder = Path(cli.__file__).parent / "commands"
    modules = {path.stem for path in folder.glob("*.py")} - {
        "__init__",
        "exporting",
        "known",
        "printing",
        "progress",
        "subspaces",
    }
    assert modules == {row.where.split(":")[0].rpartition(".")[2] for row in COMMANDS}


def test_help_is_plain_names_every_command_and_imports_none() -> None:
    code = (
        "import sys; from sleepy_server.__main__ import run; run(['--help']);"
        "print([m for m in sys.modules if m.startswith('sleepy_server.commands.')"
        " or m in ('rich', 'pydantic', 'asyncio', 'aiosqlite', 'pygls')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert all(f"\n  {row.name} " in done.stdout for row in COMMANDS)


@pytest.mark.slow
def test_help_is_there_at_once() -> None:
    def seconds() -> float:
        start = time.perf_counter()
        sleepy("--help")
        return time.perf_counter() - start

    # About 0.15 s on a quiet machine; the bound leaves room for a busy one.
    assert min(seconds() for _ in range(5)) < 0.4


def test_the_version_is_told() -> None:
    done = sleepy("--version")
    assert (done.returncode, done.stdout) == (0, "sleepy-coder 0.1.0\n")


@pytest.mark.parametrize("arguments", [["episods"], ["episodes", "show"], ["settings", "--nonsense"], []])
def test_wrong_use_exits_2_and_says_what_is_right(arguments: list[str]) -> None:
    done = sleepy(*arguments)
    assert done.returncode == 2
    assert "Usage: sleepy" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_an_error_for_the_user_is_one_line_on_stderr() -> None:
    done = sleepy("settings", SLEEPY_ENGINE__SAMPLES="many")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("sleepy: the setting engine.samples is wrong")
    assert done.stderr.count("\n") == 1


def failing() -> None:
    """Fail in two lines."""
    raise SleepyError("first,\nthen second")


def interrupted() -> None:
    """Be interrupted."""
    raise KeyboardInterrupt


def unsure() -> None:
    """Say no."""
    raise typer.Exit(1)


@pytest.mark.parametrize(("name", "code"), [("failing", 2), ("interrupted", 130), ("unsure", 1)])
def test_exit_codes_tell_how_it_ended(
    name: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "fake_commands", sys.modules[__name__])
    rows = [Row(n, f"fake_commands:{n}", "") for n in ("failing", "interrupted", "unsure")]
    monkeypatch.setattr(cli, "COMMANDS", rows)
    assert run([name]) == code
    assert capsys.readouterr().err == ("sleepy: first, then second\n" if name == "failing" else "")


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a process")
def test_ctrl_c_exits_130_without_a_traceback() -> None:
    # Waits on standard input, in the middle of an import.
    with subprocess.Popen(
        [*SLEEPY, "episodes", "import", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as waiting:
        assert waiting.stdin is not None
        waiting.stdin.write("\n")
        waiting.stdin.flush()
        time.sleep(3.0)  # under load an import takes long
        waiting.send_signal(signal.SIGINT)
        time.sleep(0.2)
        _, err = waiting.communicate()
    assert (waiting.returncode, err) == (130, "")


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize("no_color", [False, True])
def test_colours_are_for_terminals_that_want_them(no_color: bool) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {
        "TERM": "xterm-256color",
        "COLUMNS": "160",
    }
    if no_color:
        environment["NO_COLOR"] = "1"
    assert ("\x1b[32m" in on_a_terminal("doctor", environment)) is not no_color
    assert "\x1b[" not in sleepy("doctor").stdout


def on_a_terminal(command: str, environment: dict[str, str]) -> str:
    import pty  # not on Windows

    ours, theirs = pty.openpty()
    with subprocess.Popen([*SLEEPY, command], stdout=theirs, stdin=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        seen = b""
        try:
            while chunk := os.read(ours, 4096):
                seen += chunk
        except OSError:  # Linux says so when the other side is closed
            pass
        os.close(ours)
    return seen.decode()


def test_the_shell_can_complete_commands_and_their_options() -> None:
    def complete(line: str) -> str:
        words = line.split(" ")
        return sleepy(_SLEEPY_COMPLETE="complete_bash", COMP_WORDS=line, COMP_CWORD=str(len(words) - 1)).stdout

    assert complete("sleepy ep").split() == ["episodes"]
    assert "--family" in complete("sleepy episodes list --f")
