"""From a few LoRAs to a basis, and a new task above it: `python share/examples/learn_a_basis.py`.

The model is two linear maps. Its tasks are related: each wants the first map changed by a matrix of rank two, out of
directions that all tasks have in common. Eight tasks are learned as LoRAs, with data in plenty. Of the ninth there are
24 examples only: too few for a LoRA, enough for a few coefficients above what the others have in common.
Less than half a minute on one core.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import torch
from peft import LoraConfig, PeftConfig, PeftModel, get_peft_model
from torch import Tensor, nn

from sleepy_share.absorb import Plan, extract, merge
from sleepy_share.config import ShareConfig
from sleepy_share.registration import register
from sleepy_share.saved import adapters_in
from sleepy_share.subspace import Recipe

WIDTH, COMMON, RANK, LORAS, EXAMPLES = 48, 6, 2, 8, 24


class Base(nn.Module):
    """The model that all tasks begin with."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first = nn.Linear(WIDTH, WIDTH)
        self.second = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """Of shape (batch, WIDTH), as x is."""
        y: Tensor = self.second(torch.tanh(self.first(x)))
        return y


def data(task: int, count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Examples of a task: what the model would say if its first map were changed as the task wants."""
    common = torch.Generator().manual_seed(100)
    left, right = (torch.randn(WIDTH, COMMON, generator=common) for _ in range(2))
    own = torch.Generator().manual_seed(200 + task)
    b, a = (torch.randn(COMMON, RANK, generator=own) for _ in range(2))
    teacher = Base()
    x = torch.randn(count, WIDTH, generator=torch.Generator().manual_seed(seed))
    with torch.no_grad():
        teacher.first.weight += left @ b @ (right @ a).T / WIDTH
        return x, teacher(x)


def trained(config: PeftConfig, task: int, examples: int, rate: float) -> PeftModel:
    """An adapter trained on some examples of a task."""
    torch.manual_seed(task)
    model = get_peft_model(Base(), config)
    x, y = data(task, examples, seed=1)
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], rate, weight_decay=0)
    for _ in range(300):
        loss = (model(x) - y).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


def error(model: nn.Module, task: int) -> float:
    """Mean square on examples that nothing was trained on."""
    x, y = data(task, 1000, seed=2)
    with torch.no_grad():
        return float((model(x) - y).square().mean())


def lora() -> LoraConfig:
    """An ordinary one."""
    return LoraConfig(r=RANK, lora_alpha=RANK, target_modules=["first", "second"])


def main(folder: Path) -> dict[str, float]:
    """Learn, and tell what came of it: the ninth task's error, untrained, as a LoRA, and as coefficients."""
    register()
    for task in range(LORAS):
        trained(lora(), task, examples=1000, rate=1e-2).save_pretrained(folder / "loras" / f"task-{task}")

    # Phase 1: what they have in common, and each of them as coefficients above it.
    made = extract(adapters_in([folder / "loras"]), folder / "tasks", Plan(Recipe(explained=0.95)))
    print(f"basis {made.basis}: {made.k[0]} to {made.k[1]} of {WIDTH} directions for {len(made.tasks)} tasks")

    # Phase 2: a new task trains coefficients alone.
    new = LORAS
    config = ShareConfig(basis=f"learned:{folder / 'tasks'}", target_modules=["first", "second"])
    coefficients = trained(config, new, EXAMPLES, rate=3e-2)
    coefficients.save_pretrained(folder / "tasks" / "task-new")
    alone = trained(lora(), new, EXAMPLES, rate=1e-2)
    errors = {
        "untrained": error(Base(), new),
        f"LoRA from {EXAMPLES} examples": error(alone, new),
        f"coefficients from {EXAMPLES} examples": error(coefficients, new),
    }
    for name, value in errors.items():
        print(f"{name}: error {value:.4f}")

    # Phase 3: a later LoRA widens the basis. All tasks are written anew, without any of the LoRAs before.
    trained(lora(), new + 1, examples=1000, rate=1e-2).save_pretrained(folder / "later" / "task-later")
    merge(
        adapters_in([folder / "tasks"]),
        adapters_in([folder / "later"]),
        folder / "merged",
        Plan(Recipe(explained=0.99)),
    )
    reloaded = PeftModel.from_pretrained(Base(), str(folder / "merged" / "task-new"))
    errors["the same, above the merged basis"] = error(reloaded, new)
    print(f"the same, above the merged basis: error {errors['the same, above the merged basis']:.4f}")
    return errors


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(temporary))
