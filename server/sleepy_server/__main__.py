"""`sleepy`, and `python -m sleepy_server`."""

from __future__ import annotations

import sys


def main() -> int:
    """Run one command of the command line; the exit code."""
    from sleepy_server.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
