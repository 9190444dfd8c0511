"""How long code actions take while somebody types fast."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from helpers.fake_app import LIB, FakeApp, FakeProject, Phase, diagnostic, offer
from helpers.memory_client import client_of
from sleepy_core.model import Edit
from sleepy_server.serve import keep_loaded

LINES = 2000


async def code_action_seconds(folder: Path, *, seconds: float, changes_per_second: float = 50) -> list[float]:
    """The time from each request to its answer, sorted; a file of 2000 lines, 40 errors with two fixes each."""
    text = "".join(f"    let value_{n} = compute({n}); // é 😀 some comment\n" for n in range(LINES))
    errors = [diagnostic("E0425", f"cannot find value `{n}`", (n * 50, 8, 15)) for n in range(40)]
    project = FakeProject(folder / "demo", {LIB: text})
    project.standing = [offer(e, text, [Edit(0, 1, str(k))], label=f"{e.message} {k}") for e in errors for k in (1, 2)]
    taken: list[float] = []
    keep_loaded()
    async with client_of(FakeApp(project)) as client:
        await client.initialize(project.root)
        uri = client.open(project.root / LIB, text)
        await client.until(lambda: project.buffers)
        project.publish(*errors)
        shown = await client.until(lambda: client.shown(uri))
        given = [d for d in shown if d["range"]["start"]["line"] == 100]
        end = time.monotonic() + seconds

        async def typing() -> None:
            version = 1
            while time.monotonic() < end:
                version += 2
                client.type(uri, version, ((1999, 4, 1999, 4), "x"))
                client.type(uri, version + 1, ((1999, 4, 1999, 5), ""))
                project.publish(*errors)  # a check that streams
                project.enter(Phase.CHECKING, errors=version)
                await asyncio.sleep(2 / changes_per_second)

        typist = asyncio.create_task(typing())
        while time.monotonic() < end:
            began = time.perf_counter()
            actions = await client.actions(uri, (100, 8, 100, 15), given)
            taken.append(time.perf_counter() - began)
            assert actions
            await asyncio.sleep(0.002)
        await typist
    return sorted(taken)


def percentile(values: list[float], share: float) -> float:
    """The value that this share of sorted values does not exceed."""
    return values[min(len(values) - 1, int(len(values) * share))]
