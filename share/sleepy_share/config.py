"""How a Share adapter is configured: which basis, which form of coefficients, which modules."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from peft import PeftConfig

from sleepy_share.basis import FILE, Spec, parse_spec

FORMS = ("core", "product")


class ShareType(str, Enum):  # noqa: UP042 (peft reads "SHARE" out of "ShareType.SHARE", as it does with its own)
    """peft's name for the method: a string wherever peft looks it up, with the `.value` that its messages ask for."""

    SHARE = "SHARE"


@dataclass
class ShareConfig(PeftConfig):
    """The configuration of one task's coefficients; see `ShareModel`.

    Args:
        basis: Where β and α come from: `random:seed=1,k=8`, `svd:k=8` (of the model's own weights) or `learned:PATH`.
            All adapters of a model have the same basis.
        basis_id: The digest of that basis. Left out it is filled in; one that is given, or was saved, has to match.
        form: `core`, ΔW = β C αᵀ with C (k × k), which starts at zero; or `product`, ΔW = (β ε_β)(α ε_α)ᵀ.
        p: The pseudo-rank, columns of ε_β and ε_α. The core form has none.
        phi: Temporary factors, directions that the task trains beside those of the basis, until they are absorbed.
        target_modules: Names or ends of names of the linear modules, a regular expression, or `all-linear`.
        exclude_modules: Those that are not to be adapted after all, written in the same way.
        layers_to_transform: Only the layers of these numbers.
        layers_pattern: What the list of layers is called, where it is not a usual name.
        modules_to_save: Modules that are trained and saved as a whole beside the coefficients.
    """

    basis: str = field(default="random:seed=1,k=8", metadata={"help": "random:seed=1,k=8, svd:k=8 or learned:PATH"})
    basis_id: str | None = field(default=None, metadata={"help": "The digest of the basis that belongs to this task"})
    form: str = field(default="core", metadata={"help": "core (k x k numbers a module) or product (2 x k x p)"})
    p: int = field(default=1, metadata={"help": "The pseudo-rank of the product form"})
    phi: int = field(default=0, metadata={"help": "Temporary factors beside those of the basis"})
    target_modules: list[str] | set[str] | str | None = field(
        default=None, metadata={"help": "Names or ends of names of linear modules, a regular expression, or all-linear"}
    )
    exclude_modules: list[str] | set[str] | str | None = field(
        default=None, metadata={"help": "Modules that are not to be adapted after all"}
    )
    layers_to_transform: list[int] | int | None = field(
        default=None, metadata={"help": "Only the layers of these numbers"}
    )
    layers_pattern: list[str] | str | None = field(
        default=None, metadata={"help": "What the list of layers is called, where it is not a usual name"}
    )
    modules_to_save: list[str] | None = field(
        default=None, metadata={"help": "Modules that are trained and saved as a whole"}
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self.peft_type = ShareType.SHARE
        if isinstance(self.target_modules, list):
            self.target_modules = set(self.target_modules)
        if isinstance(self.exclude_modules, list):
            self.exclude_modules = set(self.exclude_modules)
        if self.form not in FORMS:
            raise ValueError(f"form is {self.form!r}; it may be {' or '.join(FORMS)}.")
        if self.p < 1:
            raise ValueError(f"p is {self.p}; the product form needs a pseudo-rank of at least 1.")
        if self.phi < 0:
            raise ValueError(f"phi is {self.phi}; there are no temporary factors (0) or some.")
        if self.layers_pattern and self.layers_to_transform is None:
            raise ValueError("layers_pattern was given without layers_to_transform, the numbers of the layers.")
        k = self.spec.k  # 0 for a learned basis, whose file knows
        if self.form == "product" and 0 < k < self.p:
            raise ValueError(f"p is {self.p}, more than the {k} columns of {self.basis}; the core form says as much.")

    @property
    def spec(self) -> Spec:
        """The basis's specification, read. Raises `BasisError` where it is none."""
        return parse_spec(self.basis)

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str, subfolder: str | None = None, **kwargs: Any
    ) -> PeftConfig:
        """peft's own; a basis that was saved beside the adapter, or one folder above it, is the one that is used.

        So a folder of tasks may be moved, and a basis of singular vectors is read instead of being computed anew.
        """
        config = super().from_pretrained(pretrained_model_name_or_path, subfolder, **kwargs)
        folder = Path(pretrained_model_name_or_path, subfolder or "")
        beside = next((file for file in (folder / FILE, folder.parent / FILE) if file.is_file()), None)
        if beside is not None and isinstance(config, ShareConfig) and config.spec.kind != "random":
            config.basis = str(Spec("learned", path=beside))
        return config
