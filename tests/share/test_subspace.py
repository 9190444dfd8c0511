"""The mathematics of Share: what must hold exactly does, what is approximated stays within its stated bound."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="THE MATHEMATICS OF SHARE IS NOT TRIED: no torch (make trainer)")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from torch import Tensor  # noqa: E402

from sleepy_share import subspace  # noqa: E402
from sleepy_share.errors import AdapterError  # noqa: E402
from sleepy_share.subspace import Coefficients, Recipe, merge  # noqa: E402

pytestmark = pytest.mark.train

N, D = 40, 28


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def adapters(count: int, rank: int = 4, within: int | None = None, noise: float = 0.0) -> list[tuple[Tensor, Tensor]]:
    """Adapters that lie in a common subspace of `within` directions but for some noise."""
    left, right = normal(N, within or N, seed=1), normal(within or D, D, seed=2)
    found = []
    for i in range(count):
        b = left @ normal(left.shape[1], rank, seed=10 + i) + noise * normal(N, rank, seed=5000 + i)
        a = normal(rank, right.shape[0], seed=20_000 + i) @ right + noise * normal(rank, D, seed=30_000 + i)
        found.append((b / 10, a / 10))
    return found


def close(one: Tensor, other: Tensor, part: float = 1e-5) -> bool:
    return bool((one - other).norm() <= part * other.norm())


def part_lost(pairs: list[tuple[Tensor, Tensor]], beta: Tensor) -> tuple[float, float]:
    """Of the left factors in the balanced gauge: the energy outside of a basis, and all of it."""
    stack = torch.cat([subspace.fix_gauge(b, a)[0] for b, a in pairs], 1)
    basis = beta.double()
    return float(((stack - basis @ (basis.T @ stack)) ** 2).sum()), float((stack**2).sum())


# --- Gauge ---


@settings(max_examples=40)
@given(rank=st.integers(1, 12), seed=st.integers(0, 1000), dtype=st.sampled_from(["float32", "bfloat16", "float64"]))
def test_the_gauge_keeps_the_product_and_balances_its_factors(rank: int, seed: int, dtype: str) -> None:
    b, a = (
        normal(9, rank, seed=seed).to(getattr(torch, dtype)),
        normal(rank, 7, seed=seed + 1).to(getattr(torch, dtype)),
    )
    u, v = subspace.fix_gauge(b, a)
    assert close(u @ v, b.double() @ a.double(), 1e-12)
    assert torch.allclose(u.T @ u, v @ v.T, atol=1e-10), "both have S as their Gram matrix"
    assert torch.allclose(u.T @ u, torch.diag(torch.linalg.svdvals(b.double() @ a.double())[: u.shape[1]]), atol=1e-10)


@settings(max_examples=40)
@given(rank=st.integers(1, 6), seed=st.integers(0, 1000), scale=st.floats(1e-3, 1e3))
def test_the_same_update_in_another_gauge_gives_the_same_pair(rank: int, seed: int, scale: float) -> None:
    b, a = normal(9, rank, seed=seed).double(), normal(rank, 7, seed=seed + 1).double()
    other = torch.linalg.qr(normal(rank, rank, seed=seed + 2).double())[0] * scale
    for mine, theirs in zip(
        subspace.fix_gauge(b, a), subspace.fix_gauge(b @ other, torch.linalg.inv(other) @ a), strict=True
    ):
        assert close(theirs, mine, 1e-6)


def test_the_basis_is_that_of_the_updates_whatever_their_gauge_and_raw_stacking_is_not() -> None:
    pairs = adapters(6, rank=3)
    other = [(b * 30.0 ** (i - 3), a / 30.0 ** (i - 3)) for i, (b, a) in enumerate(pairs)]
    projectors = {}
    for gauge in ("balanced", "raw"):
        found = [merge(None, [], given, Recipe(k=4, gauge=gauge)) for given in (pairs, other)]
        projectors[gauge] = [one.beta @ one.beta.T for one in found]
    assert torch.allclose(*projectors["balanced"], atol=1e-5)
    assert not torch.allclose(*projectors["raw"], atol=0.1)


# --- Phase 1 ---


@pytest.mark.parametrize("ranks", [(4, 4, 4), (1, 3, 6)])
def test_adapters_within_a_subspace_of_k_directions_are_reconstructed_exactly(ranks: tuple[int, ...]) -> None:
    pairs = [adapters(9, rank=rank, within=8)[i] for i, rank in enumerate(ranks)]
    found = merge(None, [], pairs, Recipe(explained=1.0))
    assert found.beta.shape == (N, 8)
    assert found.alpha.shape == (D, 8)
    for (b, a), task, rank in zip(pairs, found.new, ranks, strict=True):
        assert task.b is not None
        assert task.b.shape == (8, rank)
        assert close(task.delta(found.beta, found.alpha), b @ a)


@pytest.mark.parametrize(
    "recipe", [Recipe(k=5), Recipe(), Recipe(mean="appended"), Recipe(mean="dropped"), Recipe(k=28)]
)
@pytest.mark.parametrize("count", [2, 20])
def test_columns_are_orthonormal(recipe: Recipe, count: int) -> None:
    found = merge(None, [], adapters(count), recipe)
    for side in (found.beta, found.alpha):
        assert torch.allclose(side.T @ side, torch.eye(side.shape[1]), atol=1e-5)


def test_coefficients_by_projection_are_those_by_the_pseudo_inverse() -> None:
    pairs = adapters(5)
    found = merge(None, [], pairs, Recipe(k=6))
    for (b, a), task in zip(pairs, found.new, strict=True):
        u, v = subspace.fix_gauge(b, a)
        assert torch.allclose(task.b.double(), torch.linalg.pinv(found.beta.double()) @ u, atol=1e-5)
        assert torch.allclose(task.a.double(), torch.linalg.pinv(found.alpha.double()) @ v.T, atol=1e-5)
        core = subspace.project_core(found.beta, found.alpha, b, a)
        best = torch.linalg.pinv(found.beta) @ (b @ a) @ torch.linalg.pinv(found.alpha.T)
        assert close(core.core, best, 1e-4)


@pytest.mark.parametrize("explained", [0.3, 0.6, 0.9])
def test_as_many_directions_are_kept_as_explain_enough_and_no_more(explained: float) -> None:
    pairs = adapters(8)
    found = merge(None, [], pairs, Recipe(explained=explained))
    assert all(lost <= (1 - explained) * seen for lost, seen in zip(found.lost, found.seen, strict=True))
    fewer = merge(None, [], pairs, Recipe(k=found.beta.shape[1] - 1))
    assert any(lost > (1 - explained) * seen for lost, seen in zip(fewer.lost, fewer.seen, strict=True))
    lost, seen = part_lost(pairs, found.beta)
    assert (lost, seen) == pytest.approx((found.lost[0], found.seen[0]), rel=1e-4)


def test_no_other_subspace_of_the_size_explains_more() -> None:
    pairs = adapters(8)
    found = merge(None, [], pairs, Recipe(k=6))
    stack = torch.cat([subspace.fix_gauge(b, a)[0] for b, a in pairs], 1)
    assert found.lost[0] == pytest.approx(float((torch.linalg.svdvals(stack)[6:] ** 2).sum()), rel=1e-6)


def test_what_all_adapters_have_in_common_is_kept_unless_the_mean_is_dropped() -> None:
    """Trap 2: centring as in the public code loses it."""
    common = normal(N, 1, seed=3) / 2, normal(1, D, seed=4)
    pairs = [(torch.cat([common[0], b / 30], 1), torch.cat([common[1], a / 30], 0)) for b, a in adapters(6, rank=2)]
    kept = {}
    for mean in ("inside", "appended", "dropped"):
        found = merge(None, [], pairs, Recipe(k=3, mean=mean))
        (b, a), task = pairs[0], found.new[0]
        kept[mean] = float((task.delta(found.beta, found.alpha) * (b @ a)).sum() / (b @ a).square().sum())
    assert kept["inside"] > 0.99
    assert kept["appended"] > 0.99
    assert kept["dropped"] < kept["inside"]


def test_the_mean_adapter_is_the_mean_of_the_updates() -> None:
    pairs = adapters(3, rank=2)
    mean = sum(b @ a for b, a in pairs) / 3
    b, a = subspace.mean_adapter(pairs, 6)
    assert close(b @ a, mean)
    b, a = subspace.mean_adapter(pairs, 2)
    u, s, vh = torch.linalg.svd(mean)
    assert close(b @ a, u[:, :2] * s[:2] @ vh[:2], 1e-4)


def test_a_subspace_of_more_directions_than_the_adapters_have_is_filled_up() -> None:
    found = merge(None, [], adapters(2, rank=1), Recipe(k=20))
    assert found.beta.shape == (N, 2), "two updates of rank one have two directions"
    wide = merge(None, [], [(torch.zeros(N, 1), torch.zeros(1, D)), (torch.zeros(N, 1), torch.zeros(1, D))])
    assert torch.allclose(wide.beta.T @ wide.beta, torch.eye(1))
    assert all(task.delta(wide.beta, wide.alpha).norm() == 0 for task in wide.new)


@pytest.mark.parametrize("wanted", [Recipe(k=12), Recipe(explained=0.6), Recipe(explained=0.9)])
def test_the_leading_part_of_a_large_stack_is_found_by_a_random_range(
    wanted: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = normal(600, 40, seed=5) * torch.linspace(3, 0.5, 40) @ normal(40, 700, seed=6) + normal(600, 700, seed=7)
    exact = subspace.principal(stack, wanted)
    monkeypatch.setattr(subspace, "LARGE", 100)
    by_range = subspace.principal(stack, wanted)
    assert len(by_range.energies) < 600, "the whole was decomposed"
    assert abs(by_range.k - exact.k) <= 1
    k = min(by_range.k, exact.k)
    assert float(by_range.energies[:k].sum()) == pytest.approx(float(exact.energies[:k].sum()), rel=1e-3)
    left = by_range.cut(k)
    assert torch.allclose(left.T @ left, torch.eye(k, dtype=left.dtype), atol=1e-6)


def test_singular_vectors_of_a_large_matrix_are_found_by_a_random_range(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = normal(200, 12, seed=1) @ normal(12, 150, seed=2) + 0.1 * normal(200, 150, seed=3)
    exact = subspace.leading(matrix, 6)
    monkeypatch.setattr(subspace, "LARGE", 50)
    found = subspace.leading(matrix, 6)
    assert torch.allclose(found[1], exact[1], rtol=1e-4)
    assert close(found[0] * found[1] @ found[2].T, exact[0] * exact[1] @ exact[2].T, 1e-3)


# --- Phase 3 ---


def merged_one_by_one(pairs: list[tuple[Tensor, Tensor]], recipe: Recipe, at_once: int = 1) -> subspace.Merged:
    state = merge(None, [], pairs[:at_once], recipe)
    for i in range(at_once, len(pairs), at_once):
        old = [*state.old, *state.new]
        state = merge((state.beta, state.alpha), old, pairs[i : i + at_once], recipe, state.lost)
    return state


def test_adapters_in_a_common_subspace_lose_nothing_by_being_merged_one_after_another() -> None:
    pairs = adapters(20, rank=2, within=8)
    state = merged_one_by_one(pairs, Recipe(explained=1.0))
    assert state.beta.shape == (N, 8)
    for (b, a), task in zip(pairs, [*state.old, *state.new], strict=True):
        assert close(task.delta(state.beta, state.alpha), b @ a, 1e-4)


@pytest.mark.parametrize("gauge", ["raw", "balanced"])
@pytest.mark.parametrize("recipe", [{"k": 12}, {"explained": 0.6}, {"explained": 0.9}])
@pytest.mark.parametrize("count", [20, 200])
def test_merging_one_after_another_loses_what_it_says_at_most_and_little_more_than_at_once(
    count: int, recipe: dict[str, float], gauge: str
) -> None:
    """The bound in `merge`: the last basis leaves of all adapters no more energy than all merges dropped."""
    pairs = [subspace.fix_gauge(*pair) for pair in adapters(count, rank=2, within=10, noise=0.3)]
    state = merged_one_by_one(pairs, Recipe(**recipe, gauge=gauge), at_once=1 if count < 100 else 4)
    at_once = merge(None, [], pairs, Recipe(k=state.beta.shape[1]))
    lost, seen = part_lost(pairs, state.beta)
    assert lost <= state.lost[0] * (1 + 1e-4)
    assert lost / seen <= at_once.lost[0] / at_once.seen[0] + 0.05
    if "explained" in recipe:
        assert lost <= (1 - recipe["explained"]) * seen * (1 + 1e-4), "the variance to explain is that of the adapters"


@pytest.mark.parametrize("count", [20, 200])
def test_old_tasks_keep_their_updates_to_the_variance_that_is_kept(count: int) -> None:
    """Also the first ones: 90 % of 90 % of … would leave nothing of them."""
    pairs = adapters(count, rank=2, within=10, noise=0.2)
    state = merged_one_by_one(pairs, Recipe(explained=0.9), at_once=1 if count < 100 else 4)
    kept = []
    for (b, a), task in zip(pairs, [*state.old, *state.new], strict=True):
        wanted = b @ a
        kept.append(1 - float((task.delta(state.beta, state.alpha) - wanted).square().sum() / wanted.square().sum()))
    assert sum(kept) / len(kept) > 0.8, "a tenth is lost on each side at most"
    assert sum(kept[:10]) / 10 > 0.7
    assert min(kept) > 0.3


@pytest.mark.parametrize("form", ["product", "core"])
def test_every_old_task_is_recomputed_with_its_temporary_factors(form: str) -> None:
    """Trap 4. Nothing is lost when all variance is kept, and 90 % of it when 90 % are."""
    state = merge(None, [], adapters(4, rank=2), Recipe(explained=0.9))
    beta, alpha = state.beta, state.alpha
    k, phi = beta.shape[1], 2
    tasks = []
    for i in range(3):
        beside = {"temporary_b": normal(N, phi, seed=70 + i), "temporary_a": normal(D, phi, seed=80 + i)}
        if form == "core":
            tasks.append(Coefficients(core=normal(k + phi, k + phi, seed=60 + i), **beside))
        else:
            tasks.append(Coefficients(b=normal(k + phi, 3, seed=60 + i), a=normal(k + phi, 3, seed=90 + i), **beside))
    tasks.append(Coefficients(core=normal(k, k, seed=66)))
    for explained in (1.0, 0.9):
        found = merge((beta, alpha), tasks, adapters(5, rank=2)[4:], Recipe(explained=explained), state.lost)
        assert all(
            (after.core is None) == (before.core is None) for before, after in zip(tasks, found.old, strict=True)
        )
        assert all(after.temporary_b is None for after in found.old)
        wanted = torch.cat([task.delta(beta, alpha) for task in tasks])
        kept = torch.cat([task.delta(found.beta, found.alpha) for task in found.old])
        assert (kept - wanted).square().sum() <= (1 - explained + 1e-8) * wanted.square().sum()


def test_a_task_that_was_trained_comes_back_in_the_gauge_of_the_others() -> None:
    state = merge(None, [], adapters(4), Recipe(k=6))
    trained = Coefficients(b=normal(6, 2, seed=1) * 1e4, a=normal(6, 2, seed=2) / 1e4)
    found = merge((state.beta, state.alpha), [*state.new, trained], [], Recipe(explained=1.0))
    task = found.old[-1]
    assert float(task.b.norm()) == pytest.approx(float(task.a.norm()), rel=1e-4)
    assert close(task.delta(found.beta, found.alpha), trained.delta(state.beta, state.alpha))


def test_there_is_nothing_to_merge_without_an_adapter() -> None:
    with pytest.raises(AdapterError, match="nothing to merge"):
        merge(None, [], [])


@pytest.mark.parametrize("values", [{"k": 0}, {"explained": 0.0}, {"explained": 60}])
def test_a_recipe_that_cannot_be_followed_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(AdapterError):
        Recipe(**values)


# --- Forms and temporary factors ---


def test_product_and_core_form_say_the_same() -> None:
    beta, alpha = torch.linalg.qr(normal(N, 6))[0], torch.linalg.qr(normal(D, 6))[0]
    product = Coefficients(b=normal(6, 2, seed=1), a=normal(6, 2, seed=2))
    core = subspace.to_core(product)
    assert core.core.shape == (6, 6)
    assert close(core.delta(beta, alpha), product.delta(beta, alpha))
    back = subspace.to_product(core, 2)
    assert back.b.shape == (6, 2)
    assert close(back.delta(beta, alpha), product.delta(beta, alpha))


def test_temporary_factors_are_what_the_basis_lacks_most() -> None:
    beta = torch.linalg.qr(normal(N, 6))[0]
    outside = normal(N, 2, seed=3)
    factor = beta @ normal(6, 8, seed=4) + outside @ normal(2, 8, seed=5) + 1e-3 * normal(N, 8, seed=6)
    found = subspace.temporary_factors(beta, factor, 2)
    assert found.shape == (N, 2)
    assert torch.allclose(found.T @ found, torch.eye(2), atol=1e-5)
    assert float((beta.T @ found).abs().max()) < 1e-5
    both = torch.cat([beta, found], 1)
    assert close(both @ (both.T @ factor), factor, 1e-2)
