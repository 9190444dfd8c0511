"""A basis for a model that no adapter exists of yet, written to a file: the cold start."""

from __future__ import annotations

from pathlib import Path

from sleepy_share.basis import Basis, open_basis, parse_spec
from sleepy_share.errors import BasisError


def start(spec: str, out: Path, model: Path | None = None, target_modules: str = "all-linear") -> Basis:
    """Write the basis of `random:seed=1,k=8` or `svd:k=8` into a folder as `basis.safetensors`.

    `model`, a folder as transformers saves it, is needed for singular vectors alone. `target_modules` as in
    `ShareConfig`: tasks are to be trained with the same.
    """
    told = parse_spec(spec)
    if told.kind == "random":
        basis = open_basis(told)
    elif told.kind == "svd":
        if model is None:
            raise BasisError(f"{spec} is made of a model's own weights; say in which folder they are.")
        basis = _singular(spec, model, target_modules)
    else:
        raise BasisError(f"{spec} is a basis that exists; start with random:seed=1,k=8 or svd:k=8.")
    basis.save(out)
    return basis


def _singular(spec: str, model: Path, target_modules: str) -> Basis:
    from peft import get_peft_model
    from transformers import AutoModelForCausalLM

    from sleepy_share.config import ShareConfig
    from sleepy_share.model import ShareModel
    from sleepy_share.registration import register

    register()
    try:
        loaded = AutoModelForCausalLM.from_pretrained(model, local_files_only=True)
        tuner = get_peft_model(loaded, ShareConfig(basis=spec, target_modules=target_modules)).base_model
    except (OSError, ValueError) as error:
        raise BasisError(f"{model} cannot be read as a model: {str(error).splitlines()[0]}") from error
    assert isinstance(tuner, ShareModel)
    return tuner.basis
