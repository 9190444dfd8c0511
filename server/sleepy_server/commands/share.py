"""`sleepy share`: bases and adapters of the Share method, outside of any repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sleepy_server.commands.exporting import (
    BaseOption,
    Export,
    Form,
    FormOption,
    Precision,
    PrecisionOption,
    QuantisationOption,
)
from sleepy_server.commands.exporting import export as write

app = typer.Typer(help="Bases and adapters of the Share method.", no_args_is_help=True)


@app.callback()
def share() -> None:
    """Bases and adapters of the Share method."""


@app.command()
def export(
    folders: Annotated[
        list[Path],
        typer.Argument(help="Tasks or LoRAs that act together, as peft saves them: a general LoRA and a task."),
    ],
    target: Annotated[str, typer.Option("--out", "-o", help="A folder (`lora`), a file, or a model's name on Ollama.")],
    form: FormOption = Form.LORA,
    base: BaseOption = None,
    precision: PrecisionOption = Precision.F16,
    quantisation: QuantisationOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Write adapters as one, so that programs that know nothing of Share can use it."""
    from sleepy_core.settings import load_settings

    told = write(folders, Export(form, target, base, precision, quantisation), load_settings())
    typer.echo(json.dumps(told) if as_json else f"{form.value}: {target}")
