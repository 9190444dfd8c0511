"""The ways to learn that are compared, as a table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sleepy_core.errors import SleepyError
from sleepy_core.night.job import Form

Kind = Literal["bare", "samples", "own", "sequence", "replay", "mean", "share", "merged"]
BasisKind = Literal["", "random", "svd", "learned"]


@dataclass(frozen=True, slots=True)
class Method:
    """One way. Where `explained` is 0 its basis has as many columns as the setup's k."""

    name: str
    label: str  # in tables and plots
    kind: Kind
    basis: BasisKind = ""
    explained: int = 0  # per cent of the energy of the known families' LoRAs
    form: Form = "core"
    p: Literal["one", "third", "rank"] = "one"  # columns of the product form

    @property
    def routed(self) -> bool:
        """Does each family have numbers of its own, of which somebody has to choose?"""
        return self.kind in ("own", "share", "merged")

    @property
    def trains(self) -> bool:
        """Is anything trained when a family arrives?"""
        return self.kind not in ("bare", "samples", "mean")

    @property
    def needs_known(self) -> bool:
        """Is there something in it that is learned from the known families' LoRAs?"""
        return self.kind in ("mean", "merged") or self.basis == "learned"

    @property
    def rates(self) -> str:
        """Those that share their learning rate have the same name here."""
        if self.kind in ("own", "sequence", "replay"):
            return "lora"
        return "share-60-p-third" if self.kind == "merged" else self.name

    def columns(self, rank: int) -> int:
        """p of the product form, beside LoRAs of a rank."""
        return {"one": 1, "third": max(1, round(rank / 3)), "rank": rank}[self.p]


def _by_variance(explained: int) -> tuple[Method, ...]:
    told: tuple[tuple[Literal["one", "third", "rank"], str], ...] = (
        ("one", "p = 1"),
        ("third", "p = r/3"),
        ("rank", "p = r"),
    )
    head = f"Share, k by {explained} %"
    return (
        *(
            Method(f"share-{explained}-p-{p}", f"{head}, {label}", "share", "learned", explained, "product", p)
            for p, label in told
        ),
        Method(f"share-{explained}-core", f"{head}, core", "share", "learned", explained),
    )


METHODS = (
    Method("base", "base", "bare"),
    Method("samples", "base, best of N", "samples"),
    Method("own-lora", "LoRA of its own", "own"),
    Method("naive-lora", "one LoRA in sequence", "sequence"),
    Method("replay-lora", "one LoRA with replay", "replay"),
    Method("mean", "mean adapter", "mean"),
    Method("random-core", "random basis, core", "share", "random"),
    Method("svd-core", "LoRA-XS: svd(W0), core", "share", "svd"),
    Method("learned-core", "learned basis, core", "share", "learned"),
    Method("random-p-one", "random basis, p = 1", "share", "random", form="product"),
    Method("learned-p-one", "learned basis, p = 1", "share", "learned", form="product"),
    *_by_variance(60),
    *_by_variance(90),
    # As the paper has it: temporary factors, and a merge after each family that recomputes all families.
    Method("merged", "Share, merged after each family", "merged", "learned", 60, "product", "third"),
)


def methods_named(names: Sequence[str]) -> tuple[Method, ...]:
    """The methods of these names, in the table's order; all for none. Raises `SleepyError` for a name that is none."""
    known = {method.name: method for method in METHODS}
    if unknown := [name for name in names if name not in known]:
        raise SleepyError(f"there is no method {unknown[0]}; there are: {', '.join(known)}")
    return tuple(method for method in METHODS if not names or method.name in names)
