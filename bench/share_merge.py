"""How long it takes, and how much memory, to merge many adapters of a small model: `python bench/share_merge.py`.

Made-up adapters of rank 8 for all 210 linear maps of SmolLM2-135M (30 layers): half of their energy lies in 16
directions that all have in common, half anywhere. Phase 1 for 50 and for 500 of them, and phase 3 with 50 more. Each
is measured in a process of its own, in seconds of one core, so that what else runs says little. Needs `make trainer`,
Linux for the memory, and 6 GB of disk for a while.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from figures import Figure, keep
from sleepy_share.lora import Lora, write_lora

FEW, MANY = 50, 500
RANK, COMMON = 8, 16
SHAPES = {
    "self_attn.q_proj": (576, 576),
    "self_attn.k_proj": (192, 576),
    "self_attn.v_proj": (192, 576),
    "self_attn.o_proj": (576, 576),
    "mlp.gate_proj": (1536, 576),
    "mlp.up_proj": (1536, 576),
    "mlp.down_proj": (576, 1536),
}


def write_adapters(folder: Path, count: int) -> None:
    """Adapters named by number, each as peft saves it."""
    draw = np.random.default_rng(0)
    modules = {f"model.layers.{layer}.{name}": shape for layer in range(30) for name, shape in SHAPES.items()}

    def normal(rows: int, columns: int) -> np.ndarray:
        return draw.standard_normal((rows, columns), np.float32) / np.float32(np.sqrt(rows))

    common = {name: (normal(n, COMMON), normal(d, COMMON)) for name, (n, d) in modules.items()}
    for number in range(count):
        factors = {}
        for name in modules:
            b, a = (side @ normal(COMMON, RANK) + normal(len(side), RANK) for side in common[name])
            factors[name] = (b, a.T)
        write_lora(Lora(factors), folder / f"{number:03}")


def measure(phase: str, *paths: str) -> tuple[float, float]:
    """Seconds of one core, and the most MiB that the process held; imports count for the memory alone."""
    done = subprocess.run([sys.executable, __file__, phase, *paths], capture_output=True, text=True, check=True)
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return float(seconds), float(peak)


def merge_here(phase: str, out: Path, saved: Path, adapters: Path, first: int, last: int) -> tuple[float, float]:
    """What `measure` starts."""
    import torch

    from sleepy_share import absorb
    from sleepy_share.saved import adapters_in

    torch.set_num_threads(1)
    given = adapters_in([adapters])[first:last]
    began = time.process_time()
    if phase == "extract":
        absorb.extract(given, out)
    else:
        absorb.merge(adapters_in([saved]), given, out)
    return time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Measure, print and keep; the exit code."""
    if len(sys.argv) > 1:
        phase, *paths = sys.argv[1:4]
        out, saved = (Path(path) for path in paths)
        print(json.dumps(merge_here(phase, out, saved, Path(sys.argv[4]), *map(int, sys.argv[5:]))))
        return 0

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        adapters = root / "adapters"
        write_adapters(adapters, MANY)
        few, few_peak = measure("extract", str(root / "few"), "-", str(adapters), "0", str(FEW))
        once, once_peak = measure("merge", str(root / "more"), str(root / "few"), str(adapters), str(FEW), str(2 * FEW))
        many, many_peak = measure("extract", str(root / "many"), "-", str(adapters), "0", str(MANY))
    figures = [
        Figure(f"extracting a basis from {FEW} adapters", round(few, 2), "s", 20, "seconds of one core"),
        Figure(f"extracting a basis from {FEW} adapters, peak memory", round(few_peak), "MiB", 2000, "torch included"),
        Figure(f"merging {FEW} adapters into {FEW} tasks", round(once, 2), "s", 20, "seconds of one core"),
        Figure(f"merging {FEW} adapters into {FEW} tasks, peak memory", round(once_peak), "MiB", 2000),
        Figure(
            f"extracting from {MANY} adapters / {FEW}",
            round(many / few, 2),
            "x",
            1.2 * MANY / FEW,
            f"{many:.1f} s, {many_peak:.0f} MiB",
        ),
    ]
    keep(figures)
    for figure in figures:
        print(figure.line)
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
