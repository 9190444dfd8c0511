"""`sleepy share`: bases and adapters of the Share method, outside of any repository."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from sleepy_server.commands import subspaces
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
from sleepy_server.commands.printing import print_pairs, print_table
from sleepy_server.commands.subspaces import (
    CoefficientForm,
    CoefficientFormOption,
    KOption,
    OutOption,
    POption,
    VarianceOption,
    Wanted,
)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

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
    as_json: JsonOption = False,
) -> None:
    """Write adapters as one, so that programs that know nothing of Share can use it."""
    from sleepy_core.settings import load_settings

    told = write(folders, Export(form, target, base, precision, quantisation), load_settings())
    typer.echo(json.dumps(told) if as_json else f"{form.value}: {target}")


@app.command()
def init(
    spec: Annotated[
        str, typer.Argument(metavar="BASIS", help="random:seed=1,k=8 or svd:k=8 (of the model's weights).")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder for the basis, and later for its tasks.")],
    model: Annotated[
        Path | None, typer.Option("--model", help="For svd: the model's folder, as transformers saves it.")
    ] = None,
    modules: Annotated[
        str, typer.Option("--modules", help="Which modules, as in peft's target_modules.")
    ] = "all-linear",
    as_json: JsonOption = False,
) -> None:
    """Write a basis for a model that there are no adapters of yet."""
    told = subspaces.init(spec, out, model, modules)
    typer.echo(json.dumps(told) if as_json else f"{told['id']}: {out}")


@app.command()
def extract(
    adapters: Annotated[list[Path], typer.Argument(help="LoRAs of one model, or folders of them; two at least.")],
    out: OutOption,
    variance: VarianceOption = 0.6,
    k: KOption = None,
    form: CoefficientFormOption = CoefficientForm.PRODUCT,
    p: POption = None,
    as_json: JsonOption = False,
) -> None:
    """Learn a basis from what LoRAs have in common, and write each of them as coefficients above it."""
    told = subspaces.extract(adapters, out, Wanted(variance, k, form, p), quiet=as_json)
    _made(told, as_json)


@app.command()
def merge(
    folders: Annotated[
        list[Path], typer.Argument(help="Tasks above one basis and new LoRAs, or folders of them, in any order.")
    ],
    out: OutOption,
    variance: VarianceOption = 0.6,
    k: KOption = None,
    form: CoefficientFormOption = CoefficientForm.PRODUCT,
    p: POption = None,
    base: Annotated[
        Path | None,
        typer.Option("--base", help="The model, where tasks lie above a random basis and there is no LoRA."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Learn a better basis from saved tasks and new LoRAs, and write all of them anew above it. The old one stays."""
    told = subspaces.merge(folders, out, Wanted(variance, k, form, p), base, quiet=as_json)
    _made(told, as_json)


@app.command()
def inspect(
    folder: Annotated[Path, typer.Argument(help="A basis, an adapter, or a folder of adapters.")],
    as_json: JsonOption = False,
) -> None:
    """Show a basis, the tasks above it, and how many numbers and bytes they have."""
    told = subspaces.inspect(folder)
    if as_json:
        typer.echo(json.dumps(told))
        return
    if (basis := told["basis"]) is not None:
        print_pairs([(name, _shown(value)) for name, value in basis.items()])
    if told["adapters"]:
        names = list(dict.fromkeys(name for one in told["adapters"] for name in one))
        rows = [[_shown(one.get(name)) for name in names] for one in told["adapters"]]
        print_table(names, rows, wide="model")


def _made(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told))
        return
    left, right = (f"{100 * part:.0f} %" for part in told["explained"])
    tasks, modules = len(told["tasks"]), told["modules"]
    typer.echo(
        f"{told['folder']}: {tasks} task{'s' * (tasks != 1)} of {told['task_bytes']:,} bytes above {told['basis']}, "
        f"{told['basis_bytes']:,} bytes\n{modules} module{'s' * (modules != 1)} of {_shown(told['k'])} directions, "
        f"which explain {left} (B) and {right} (A)"
    )


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{100 * value:.1f} %"
    if isinstance(value, list | tuple):
        return " to ".join(dict.fromkeys(_shown(one) for one in value)) if value else ""
    return str(value)
