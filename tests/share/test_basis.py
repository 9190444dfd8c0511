"""One interface over random, singular and learned bases; files that say when they are not what they were."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from helpers.small_disk import disk, fill
from sleepy_share import basis as bases
from sleepy_share.errors import BasisError, BasisMismatch, DamagedFile, SaveFailed


def orthonormal(matrix: np.ndarray) -> bool:
    return bool(np.allclose(matrix.T @ matrix, np.eye(matrix.shape[1]), atol=1e-5))


def some_basis(seed: int = 0, k: int = 3) -> bases.StoredBasis:
    made = bases.random(seed, k)
    return bases.learned({name: made.factors(name, 12, 7) for name in ("a.q", "a.v")}, {"adapters": ["one", "two"]})


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("random:seed=1,k=8", "random:seed=1,k=8"),
        ("random:k=8,seed=1", "random:seed=1,k=8"),
        ("svd:k=8", "svd:k=8"),
        ("learned:/a b/c=d,e:f", "learned:/a b/c=d,e:f"),
    ],
)
def test_a_specification_is_read_and_written(text: str, again: str) -> None:
    assert str(bases.parse_spec(text)) == again
    assert bases.parse_spec(again) == bases.parse_spec(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "random",
        "random:k=8",
        "random:seed=1,k=0",
        "random:seed=-1,k=8",
        "svd:k=8,seed=1",
        "svd:k=x",
        "learned:",
        "pca:k=8",
    ],
)
def test_what_is_no_specification_is_refused(text: str) -> None:
    with pytest.raises(BasisError):
        bases.parse_spec(text)


def test_a_random_basis_is_the_same_everywhere_and_for_ever() -> None:
    beta, alpha = bases.random(1, 2).factors("layers.0.q", 3, 4)
    wanted = [[0.1482, 0.5013], [-0.3162, -0.7927], [-0.9370, 0.3468]]
    assert np.allclose(beta, wanted, atol=1e-4), beta
    assert alpha.shape == (4, 2)
    assert bases.random(1, 2).id == "random-ba56df5714e6d1c7"


def test_random_columns_are_orthonormal_and_differ_by_module_side_and_seed() -> None:
    basis = bases.random(1, 8)
    q, v, other = basis.factors("q", 32, 32), basis.factors("v", 32, 32), bases.random(2, 8).factors("q", 32, 32)
    assert all(orthonormal(matrix) for matrix in (*q, *v, *other))
    firsts = [float(matrix[0, 0]) for matrix in (*q, *v, *other)]
    assert len(set(firsts)) == len(firsts)


def test_a_module_that_is_smaller_than_k_gets_as_many_columns_as_it_has() -> None:
    beta, alpha = bases.random(1, 8).factors("q", 5, 20)
    assert (beta.shape, alpha.shape) == ((5, 5), (20, 5))


def test_the_id_of_a_random_basis_says_seed_and_k_and_that_of_a_learned_one_its_numbers() -> None:
    assert bases.random(1, 8).id == bases.random(1, 8).id
    assert len({bases.random(1, 8).id, bases.random(2, 8).id, bases.random(1, 9).id}) == 3
    assert some_basis().id == some_basis().id
    assert some_basis().id != some_basis(seed=1).id


def test_numpy_alone_makes_reads_and_writes_a_basis(tmp_path: Path) -> None:
    """The export to a server, and its processes, have no torch."""
    program = f"""
import sys
from pathlib import Path
from sleepy_share import basis
basis.random(1, 4).factors("q", 9, 9)
basis.load_basis(basis.random(1, 4).save(Path({str(tmp_path)!r})))
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("made", [bases.random(3, 4), some_basis()])
def test_a_basis_is_saved_and_loaded(made: bases.Basis, tmp_path: Path) -> None:
    file = made.save(tmp_path)
    assert file == tmp_path / "basis.safetensors"
    for loaded in (bases.load_basis(tmp_path), bases.load_basis(file), bases.open_basis(f"learned:{tmp_path}")):
        assert (loaded.id, loaded.k, loaded.kind) == (made.id, made.k, made.kind)
        for mine, theirs in zip(made.factors("a.q", 12, 7), loaded.factors("a.q", 12, 7), strict=True):
            assert np.array_equal(mine, theirs)
            assert theirs.flags.writeable, "torch.from_numpy warns of memory that it may not write"


@pytest.mark.train
def test_a_basis_of_singular_vectors_names_its_model_and_is_loaded_under_the_same_id(tmp_path: Path) -> None:
    import torch

    torch.manual_seed(0)
    weight = torch.randn(9, 6, dtype=torch.bfloat16)
    made = bases.svd([("q", weight)], 4, "model-1")
    beta, alpha = made.factors("q", 9, 6)
    assert orthonormal(beta)
    assert orthonormal(alpha)
    core = beta.T @ weight.float().numpy() @ alpha
    assert np.allclose(core, np.diag(torch.linalg.svdvals(weight.float())[:4].numpy()), atol=1e-5)
    assert bases.svd([("q", weight)], 4, "model-2").id != made.id
    assert bases.load_basis(made.save(tmp_path)).id == made.id


def test_a_module_that_a_basis_does_not_know_or_knows_in_another_shape_is_an_error_that_says_so() -> None:
    with pytest.raises(BasisError, match=r"knows no module b\.q; it knows 2: a\.q, a\.v"):
        some_basis().factors("b.q", 12, 7)
    with pytest.raises(BasisError, match=r"another model: a\.q is 12 × 8 here, 12 × 7 there"):
        some_basis().factors("a.q", 12, 8)


def test_coefficients_of_another_basis_are_refused_with_both_ids() -> None:
    bases.check_same(some_basis(), some_basis().id, "the adapter")
    with pytest.raises(
        BasisMismatch, match=f"the adapter was made for the basis nights-1, but this is {some_basis().id}"
    ):
        bases.check_same(some_basis(), "nights-1", "the adapter")


def test_a_file_that_was_cut_off_is_an_error(tmp_path: Path) -> None:
    file = some_basis().save(tmp_path)
    whole = file.read_bytes()
    for length in (0, 4, 20, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        with pytest.raises(DamagedFile, match=r"basis\.safetensors"):
            bases.load_basis(file)
    with pytest.raises(DamagedFile, match="cannot be read"):
        bases.load_basis(tmp_path / "none.safetensors")


def test_a_file_that_someone_changed_is_an_error(tmp_path: Path) -> None:
    file = some_basis().save(tmp_path)
    whole = bytearray(file.read_bytes())
    whole[-1] ^= 1  # one bit of one number
    file.write_bytes(whole)
    with pytest.raises(DamagedFile, match="not as it was saved"):
        bases.load_basis(file)


def test_a_file_whose_id_was_changed_is_an_error(tmp_path: Path) -> None:
    for made in (some_basis(), bases.random(1, 4)):
        file = made.save(tmp_path)
        tensors = load_file(file)
        told = json.loads(bases.read_tensors(file)[1]["share"]) | {"id": "another"}
        save_file(tensors, file, {"share": json.dumps(told)})
        with pytest.raises(DamagedFile, match=f"it says another, but is {made.id}"):
            bases.load_basis(file)


def test_a_safetensors_file_of_something_else_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "adapter_model.safetensors"
    save_file({"q.weight": np.zeros((2, 2), np.float32)}, file)
    with pytest.raises(DamagedFile, match="is no basis"):
        bases.load_basis(file)


def test_a_full_disk_leaves_the_old_basis_as_it_was(tmp_path: Path) -> None:
    big = bases.learned({"q": bases.random(1, 64).factors("q", 2000, 2000)}, {})
    with disk(tmp_path / "disk", "size=4m") as folder:
        some_basis().save(folder)
        fill(folder, 100_000)
        with pytest.raises(SaveFailed, match="what was there before is untouched"):
            big.save(folder)
        assert bases.load_basis(folder).id == some_basis().id
        assert sorted(path.name for path in folder.iterdir()) == ["ballast", "basis.safetensors"]
