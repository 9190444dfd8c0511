"""Phases 1 to 3 of Share as pure functions on tensors: many low-rank updates, one subspace, a few coefficients each.

After "Shared LoRA Subspaces for almost Strict Continual Learning" (arXiv:2602.06043). An adapter of a weight W0 (n × d)
is a pair B (n × r), A (r × d) with ΔW = B A, the scale α_lora/r folded in.

    phase 1   stack [B_1 … B_t] (n × tr) and [A_1ᵀ … A_tᵀ] (d × tr); β (n × k), α (d × k): their leading left singular
              vectors; ε_β^i = βᵀ B_i, ε_α^i = αᵀ A_iᵀ, so that ΔW_i ≈ (β ε_β^i)(α ε_α^i)ᵀ
    phase 2   a new task trains ε alone, and perhaps φ temporary factors beside β and α     (see `layer.py`)
    phase 3   old tasks come back from basis and coefficients, are stacked with the new, and phase 1 is done again

Three things are not as in the paper's public code, which loses what they keep:
- Before stacking, each pair is brought to one gauge (`fix_gauge`): B A = (B R)(R⁻¹ A) for any R, so raw factors are
  stacked by accident of their training.
- Nothing is subtracted by default. The mean that centring takes away is most of what related adapters have in common.
- Phase 3 recomputes every old task, with its temporary factors.

Whatever comes in, sums are made in float64 and results are float32. Functions work on the device of their arguments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from sleepy_share.errors import AdapterError

Pair = tuple[Tensor, Tensor]

# From here on a whole decomposition takes seconds, and one that looks for the leading part only is tried first.
LARGE = 1024
# Energies below this part of the greatest are the rounding of those above.
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a subspace is chosen."""

    k: int | None = None  # so many columns, or
    explained: float = 0.6  # as many as explain this part of the energy of both stacks
    # `appended` centres the stack and adds the mean's direction; `dropped` forgets it, as the public code does.
    mean: Literal["inside", "appended", "dropped"] = "inside"
    gauge: Literal["balanced", "raw"] = "balanced"

    def __post_init__(self) -> None:
        if self.k is not None and self.k < 1:
            raise AdapterError(f"A subspace needs at least one direction; k = {self.k} was asked for.")
        if not 0 < self.explained <= 1:
            raise AdapterError(f"The variance to explain is a part between 0 and 1; {self.explained} was asked for.")


@dataclass(frozen=True, slots=True)
class Coefficients:
    """A task in a module: a core C (k+φ × k+φ), or ε_β (b) and ε_α (a), both k+φ × p; temporary factors or none."""

    core: Tensor | None = None
    b: Tensor | None = None
    a: Tensor | None = None
    temporary_b: Tensor | None = None  # n × φ, further columns of β
    temporary_a: Tensor | None = None  # d × φ, further columns of α

    def pair(self, beta: Tensor, alpha: Tensor) -> Pair:
        """B (n × p) and A (p × d) with ΔW = B A; for a core, p = k+φ."""
        left, right = _beside(beta, self.temporary_b), _beside(alpha, self.temporary_a)
        b, a = self._inner()
        return left @ b, a @ right.T

    def delta(self, beta: Tensor, alpha: Tensor) -> Tensor:
        """ΔW (n × d) = (β ε_β)(α ε_α)ᵀ, or β C αᵀ."""
        b, a = self.pair(beta, alpha)
        return b @ a

    def _inner(self) -> Pair:
        """The same in the coordinates of the basis: (k+φ × p) and (p × k+φ)."""
        if self.core is not None:
            return self.core, torch.eye(self.core.shape[1], dtype=self.core.dtype, device=self.core.device)
        assert self.b is not None
        assert self.a is not None
        return self.b, self.a.T


class Merged(NamedTuple):
    """A module after phase 1 or 3."""

    beta: Tensor  # n × k
    alpha: Tensor  # d × k
    old: list[Coefficients]  # in the forms that they had; no temporary factors any more
    new: list[Coefficients]  # product form, p = the adapter's rank
    seen: tuple[float, float]  # ‖·‖² of all that was ever stacked: the Bs, the As
    lost: tuple[float, float]  # the part of it that no basis has kept, at most


def merge(
    basis: Pair | None,
    old: Sequence[Coefficients],
    new: Sequence[Pair],
    recipe: Recipe = Recipe(),
    lost: tuple[float, float] = (0.0, 0.0),
) -> Merged:
    """Phase 3 for one module, or with neither basis nor old tasks phase 1.

    Old tasks come from `basis` (β, α) and their coefficients alone; no adapter of them is needed again. `lost` is what
    the merges before have lost: it counts among the variance to explain, so that 60 % of 60 % of … does not become of
    the oldest task.

    The new basis leaves of all adapters that were ever merged at most the energy `Merged.lost`: with G the sum of all
    B Bᵀ, each merge replaces G by its leading part and drops some D_j ⪰ 0, and the last projection P annuls what is
    left of G, hence Σ ‖(I-P) B_i‖² = Σ_j tr((I-P) D_j) ≤ Σ_j tr D_j. That holds to the letter in the raw gauge;
    balancing what a merge has shortened shifts energy between B and A. The tests hold the bound for both.
    """
    if basis is None and not new:
        raise AdapterError("There is nothing to merge: neither a basis nor an adapter was given.")
    if basis is None:
        n, d = new[0][0].shape[0], new[0][1].shape[1]
        basis = (new[0][0].new_zeros(n, 0), new[0][1].new_zeros(d, 0))
    beta, alpha = (side.double() for side in basis)
    inside = [task for task in old if task.temporary_b is None]
    beyond = [task.pair(beta, alpha) for task in (_doubled(task) for task in old) if task.temporary_b is not None]
    # In the coordinates of orthonormal columns the gauge is the same as outside, and thousands of tasks are small.
    inner = _gauged([task._inner() for task in (_doubled(task) for task in inside)], recipe)
    outer = _gauged([*beyond, *((b.double(), a.double()) for b, a in new)], recipe)
    sides = []
    for i, frame in enumerate((beta, alpha)):
        held = [_column(pair, i) for pair in inner]
        parts = [frame @ _compressed(torch.cat(held, 1))] if held else []
        stacked = torch.cat([*parts, *(_column(pair, i) for pair in outer)], 1)
        sides.append(principal(stacked, recipe, lost[i]))
    most = min(beta.shape[0], alpha.shape[0])
    k = min(max(side.k for side in sides), most)
    left, right = (side.cut(k) for side in sides)
    seen = (sides[0].total, sides[1].total)
    kept = (float(sides[0].energies[:k].sum()), float(sides[1].energies[:k].sum()))
    into = (left.T @ beta, right.T @ alpha)
    place = iter(outer)
    at = iter(inner)
    moved = []
    for task in old:
        if task.core is not None:
            moved.append(Coefficients(core=_moved_core(_doubled(task), (left, right), (beta, alpha)).float()))
            next(at if task.temporary_b is None else place)
        elif task.temporary_b is None:
            b, a = next(at)
            moved.append(_product(into[0] @ b, into[1] @ a.T))
        else:
            b, a = next(place)
            moved.append(_product(left.T @ b, right.T @ a.T))
    fresh = [_product(left.T @ b, right.T @ a.T) for b, a in outer[len(beyond) :]]
    gone = (max(seen[0] - kept[0], 0.0), max(seen[1] - kept[1], 0.0))
    return Merged(left.float(), right.float(), moved, fresh, seen, gone)


# --- Gauge ----------------------------------------------------------------------------------------


def fix_gauge(b: Tensor, a: Tensor) -> Pair:
    """The pair B = U √S, A = √S Vᵀ with the same product; b is (…, n, r), a is (…, r, d).

    U S Vᵀ is the singular value decomposition of B A, found by QR of B and of Aᵀ and the decomposition of the small
    core in between. In each column of U the entry of greatest size is positive. Columns come in falling order.
    """
    left, upper_b = torch.linalg.qr(b.double())
    right, upper_a = torch.linalg.qr(a.double().mT)
    u, s, vh = torch.linalg.svd(upper_b @ upper_a.mT, full_matrices=False)
    u, v = left @ u, right @ vh.mT
    signs = u.gather(-2, u.abs().argmax(-2, keepdim=True)).sign()
    root = (s.sqrt().unsqueeze(-2)) * torch.where(signs == 0, 1.0, signs)
    return (u * root), (v * root).mT


def _gauged(pairs: Sequence[Pair], recipe: Recipe) -> list[Pair]:
    """All pairs in one gauge. They are done together, those of lower rank with zeros beside them."""
    if recipe.gauge == "raw" or not pairs:
        return list(pairs)
    most = max(b.shape[1] for b, _ in pairs)
    bs = torch.stack([torch.nn.functional.pad(b, (0, most - b.shape[1])) for b, _ in pairs])
    rows = torch.stack([torch.nn.functional.pad(a, (0, 0, 0, most - a.shape[0])) for _, a in pairs])
    bs, rows = fix_gauge(bs, rows)
    return [(b[:, : one.shape[1]], a[: one.shape[1]]) for b, a, (one, _) in zip(bs, rows, pairs, strict=True)]


# --- The subspace ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Directions:
    """The leading left singular vectors of a stack (n × c), with the energy σ² along each."""

    energies: Tensor  # q, falling (after the mean's own, where that was appended)
    total: float  # what is to be explained: the energy of the stack, and what was lost before
    k: int  # how many the recipe asks for
    frame: Tensor | None  # n × m; none is the identity
    inner: Tensor  # m × q; frame times inner has orthogonal columns along the singular vectors

    def cut(self, k: int) -> Tensor:
        """The first k (n × k), filled up with any orthonormal ones where the stack's rank is lower."""
        found = self.inner[:, :k]
        if self.frame is not None:
            found = torch.linalg.qr(self.frame @ found)[0]
        n, lacking = found.shape[0], k - found.shape[1]
        if lacking <= 0:
            return found
        drawn = torch.randn(n, lacking, generator=_generator(found.device), dtype=found.dtype, device=found.device)
        for _ in range(2):  # once leaves a rounding of the basis in what is drawn
            drawn = torch.linalg.qr(drawn - found @ (found.T @ drawn))[0]
        return torch.cat([found, drawn], 1)


def principal(stack: Tensor, recipe: Recipe = Recipe(), lost: float = 0.0) -> Directions:
    """The directions that explain a stack (n × c) of factors, as the recipe wants them."""
    stack = stack.double()
    if recipe.mean == "inside":
        return _leading(stack, recipe, lost)
    mean = stack.mean(1, keepdim=True)
    centred = _leading(stack - mean, recipe, lost)
    if recipe.mean == "dropped" or not bool(mean.norm() > 0):
        return centred
    # By Pythagoras the energies of the mean and of the centred stack add up to that of the stack.
    own = stack.shape[1] * float((mean**2).sum())
    vectors, upper = torch.linalg.qr(torch.cat([mean / mean.norm(), centred.cut(len(centred.energies))], 1))
    new = upper.diagonal().abs() > 1e-6  # the mean may lie among the others
    energies = torch.cat([centred.energies.new_tensor([own]), centred.energies])[: len(new)][new]
    return _directions(energies, own + centred.total, recipe, None, vectors[:, new])


def columns(energies: Tensor, explained: float, total: float) -> int:
    """The smallest k whose leading energies are this part of the total; all of them where even those are less."""
    reached = energies.cumsum(0) >= (explained - 1e-9) * total
    return int(reached.int().argmax()) + 1 if bool(reached.any()) else max(len(energies), 1)


def leading(matrix: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """The k leading singular triplets of a matrix (n × d): U (n × k), σ (k), V (d × k), in float32."""
    matrix = matrix.float()
    if min(matrix.shape) < LARGE or k > min(matrix.shape) // 4:
        u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    else:
        q = _range(matrix, min(2 * k + 16, min(matrix.shape)), rounds=6)
        inner, s, vh = torch.linalg.svd(q.T @ matrix, full_matrices=False)
        u = q @ inner
    return u[:, :k], s[:k], vh[:k].T


def _leading(stack: Tensor, recipe: Recipe, lost: float) -> Directions:
    """Singular vectors and energies of a stack: enough of them for the recipe; all, where the stack is small."""
    total = float((stack**2).sum()) + lost
    size = 128 if recipe.k is None else 2 * recipe.k + 16
    if min(stack.shape) > LARGE:
        single = stack.float()
        # What a random range holds of the energy is known exactly, so that it is known whether it is enough.
        while size <= min(stack.shape) // 4:
            q = _range(single, size, rounds=2).double()
            energies, vectors = _eigen((held := q.T @ stack) @ held.T)
            if recipe.k is not None or float(energies.sum()) >= recipe.explained * total:
                return _directions(energies, total, recipe, q, vectors)
            size *= 2
    # By the smaller of M Mᵀ and Mᵀ M, which in float64 is as good as factors in float32 deserve.
    if stack.shape[0] <= stack.shape[1]:
        energies, vectors = _eigen(stack @ stack.T)
        return _directions(energies, total, recipe, None, vectors)
    energies, vectors = _eigen(stack.T @ stack)
    return _directions(energies, total, recipe, stack, vectors)


def _directions(energies: Tensor, total: float, recipe: Recipe, frame: Tensor | None, inner: Tensor) -> Directions:
    k = recipe.k if recipe.k is not None else columns(energies, recipe.explained, total)
    return Directions(energies, total, min(k, max(len(energies), 1)), frame, inner)


def _eigen(gram: Tensor) -> Pair:
    """Eigenvalues, falling, and eigenvectors; without those that are the rounding of the greatest."""
    energies, vectors = torch.linalg.eigh(gram)
    energies, vectors = energies.flip(0), vectors.flip(1)
    true = energies > energies[:1].clamp(min=torch.finfo(torch.float64).tiny) * _ROUNDING
    return energies[true], vectors[:, true]


def _range(matrix: Tensor, size: int, rounds: int) -> Tensor:
    """Orthonormal columns that nearly span the leading part of a matrix (Halko, Martinsson, Tropp 2011)."""
    drawn = torch.randn(
        matrix.shape[1], size, generator=_generator(matrix.device), dtype=matrix.dtype, device=matrix.device
    )
    q = torch.linalg.qr(matrix @ drawn)[0]
    for _ in range(rounds):
        q = torch.linalg.qr(matrix @ torch.linalg.qr(matrix.T @ q)[0])[0]
    return q


def _generator(device: torch.device) -> torch.Generator:
    return torch.Generator(device).manual_seed(0)


# --- Coefficients ---------------------------------------------------------------------------------


def project(beta: Tensor, alpha: Tensor, b: Tensor, a: Tensor) -> Coefficients:
    """Phase 1's coefficients of an adapter: ε_β = βᵀ B (k × r), ε_α = αᵀ Aᵀ (k × r)."""
    return _product(beta.double().T @ b.double(), alpha.double().T @ a.double().T)


def project_core(beta: Tensor, alpha: Tensor, b: Tensor, a: Tensor) -> Coefficients:
    """The core of an adapter: C = βᵀ (B A) α (k × k), the nearest to ΔW that β C αᵀ can be."""
    return Coefficients(core=((beta.double().T @ b.double()) @ (a.double() @ alpha.double())).float())


def to_core(task: Coefficients) -> Coefficients:
    """The same task in core form: C = ε_β ε_αᵀ."""
    b, a = task._inner()
    return Coefficients(core=b @ a, temporary_b=task.temporary_b, temporary_a=task.temporary_a)


def to_product(task: Coefficients, p: int | None = None) -> Coefficients:
    """The same task in product form; the nearest of pseudo-rank p, where that is less than the core's rank."""
    b, a = fix_gauge(*task._inner())
    return Coefficients(
        b=b[:, :p].float(), a=a[:p].T.float(), temporary_b=task.temporary_b, temporary_a=task.temporary_a
    )


def temporary_factors(basis: Tensor, factor: Tensor, phi: int) -> Tensor:
    """The φ directions (n × φ) that explain most of what a factor (n × r) has outside of a basis (n × k).

    For a new task that the basis holds badly; the paper lets φ be between 1 and k/4.
    """
    basis = basis.double()
    rest = factor.double() - basis @ (basis.T @ factor.double())
    found = principal(rest, Recipe(k=phi)).cut(phi)
    return torch.linalg.qr(found - basis @ (basis.T @ found))[0].float()


def mean_adapter(pairs: Sequence[Pair], rank: int) -> Pair:
    """The best pair of a rank for the mean of all ΔW: a baseline, and perhaps most of what a basis gives."""
    b = torch.cat([b for b, _ in pairs], 1) / len(pairs)
    a = torch.cat([a for _, a in pairs], 0)
    b, a = fix_gauge(b, a)
    return b[:, :rank].float(), a[:rank].float()


def _product(b: Tensor, a: Tensor) -> Coefficients:
    return Coefficients(b=b.float().contiguous(), a=a.float().contiguous())


def _moved_core(task: Coefficients, new: Pair, old: Pair) -> Tensor:
    """β'ᵀ β C αᵀ α', with the temporary factors among the columns of β and α."""
    assert task.core is not None
    left = new[0].T @ _beside(old[0], task.temporary_b)
    right = new[1].T @ _beside(old[1], task.temporary_a)
    return left @ task.core @ right.T


def _beside(basis: Tensor, temporary: Tensor | None) -> Tensor:
    return basis if temporary is None else torch.cat([basis, temporary.to(basis.dtype)], 1)


def _doubled(task: Coefficients) -> Coefficients:
    held = (task.core, task.b, task.a, task.temporary_b, task.temporary_a)
    return Coefficients(*(None if one is None else one.double() for one in held))


def _column(pair: Pair, side: int) -> Tensor:
    return pair[0] if side == 0 else pair[1].T


def _compressed(inner: Tensor) -> Tensor:
    """k columns at most with the same Gram matrix, so that a merge costs the same for the thousandth task."""
    if inner.shape[1] <= inner.shape[0]:
        return inner
    energies, vectors = torch.linalg.eigh(inner @ inner.T)
    return vectors * energies.clamp(min=0).sqrt()
