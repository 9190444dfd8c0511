"""The subspace that all tasks of a model share: one interface, wherever it comes from.

A basis gives each adapted weight W0 (n × d) two frozen matrices with orthonormal columns, β (n × k) and α (d × k).
A task is then a few coefficients: ΔW = (β ε_β)(α ε_α)ᵀ with ε_β, ε_α (k × p), or ΔW = β C αᵀ with a core C (k × k).

A basis is one of
- `random:seed=1,k=8`: seeded; nothing is stored but the seed;
- `svd:k=8`: the leading singular vectors of the model's own weights (LoRA-XS);
- `learned:PATH`: what many adapters have in common, from a file that `absorb` wrote.

Its id is a digest of what determines it. Coefficients carry the id of their basis, and fit no other.
Modules are named as in the model's `named_modules()`, without the prefix that peft puts before them.
This module needs numpy and safetensors alone; only `svd` uses torch.
"""

from __future__ import annotations

import hashlib
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sleepy_share.errors import BasisError, BasisMismatch, DamagedFile
from sleepy_share.files import read_tensors, write_tensors

if TYPE_CHECKING:
    from torch import Tensor

Matrix = npt.NDArray[np.float32]

FILE = "basis.safetensors"


class Basis(ABC):
    """β and α for each module of a model."""

    kind: str
    id: str
    k: int  # columns of β and α at most; a small module, or one where fewer explain enough, has less

    @abstractmethod
    def factors(self, module: str, n: int, d: int) -> tuple[Matrix, Matrix]:
        """β (n × k') and α (d × k'), k' ≤ min(k, n, d), of a module whose weight is n × d (out × in).

        Raises `BasisError` where the basis does not know the module, or knows it in another shape.
        """

    @abstractmethod
    def save(self, path: Path) -> Path:
        """Write the basis, to a file or into a folder as `basis.safetensors`; the path of the file that it became."""


class RandomBasis(Basis):
    """Seeded orthonormal columns, made when they are asked for: the same on every machine."""

    kind = "random"

    def __init__(self, seed: int, k: int) -> None:
        _check_k(k)
        self.seed, self.k = seed, k
        self.id = _id("random", {"seed": seed, "k": k})

    def factors(self, module: str, n: int, d: int) -> tuple[Matrix, Matrix]:
        """See `Basis`."""
        k = min(self.k, n, d)
        beta = _orthonormal(f"{self.seed}:{module}:beta", n, k)
        return beta, _orthonormal(f"{self.seed}:{module}:alpha", d, k)

    def save(self, path: Path) -> Path:
        """See `Basis`."""
        return _write(path, {}, {"kind": self.kind, "id": self.id, "k": self.k, "seed": self.seed})


class StoredBasis(Basis):
    """Matrices that cannot be made anew from a seed: learned ones, and singular vectors."""

    def __init__(self, kind: str, id_: str, matrices: Mapping[str, tuple[Matrix, Matrix]], about: Mapping[str, Any]):
        self.kind, self.id, self.matrices = kind, id_, matrices
        self.about = about  # how it came to be: adapters, variance kept, model …
        self.k = max(beta.shape[1] for beta, _ in matrices.values())

    def factors(self, module: str, n: int, d: int) -> tuple[Matrix, Matrix]:
        """See `Basis`."""
        if module not in self.matrices:
            known = ", ".join(sorted(self.matrices)[:3])
            raise BasisError(f"The basis {self.id} knows no module {module}; it knows {len(self.matrices)}: {known} …")
        beta, alpha = self.matrices[module]
        if (beta.shape[0], alpha.shape[0]) != (n, d):
            raise BasisError(
                f"The basis {self.id} is of another model: {module} is {n} × {d} here, "
                f"{beta.shape[0]} × {alpha.shape[0]} there."
            )
        return beta, alpha

    def save(self, path: Path) -> Path:
        """See `Basis`."""
        tensors = {f"{name}.beta": beta for name, (beta, _) in self.matrices.items()}
        tensors |= {f"{name}.alpha": alpha for name, (_, alpha) in self.matrices.items()}
        told = {"kind": self.kind, "id": self.id, "content": _content(self.matrices), "about": dict(self.about)}
        return _write(path, tensors, told)


def random(seed: int, k: int) -> Basis:
    """A seeded random basis: for a model's first night, and the control that a learned one has to beat."""
    return RandomBasis(seed, k)


def svd(weights: Iterable[tuple[str, Tensor]], k: int, model: str) -> Basis:
    """The k leading left and right singular vectors of each weight (n × d); `model` is the weights' digest.

    It is determined by k and the model, but another machine's linear algebra may turn vectors of nearly equal
    singular values among each other: save it where coefficients are kept.
    """
    import torch

    from sleepy_share.subspace import leading

    _check_k(k)
    matrices = {}
    for name, weight in weights:
        u, _, v = leading(weight.detach().to(torch.float32), min(k, *weight.shape))
        matrices[name] = (u.cpu().numpy(), v.cpu().numpy())
    if not matrices:
        raise BasisError("There is no weight to take singular vectors of.")
    return StoredBasis("svd", _id("svd", {"k": k, "model": model}), matrices, {"k": k, "model": model})


def learned(matrices: Mapping[str, tuple[Matrix, Matrix]], about: Mapping[str, Any]) -> StoredBasis:
    """A basis of given matrices; its id is a digest of them."""
    if not matrices:
        raise BasisError("A basis needs at least one module.")
    return StoredBasis("learned", f"learned-{_content(matrices)[:16]}", matrices, about)


def load_basis(path: Path) -> Basis:
    """The basis of a file, or of a folder's `basis.safetensors`; `DamagedFile` where it is not as it was saved."""
    file = path / FILE if path.is_dir() else path
    tensors, metadata = read_tensors(file)
    try:
        told = json.loads(metadata["share"])
        kind, id_ = told["kind"], told["id"]
        if kind == "random":
            basis: Basis = RandomBasis(told["seed"], told["k"])
        else:
            names = sorted({name.rpartition(".")[0] for name in tensors})
            matrices = {name: (tensors[f"{name}.beta"], tensors[f"{name}.alpha"]) for name in names}
            if _content(matrices) != told["content"]:
                raise DamagedFile(f"{file} is not as it was saved: its matrices do not have the digest that it names.")
            basis = learned(matrices, told["about"])
            if kind == "svd":
                basis = StoredBasis(
                    kind, _id("svd", {key: told["about"][key] for key in ("k", "model")}), matrices, told["about"]
                )
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFile(f"{file} is no basis: {error!r} is missing or wrong in its description.") from error
    if basis.id != id_:
        raise DamagedFile(f"{file} is not as it was saved: it says {id_}, but is {basis.id}.")
    return basis


@dataclass(frozen=True, slots=True)
class Spec:
    """Where a basis comes from, as `parse_spec` reads it. `str` gives the text back."""

    kind: str
    seed: int = 0
    k: int = 0
    path: Path = Path()

    def __str__(self) -> str:
        return {
            "random": f"random:seed={self.seed},k={self.k}",
            "svd": f"svd:k={self.k}",
            "learned": f"learned:{self.path}",
        }[self.kind]


def parse_spec(text: str) -> Spec:
    """Read `random:seed=1,k=8`, `svd:k=8` or `learned:PATH`."""
    kind, _, rest = text.partition(":")
    if kind == "learned" and rest:
        return Spec(kind, path=Path(rest))
    wanted = {"random": {"seed", "k"}, "svd": {"k"}}.get(kind)
    values = dict(part.partition("=")[::2] for part in rest.split(","))
    if wanted is None or set(values) != wanted or not all(value.isdecimal() for value in values.values()):
        raise BasisError(f"{text!r} is no basis; write random:seed=1,k=8 or svd:k=8 or learned:PATH.")
    numbers = {name: int(value) for name, value in values.items()}
    _check_k(numbers["k"])
    return Spec(kind, numbers.get("seed", 0), numbers["k"])


def open_basis(spec: str | Spec, weights: Iterable[tuple[str, Tensor]] = (), model: str = "") -> Basis:
    """The basis that a specification means; `weights` and the digest of their `model` are needed for `svd` alone."""
    told = parse_spec(spec) if isinstance(spec, str) else spec
    if told.kind == "random":
        return random(told.seed, told.k)
    if told.kind == "svd":
        return svd(weights, told.k, model)
    return load_basis(told.path)


def check_same(basis: Basis, id_: str, whose: str) -> None:
    """Raise `BasisMismatch` unless the basis has the id that somebody's coefficients were made for."""
    if basis.id != id_:
        raise BasisMismatch(f"{whose} was made for the basis {id_}, but this is {basis.id}; find the one that belongs.")


# --- Below --------------------------------------------------------------------------------------------


def _check_k(k: int) -> None:
    if k < 1:
        raise BasisError(f"A basis needs at least one column; k = {k} was asked for.")


def _id(kind: str, what: Mapping[str, Any]) -> str:
    return f"{kind}-{hashlib.sha256(json.dumps([kind, dict(what)], sort_keys=True).encode()).hexdigest()[:16]}"


def _content(matrices: Mapping[str, tuple[Matrix, Matrix]]) -> str:
    digest = hashlib.sha256()
    for name, pair in sorted(matrices.items()):
        digest.update(json.dumps([name, *(matrix.shape for matrix in pair)]).encode())
        for matrix in pair:
            digest.update(np.ascontiguousarray(matrix, "<f4").data)
    return digest.hexdigest()


def _write(path: Path, tensors: Mapping[str, Matrix], told: Mapping[str, Any]) -> Path:
    file = path if path.suffix == ".safetensors" else path / FILE
    write_tensors(file, tensors, {"format": "pt", "share": json.dumps(told, sort_keys=True)})
    return file


def _orthonormal(key: str, rows: int, k: int) -> Matrix:
    """Columns that are uniform among the orthonormal ones, from a key alone.

    numpy may change how it draws normal numbers from one version to the next; a hash and the formula of Box and
    Muller stay. The QR decomposition is unique once R's diagonal is positive.
    """
    bits = np.frombuffer(hashlib.shake_256(key.encode()).digest(16 * rows * k), "<u8").reshape(2, rows, k)
    first, second = (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
    normal = np.sqrt(-2 * np.log1p(-first)) * np.cos(2 * math.pi * second)
    q, r = np.linalg.qr(normal)
    return (q * np.sign(np.diag(r))).astype(np.float32)
