"""What a task costs, as coefficients and as a LoRA of rank 16 on the same modules: `python bench/share_cost.py`.

A model of SmolLM2-135M's shape (30 layers, 210 linear maps, bf16) with random weights; which they are does not matter
to time, memory or size. Steps in turn, in one process, in seconds of one core, so that what else runs says little;
memory in a fresh process each. Needs `make trainer`, and Linux for the memory.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import torch
from peft import LoraConfig, PeftConfig, PeftModel, get_peft_model
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.utils import logging

from figures import Figure, keep
from sleepy_share import basis
from sleepy_share.config import ShareConfig
from sleepy_share.registration import register

ROUNDS, TOKENS = 7, 256
CONFIGS: dict[str, Callable[[], PeftConfig]] = {
    "LoRA r = 16": lambda: LoraConfig(r=16, lora_alpha=16, target_modules="all-linear"),
    "core k = 8": lambda: ShareConfig(basis="random:seed=1,k=8", target_modules="all-linear"),
    "product p = 1": lambda: ShareConfig(basis="random:seed=1,k=8", form="product", target_modules="all-linear"),
}
LORA, *FORMS = CONFIGS


def adapted(method: str) -> PeftModel:
    """A model of SmolLM2-135M's shape with a fresh adapter."""
    register()
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=49152, hidden_size=576, intermediate_size=1536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, tie_word_embeddings=True,
    )  # fmt: skip
    torch.set_default_dtype(torch.bfloat16)
    model = LlamaForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    return get_peft_model(model, CONFIGS[method]()).train()


def stepper(model: PeftModel) -> Callable[[], float]:
    """Takes one step of training, and says how many seconds of one core that took."""
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-3)
    tokens = torch.randint(0, 49152, (1, TOKENS))

    def step() -> float:
        began = time.process_time()
        model(tokens, labels=tokens).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return time.process_time() - began

    return step


def seconds(models: dict[str, PeftModel]) -> dict[str, list[float]]:
    """Of steps of each, in turn."""
    steps = {method: stepper(model) for method, model in models.items()}
    for step in steps.values():
        step()
    rounds = [{method: step() for method, step in steps.items()} for _ in range(ROUNDS)]
    return {method: [taken[method] for taken in rounds] for method in steps}


def peak_mib(method: str) -> float:
    """The most memory that a process holds which takes three steps; measured in one of its own."""
    done = subprocess.run([sys.executable, __file__, method], capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout.splitlines()[-1]))


def peak_of_steps(step: Callable[[], float]) -> float:
    """MiB at most while three steps are taken; what loading took before is not counted (Linux can forget it)."""
    Path("/proc/self/clear_refs").write_text("5")
    for _ in range(3):
        step()
    told = Path("/proc/self/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


def switch_ms(model: PeftModel) -> float:
    """To another of two adapters, and back: the median."""
    model.add_adapter("other", CONFIGS[FORMS[0]]())
    taken = []
    for number in range(200):
        began = time.perf_counter()
        model.set_adapter(("other", "default")[number % 2])
        taken.append((time.perf_counter() - began) * 1e3)
    return statistics.median(taken)


def stored(model: PeftModel) -> int:
    """Bytes of an adapter's folder, without the model card."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        return sum(file.stat().st_size for file in Path(folder).glob("adapter_*"))


def learned_basis(model: PeftModel) -> int:
    """Bytes of a learned basis of as many columns: the most that is stored once; a random one is but a seed."""
    drawn, linear = basis.random(1, 8), torch.nn.Linear
    inside = {n: m for n, m in model.get_base_model().named_modules() if isinstance(m, linear) and n != "lm_head"}
    names = {name.removesuffix(".base_layer"): tuple(module.weight.shape) for name, module in inside.items()}
    with tempfile.TemporaryDirectory() as folder:
        made = basis.learned({name: drawn.factors(name, *shape) for name, shape in names.items()}, {})
        return made.save(Path(folder)).stat().st_size


def main() -> int:
    """Measure, print and keep; the exit code."""
    logging.set_verbosity_error()
    torch.set_num_threads(1)  # so that the seconds of a core are those of a quiet machine
    if len(sys.argv) > 1:
        print(json.dumps(peak_of_steps(stepper(adapted(sys.argv[1])))))
        return 0

    models = {method: adapted(method) for method in CONFIGS}
    taken = {method: statistics.median(all_) for method, all_ in seconds(models).items()}
    memory = {method: peak_mib(method) for method in CONFIGS}
    trained = {method: model.get_nb_trainable_parameters()[0] for method, model in models.items()}
    size = {method: stored(model) for method, model in models.items()}
    once = learned_basis(models[FORMS[0]])
    figures = []
    for form in FORMS:

        def ratio(figure: str, of: dict[str, float], bound: float, told: str, form: str = form) -> Figure:
            return Figure(f"{figure}, {form} / LoRA", round(of[form] / of[LORA], 5), "x", bound, told)

        note = f"seconds of one core, {TOKENS} tokens, load {os.getloadavg()[0]:.1f}"
        figures += [
            ratio("step", taken, 1, f"{taken[form]:.2f} and {taken[LORA]:.2f} {note}"),
            ratio("step's peak memory", memory, 1, f"{memory[form]:.0f} and {memory[LORA]:.0f} MiB"),
            ratio("trained numbers", trained, 1 / 100, f"{trained[form]:,} and {trained[LORA]:,}"),
            ratio("stored per task", size, 1 / 100, f"{size[form]:,} and {size[LORA]:,} bytes"),
        ]
        for tasks, bound in ((50, 1 / 20), (500, 1 / 80)):
            all_ = {form: once + tasks * size[form], LORA: tasks * size[LORA]}
            told = f"{all_[form] / 1e6:.1f} (the learned basis {once / 1e6:.1f}) and {all_[LORA] / 1e6:.1f} MB"
            figures.append(ratio(f"stored for {tasks} tasks", all_, bound, told))
    figures.append(
        Figure("switching adapters", round(switch_ms(models[FORMS[0]]), 3), "ms", 1, "210 modules, 30 layers")
    )
    keep(figures)
    for figure in figures:
        print(figure.line)
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
