"""A family: one kind of fault, in as many differently built programs as it has templates."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from dataclasses import dataclass

from sleepy_koans import families as package
from sleepy_koans.koan import CrateType, KoanError


@dataclass(frozen=True, slots=True)
class Template:
    """A program of one structure, in the notation of `sleepy_koans.notation`.

    `test` are Rust statements with the same words, run inside of the crate as one test function.
    `codes` are this template's, where it has not all of its family's.
    A `bare` template gets no surrounding helper functions. `arch` is the processor that it needs, where it needs one.
    """

    name: str
    source: str
    test: str | None = None
    codes: tuple[str, ...] = ()
    bare: bool = False
    arch: str = ""


@dataclass(frozen=True, slots=True)
class Family:
    """What a module below `families/` defines as FAMILY.

    `codes` are rustc's error codes, lints (`unused_must_use`, `clippy::redundant_clone`: denied, so that they are
    errors), or `NO_CODE` for an error that has none.
    """

    name: str
    title: str  # the fault, in one sentence
    codes: tuple[str, ...]
    templates: tuple[Template, ...]  # for training, and with other words for validation
    frozen: tuple[Template, ...]  # one task each, for evaluation only
    validation: tuple[Template, ...] = ()  # half of the validation tasks are of these, where there are any
    edition: str = "2024"
    crate_type: CrateType = "lib"


@functools.cache
def families() -> dict[str, Family]:
    """All families by name, in the order of groups and names. Raises `KoanError` for one that is not told well."""
    found: dict[str, Family] = {}
    for group in pkgutil.iter_modules(package.__path__):
        folder = importlib.import_module(f"{package.__name__}.{group.name}")
        for module in pkgutil.iter_modules(folder.__path__):
            where = f"{folder.__name__}.{module.name}"
            family = getattr(importlib.import_module(where), "FAMILY", None)
            if not isinstance(family, Family) or family.name != module.name:
                raise KoanError(f"{where} must define FAMILY, a Family named {module.name}")
            names = [template.name for template in (*family.templates, *family.validation, *family.frozen)]
            if double := {name for name in names if names.count(name) > 1}:
                raise KoanError(f"{where} has two templates named {', '.join(sorted(double))}")
            found[family.name] = family
    return found


@functools.cache
def groups() -> dict[str, str]:
    """The group of every written family."""
    return {
        module.name: group.name
        for group in pkgutil.iter_modules(package.__path__)
        for module in pkgutil.iter_modules(importlib.import_module(f"{package.__name__}.{group.name}").__path__)
    }


def family_named(name: str) -> Family:
    """The family; raises `KoanError` with the names there are."""
    if name not in families():
        raise KoanError(f"there is no family {name}; there are: {', '.join(families())}")
    return families()[name]
