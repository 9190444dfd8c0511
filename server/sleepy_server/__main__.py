"""`sleepy`, and `python -m sleepy_server`: from arguments to an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from sleepy_core.errors import SleepyError


def main() -> int:
    """Run one command of the command line; the exit code."""
    return run(sys.argv[1:])


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code. What went wrong is one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        # An arrow that the terminal cannot show must not end the program.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        return _run(list(arguments))
    except SleepyError as error:
        print(f"sleepy: {' '.join(str(error).split())}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        return 130
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else 1


def _run(arguments: list[str]) -> int:
    # What somebody waits for to be there goes without typer: that takes longer to import than these to start. The
    # command line has the same commands, for their help and for wrong arguments.
    match arguments:
        case ["lsp"] | ["lsp", "--stdio"]:
            from sleepy_server.join import join

            return join()
        case ["daemon", "run"]:
            from sleepy_server.daemon import be_daemon

            return be_daemon()
        case ["daemon", "start"]:
            from sleepy_server.join import ensure_daemon

            print(ensure_daemon())  # noqa: T201
            return 0
    from sleepy_server.cli import app

    app(arguments, prog_name="sleepy")
    return 0


if __name__ == "__main__":
    sys.exit(main())
