"""The example shows what it says: few coefficients above a learned basis do what a LoRA cannot from few examples."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="THE EXAMPLE OF SHARE IS NOT TRIED: no torch (make trainer)")

EXAMPLE = Path(__file__).parents[2] / "share" / "examples" / "learn_a_basis.py"


@pytest.mark.train
@pytest.mark.slow
def test_coefficients_above_a_learned_basis_need_fewer_examples_than_a_lora(tmp_path: Path) -> None:
    untrained, lora, coefficients, merged = runpy.run_path(str(EXAMPLE))["main"](tmp_path).values()
    assert coefficients < lora / 2 < untrained / 2
    assert merged == pytest.approx(coefficients, rel=0.1)
