"""Kill real nights of a tiny model at random moments, two hundred times: `python bench/kills.py [KILLS] [SEED]`.

What has to be so after each kill is in `tests/helpers/killing.py`; what is not ends this with an assertion. It takes
half an hour on two cores that have time, so it is no part of `make bench`; a test does the same eight times.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from figures import Figure, keep, quiet
from helpers.killing import CHECKPOINT_STEPS, LIVES_ON_SECONDS, Killing
from helpers.lessons import REPO
from helpers.nights import slept_once


async def kill(scratch: Path, kills: int, seed: int) -> list[Figure]:
    """Nights until so many kills are done, each to its end."""
    os.environ["SLEEPY_HOME"] = str(scratch)
    killing = Killing(await slept_once(scratch), REPO, scratch, seed)
    expected, seconds = await killing.undisturbed()
    tally = killing.tally
    began = time.monotonic()
    while tally.kills < kills:
        await killing.night(kills - tally.kills, seconds, expected)
        print(json.dumps(tally.told()), flush=True)
    note = f"{tally.told()}; a night takes {seconds:.0f} s, all {time.monotonic() - began:.0f} s"
    return [
        Figure("kills_survived", tally.kills, "kills", None, note),
        Figure(
            "kills_steps_lost", tally.most_steps_lost, "steps", CHECKPOINT_STEPS, "since the last checkpoint, at most"
        ),
        Figure(
            "kills_outlived_by", round(tally.longest_outlived, 3), "s", LIVES_ON_SECONDS, "by what a victim had started"
        ),
    ]


def main() -> int:
    wanted = [int(word) for word in sys.argv[1:]]
    quiet()
    kills, seed = (*wanted, *(200, 1)[len(wanted) :])
    with tempfile.TemporaryDirectory(prefix="sleepy-kills-") as scratch:
        figures = asyncio.run(kill(Path(scratch), kills, seed))
    keep(figures)
    for figure in figures:
        print(figure.line)
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
