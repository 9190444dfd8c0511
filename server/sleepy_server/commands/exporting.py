"""Adapters on their way out, for the commands that export: as a LoRA, for llama.cpp, for Ollama, or merged."""

from __future__ import annotations

import asyncio
import enum
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.errors import SleepyError

if TYPE_CHECKING:
    from sleepy_core.settings import Settings


class Form(enum.StrEnum):
    """What it becomes."""

    LORA = "lora"
    GGUF = "gguf"
    MERGED = "merged"
    OLLAMA = "ollama"
    OLLAMA_MERGED = "ollama-merged"


class Precision(enum.StrEnum):
    """Of the numbers of a GGUF adapter."""

    F16 = "f16"
    F32 = "f32"


FormOption = Annotated[
    Form,
    typer.Option(
        "--as",
        help="`lora`: a folder for peft; `gguf`: an adapter for llama.cpp; `merged`: a GGUF model of its own; "
        "`ollama`, `ollama-merged`: a model on Ollama, with the adapter above yours or merged.",
    ),
]
BaseOption = Annotated[
    Path | None,
    typer.Option(
        "--base", help="The model's GGUF file (for `lora` also its folder); by default the one that the engine runs."
    ),
]
PrecisionOption = Annotated[Precision, typer.Option("--precision", help="Of an adapter's numbers.")]
QuantisationOption = Annotated[
    str | None,
    typer.Option(
        "--quantisation",
        help="Of merged weights: F32, F16, BF16, Q8_0, Q5_0, Q5_1, Q4_0 or Q4_1. By default what each weight has, or "
        "Q8_0 where that is less than 8 bits.",
    ),
]


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written, and where."""

    form: Form
    target: str  # a folder, a file, or the name of a model on Ollama
    base: Path | None
    precision: Precision = Precision.F16
    quantisation: str | None = None


def export(folders: Sequence[Path], wanted: Export, settings: Settings) -> dict[str, Any]:
    """Write adapters that act together; what was written, for people and programs to read. Raises `SleepyError`."""
    try:
        from sleepy_share import export as out
        from sleepy_share.errors import ShareError
        from sleepy_share.gguf_model import GgufModel
        from sleepy_share.merge import merge_gguf
    except ImportError as error:
        raise SleepyError(f"{error.name} is not installed; run: pip install 'sleepy-coder[embedded]'") from error
    told: dict[str, Any] = {"form": wanted.form.value, "written": wanted.target}
    base = wanted.base or (None if wanted.form is Form.LORA else asyncio.run(model_file(settings)))
    try:
        if wanted.form is Form.LORA:
            lora = out.join(folders, Path(wanted.target), base)
            return told | {"modules": len(lora.factors), "rank": max(lora.ranks.values())}
        assert base is not None
        told["base"] = str(base)
        model = GgufModel(base)
        lora = out.read_adapters(folders, model)
        with tempfile.TemporaryDirectory(prefix="sleepy-export-") as temporary:
            on_ollama = wanted.form in (Form.OLLAMA, Form.OLLAMA_MERGED)
            file = Path(temporary, "export.gguf") if on_ollama else Path(wanted.target)
            if wanted.form in (Form.MERGED, Form.OLLAMA_MERGED):
                told["weights"] = merge_gguf(lora, model, file, wanted.quantisation)
            else:
                out.to_gguf(lora, model, file, wanted.precision.value)
            if on_ollama:
                asyncio.run(_on_ollama(settings, wanted, file))
    except ShareError as error:
        raise SleepyError(str(error)) from error
    return told


async def model_file(settings: Settings) -> Path:
    """The GGUF file that the engine in the settings runs."""
    from sleepy_core.engines.choose import choose_engine

    engine, why = await choose_engine(settings.engine)
    if engine is not None:
        try:
            if (found := (await engine.capabilities()).gguf) is not None:
                return found
            why = f"{engine.name} does not say where the file of {engine.model} lies on this machine."
        finally:
            await engine.aclose()
    raise SleepyError(f"{why} Name the model's GGUF file with --base.")


async def _on_ollama(settings: Settings, wanted: Export, file: Path) -> None:
    from sleepy_core.engines.ollama import Ollama

    async with Ollama(settings.engine) as ollama:
        await ollama.make_model(wanted.target, file, merged=wanted.form is Form.OLLAMA_MERGED)
