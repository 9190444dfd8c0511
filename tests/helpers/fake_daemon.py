"""`python -m helpers.fake_daemon run|lsp`: the real daemon and the real join, over a fake app."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

RUN = (sys.executable, "-m", "helpers.fake_daemon", "run")


@contextlib.asynccontextmanager
async def open_fake_app() -> AsyncIterator[object]:
    from helpers.fake_app import LIB, FakeApp, FakeProject
    from sleepy_core.errors import StoreError
    from sleepy_core.paths import log_dir

    # How often a daemon got as far as this is what the tests of racing starts count.
    with (log_dir() / "opened").open("a") as file:
        file.write(f"{os.getpid()}\n")
    if os.environ.get("FAKE_BROKEN"):
        raise StoreError("The database is of a newer version.")
    root = Path(os.environ.get("FAKE_PROJECT", "/nowhere"))
    yield FakeApp(FakeProject(root, {LIB: "fn main() {}\n"}))


def main() -> int:
    if sys.argv[1] == "run":
        from sleepy_server.daemon import run_daemon

        run_daemon(open_fake_app)  # type: ignore[arg-type]
        return 0
    from sleepy_server.join import join

    return join(RUN)


if __name__ == "__main__":
    sys.exit(main())
