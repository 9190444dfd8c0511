"""A comparison's figures as Markdown and as JSON, from its raw results alone. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sleepy_core.compare.figures import Row, known_cost, matrices, rows
from sleepy_core.compare.plan import Ground, Setup, steps
from sleepy_core.compare.raw import Raw
from sleepy_core.evaluate.curves import Grid
from sleepy_core.evaluate.measures import Share

SPLITS = ("validation", "frozen")

_GROUNDS: dict[Ground, str] = {"base": "On the base model", "general": "Above the general LoRA"}


def markdown(raw: Raw) -> str:
    """All tables, with what they are of."""
    return "\n".join(_lines(raw)) + "\n"


def as_object(raw: Raw) -> dict[str, Any]:
    """The same for other programs."""
    setup = raw.began.setup
    return {
        "setup": asdict(setup),
        "done": len(raw.done),
        "steps": len(steps(setup)),
        "rows": [_row_object(row) for row in rows(raw)],
        "matrices": {ground: {n: asdict(g) for n, g in matrices(raw, ground).items()} for ground in setup.grounds},
    }


def _lines(raw: Raw) -> Iterator[str]:
    setup = raw.began.setup
    told = rows(raw)
    yield from _head(raw)
    for ground in setup.grounds:
        here = [row for row in told if row.ground == ground]
        if not here:
            continue
        yield from ("", f"## {_GROUNDS[ground]}", "", "### Each family, right after it was learned", "")
        yield (
            "Loss in nats a token of the right answer, mean over koans; exact: the solution's code; solved: compiles, "
            "and the koan's test passes. Kept: of the gain in loss on validation koans that a LoRA of its own has."
        )
        yield ""
        yield from _table(
            ("", "rate", "loss, val.", "frozen", "exact, val.", "frozen", "solved, val.", "frozen", "kept"),
            [_learned(row) for row in here],
        )
        yield from ("", "### Held against others, koan by koan (validation and frozen)", "")
        yield (
            "Less : more loss, and solved : lost; p by the sign test, two-sided, which does not know that koans of one "
            "template are alike. Where families repeat under several seeds, a koan counts once."
        )
        yield ""
        yield from _table(
            ("", "loss, base", "loss, own LoRA", "loss, random core", "solved, own LoRA", "solved, random core"),
            [_held(row) for row in here],
        )
        yield from ("", "### After the last family", "")
        yield (
            "Loss on the validation koans of every family: each by its own numbers (somebody has to know which), and "
            "all by the newest ones. Forgotten: how much the loss on earlier families has grown since each was "
            "learned; by its own numbers that is 0 by construction where nothing is merged."
        )
        yield ""
        yield from _table(
            ("", "families", "own numbers", "newest", "forgotten, own numbers", "forgotten, newest"),
            [_ended(row) for row in here],
        )
        yield from ("", "### What it costs", "")
        yield (
            "Numbers, not bytes: peft saves 4 bytes each. Once: bases, mean and general adapters; a random basis is a "
            "seed, and one of svd(W0) could be worked out again from the model, but is stored here. For 50 tasks: "
            "times less than LoRAs of their own. Seconds of a training are without loading the model."
        )
        yield ""
        yield from _table(
            ("", "trained a task", "stored a task", "once", "in all", "for 50 tasks", "CPU-s", "s", "peak GB"),
            [_spent(row, here) for row in here if row.cost is not None],
        )
        for label, grid in matrices(raw, ground).items():
            yield from ("", f"### {label}: loss on each family, after each family (seed 1)", "")
            yield from _grid(grid)


def _head(raw: Raw) -> Iterator[str]:
    setup, began = raw.began.setup, raw.began
    missing = len(steps(setup)) - len(raw.done)
    asked = sum(began.questions[name][0] for name in setup.arriving)
    of = sum(began.questions[name][1] for name in setup.arriving)
    yield f"- Model: {setup.model.rpartition('/')[2]}; adapters from layer {setup.first_layer} up, rank {setup.rank}."
    yield f"- Arriving, in this order{_turned(setup)}: {', '.join(setup.arriving)}."
    yield f"- Known before, for the bases: {', '.join(setup.known) or 'none'}."
    yield f"- Learning rates chosen on the validation koans of: {', '.join(setup.choosing) or 'none (given)'}."
    yield (
        f"- {setup.steps} steps of {setup.tokens} tokens a training, no early stop; {setup.seeds} seed"
        f"{'s' * (setup.seeds != 1)}; {asked} koans are measured on, of {of} (the others have no solution in one "
        "rewriting, or were left out)."
    )
    yield f"- {began.version}, {began.rustc}, {began.machine}."
    if raw.began.setup.known:
        yield f"- The known families' LoRAs took {known_cost(raw):.0f} CPU-s of seed 1, which no table counts."
    if missing:
        yield f"- **Not finished**: {missing} of {len(steps(setup))} steps are missing."
    for cell in raw.cells:
        if cell.problem:
            yield f"- Failed: {cell.id}: {cell.problem}"


def _turned(setup: Setup) -> str:
    return " (each further seed begins with the next one)" if setup.seeds > 1 else ""


def _learned(row: Row) -> list[str]:
    own = row.own
    return [
        row.method.label,
        f"{row.rate:g}" if row.rate else "",
        *(_loss(own.loss(split)) for split in SPLITS),
        *(_share(own.exact(split)) for split in SPLITS),
        *(_share(own.passed(split)) for split in SPLITS),
        "" if row.kept is None else f"{100 * row.kept:.0f} %",
    ]


def _held(row: Row) -> list[str]:
    def loss(name: str) -> str:
        found = row.against.get(name)
        return "" if found is None else f"{found.better} : {found.worse} (p = {found.chance:.2g})"

    def solved(name: str) -> str:
        found = row.against.get(name)
        return "" if found is None else f"{found.won} : {found.lost} (p = {found.solved_chance:.2g})"

    losses = [loss(name) for name in ("base", "own-lora", "random-core")]
    return [row.method.label, *losses, *(solved(name) for name in ("own-lora", "random-core"))]


def _ended(row: Row) -> list[str]:
    return [
        row.method.label,
        str(row.families),
        _loss(row.routed.loss("validation")) if row.method.routed else "",
        _loss(row.newest.loss("validation")),
        _change(row.forgotten_routed),
        _change(row.forgotten),
    ]


def _spent(row: Row, here: Sequence[Row]) -> list[str]:
    cost = row.cost
    assert cost is not None
    lora = next((one.cost for one in here if one.method.kind == "own"), None)
    less = lora.for_tasks(50) / cost.for_tasks(50) if lora is not None and cost.for_tasks(50) else None
    return [
        row.method.label,
        f"{cost.trained:,}",
        f"{cost.per_task:,}",
        f"{cost.once:,}",
        f"{cost.in_all:,}",
        "" if less is None else f"{less:.3g}x",
        f"{cost.cpu_seconds:.0f}" if cost.trained else "",
        f"{cost.seconds:.0f}" if cost.trained else "",
        f"{cost.peak_bytes / 1e9:.2f}" if cost.trained else "",
    ]


def _grid(grid: Grid) -> Iterator[str]:
    yield from _table(
        ("", *grid.columns), [[name, *map(_loss, cells)] for name, cells in zip(grid.rows, grid.cells, strict=True)]
    )


def _table(head: Sequence[str], body: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in body:
        yield f"| {' | '.join(row)} |"


def _loss(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _change(value: float | None) -> str:
    return "" if value is None else f"{value:+.3f}" if value else "0"


def _share(share: Share) -> str:
    return f"{share.hits} of {share.of}" if share.of else ""


def _row_object(row: Row) -> dict[str, Any]:
    own = {
        split: {
            "loss": row.own.loss(split),
            "exact": asdict(row.own.exact(split)),
            "solved": asdict(row.own.passed(split)),
        }
        for split in SPLITS
    }
    return {
        "method": row.method.name,
        "ground": row.ground,
        "families": row.families,
        "rate": row.rate,
        "own": own,
        "kept": row.kept,
        "end": {"own_numbers": row.routed.loss("validation"), "newest": row.newest.loss("validation")},
        "forgotten": {"own_numbers": row.forgotten_routed, "newest": row.forgotten},
        "cost": asdict(row.cost) if row.cost is not None else None,
        "against": {name: asdict(told) for name, told in row.against.items()},
    }
