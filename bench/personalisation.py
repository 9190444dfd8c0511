"""Two repositories with opposite house styles, on the embedded model: `bench/personalisation.py [--below FOLDER]`.

Both have the same errors (`tests/helpers/house_styles.py`) and repair them in opposite ways. Each sleeps once, by the
real process with the real gate (two frozen tasks instead of 245); then the errors that were held out of both are asked
of both sets and of what answered before. `--below` is the folder of a general LoRA. A line of JSON for each.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from figures import quiet
from helpers.house_styles import STYLES
from helpers.nights import Home, write_tasks
from helpers.personal import preferences, sleep_both
from sleepy_core.engines.digest import model_digest
from sleepy_core.engines.embedded import find_model
from sleepy_core.paths import cache_dir
from sleepy_core.settings import EngineSettings
from sleepy_core.store import shelf
from sleepy_core.store.coefficients import CoefficientSet

GENERAL = "general-1"


async def experiment(scratch: Path, below: Path | None, steps: int) -> None:
    """Fill, sleep twice, ask."""
    model = find_model(EngineSettings())
    assert model is not None, "make setup installs a small model"
    models = cache_dir() / "models"
    models.mkdir(parents=True, exist_ok=True)
    os.environ["SLEEPY_HOME"] = str(scratch / "home")
    (scratch / "home" / "cache").mkdir(parents=True)
    (scratch / "home" / "cache" / "models").symlink_to(models)  # to unpack the model takes half a minute
    home = Home(scratch / "home", model, write_tasks(scratch / "tasks.jsonl"), steps)
    if below is not None:
        shelf.put(below, GENERAL)
        async with home.database() as database:
            await database.add_coefficients(CoefficientSet(GENERAL, model_digest(model), "", 1.0), "given")
            await database.promote(GENERAL, "given")
    began = time.monotonic()
    sets = await sleep_both(home, lambda event: print(json.dumps(event), flush=True))
    print(json.dumps({"seconds_of_both_nights": round(time.monotonic() - began)}), flush=True)
    for name, told in (await preferences(home, sets)).items():
        for style in STYLES:
            figures = {
                "preferred": told.preferred(style), "written": told.written(style), "of": len(told.asked),
                "margin_nats": round(told.margin(style), 2),
            }  # fmt: skip
            print(json.dumps({"set": name, "style": style} | figures), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--below", type=Path, help="folder of a general LoRA to sleep above")
    parser.add_argument("--steps", type=int, default=50)
    given = parser.parse_args()
    quiet()
    with tempfile.TemporaryDirectory(prefix="sleepy-styles-") as scratch:
        asyncio.run(experiment(Path(scratch), given.below, given.steps))
    return 0


if __name__ == "__main__":
    sys.exit(main())
