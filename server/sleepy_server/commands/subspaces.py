"""Bases made, learned, grown and looked at, for `sleepy share`. The mathematics lies in `sleepy_share`."""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sleepy_core.errors import SleepyError
from sleepy_server.commands.progress import bar

if TYPE_CHECKING:
    from sleepy_share.absorb import Plan


class CoefficientForm(enum.StrEnum):
    """What a task becomes above a basis."""

    PRODUCT = "product"
    CORE = "core"


OutOption = Annotated[Path, typer.Option("--out", "-o", help="A new folder: the basis, and a folder for each task.")]
VarianceOption = Annotated[
    float, typer.Option("--variance", help="The part of the adapters' variance that the basis has to explain.")
]
KOption = Annotated[int | None, typer.Option("--k", help="So many directions a module, instead of a variance.")]
CoefficientFormOption = Annotated[
    CoefficientForm,
    typer.Option("--form", help="Of new tasks: `product`, 2 k p numbers a module; `core`, k k of them."),
]
POption = Annotated[
    int | None, typer.Option("--p", help="Columns of the product form; by default the adapter's rank, without loss.")
]


@dataclass(frozen=True, slots=True)
class Wanted:
    """How large the basis is to be, and what new tasks become."""

    variance: float
    k: int | None
    form: CoefficientForm
    p: int | None


def init(spec: str, out: Path, model: Path | None, modules: str) -> dict[str, Any]:
    """Write a basis for a model without adapters; what it is."""
    with _share():
        from sleepy_share.describe import describe
        from sleepy_share.start import start

        start(spec, out, model, modules)
        found: dict[str, Any] = describe(out)["basis"]
    return found


def extract(folders: Sequence[Path], out: Path, wanted: Wanted, quiet: bool) -> dict[str, Any]:
    """Phase 1; what was made."""
    with _share():
        from sleepy_share import absorb
        from sleepy_share.saved import adapters_in

        with _modules(quiet) as watch:
            return absorb.extract(adapters_in(folders), out, _plan(wanted), watch).as_json()


def merge(folders: Sequence[Path], out: Path, wanted: Wanted, base: Path | None, quiet: bool) -> dict[str, Any]:
    """Phase 3; what was made."""
    with _share():
        from sleepy_share import absorb
        from sleepy_share.saved import adapters_in, by_kind

        tasks, loras = by_kind(adapters_in(folders))
        with _modules(quiet) as watch:
            return absorb.merge(tasks, loras, out, _plan(wanted), watch, base).as_json()


def inspect(folder: Path) -> dict[str, Any]:
    """The basis and the adapters of a folder."""
    with _share():
        from sleepy_share.describe import describe

        return describe(folder)


def _plan(wanted: Wanted) -> Plan:
    from sleepy_share.absorb import Plan
    from sleepy_share.subspace import Recipe

    return Plan(Recipe(k=wanted.k, explained=wanted.variance), wanted.form.value, wanted.p)


@contextlib.contextmanager
def _share() -> Iterator[None]:
    """Where the package is imported and used: what it says is said to the user, as all other errors are."""
    try:
        from sleepy_share.errors import ShareError
    except ImportError as error:
        raise SleepyError(f"{error.name} is not installed; run: pip install 'sleepy-coder[train]'") from error
    try:
        yield
    except ImportError as error:
        raise SleepyError(f"{error.name} is not installed; run: pip install 'sleepy-coder[train]'") from error
    except ShareError as error:
        raise SleepyError(str(error)) from error


@contextlib.contextmanager
def _modules(quiet: bool) -> Iterator[Callable[[int, int], None]]:
    with bar("modules", quiet=quiet) as show:
        yield lambda done, of: show("modules", of, done)
