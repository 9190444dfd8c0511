"""The tuner: tasks as a few coefficients each, above a basis that is there once for all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from peft.tuners.tuners_utils import (
    BaseTuner,
    BaseTunerLayer,
    _get_in_out_features,
    _maybe_include_all_linear_layers,
    onload_layer,
)
from peft.utils import get_quantization_kwargs, resolve_quantization_backend
from peft.utils.other import AuxiliaryTrainingWrapper, _set_adapter
from torch import Tensor, nn

from sleepy_share.basis import Basis, check_same, open_basis
from sleepy_share.config import ShareConfig
from sleepy_share.errors import AdapterError
from sleepy_share.layer import Linear, ShareLayer, unpack


class ShareModel(BaseTuner):
    """A model with the coefficients of any number of tasks: h = W0 x + β C αᵀ x, or (β ε_β)(α ε_α)ᵀ x for ΔW x.

    β (n × k) and α (d × k) of each adapted weight W0 (n × d) are frozen and the same for all adapters. What an adapter
    trains, saves and loads is C (k × k), or ε_β and ε_α (k × p), and the id of the basis that it belongs to.

    A general LoRA may lie below: merged into the model before, or as layers that this tuner wraps,
    `get_peft_model(PeftModel.from_pretrained(model, lora).get_base_model(), ShareConfig(...))`. Disabling, merging and
    unloading the coefficients leave it as it is.

    Example:
        >>> register()
        >>> model = get_peft_model(model, ShareConfig(basis="random:seed=1,k=8", target_modules="all-linear"))
        >>> ...  # train it as a LoRA is trained, at about ten times its learning rate
        >>> model.save_pretrained("tasks/borrow"), model.save_basis("tasks")
        >>> model.load_adapter("tasks/other", "other"), model.set_adapter("other")
    """

    prefix = "share_eps_"
    tuner_layer_cls = ShareLayer
    target_module_mapping: dict[str, list[str]] = {}  # noqa: RUF012 (peft's own attribute)

    basis: Basis

    def save_basis(self, path: str | Path) -> Path:
        """Write the basis, once for all tasks: into the folder of a task, or the one that holds the tasks' folders.

        A random one is nothing but its seed, and needs no file.
        """
        return self.basis.save(Path(path))

    def set_adapter(self, adapter_name: str | list[str], inference_mode: bool = False) -> None:
        """Say which adapters take part, and train unless `inference_mode`. No weight is touched unless it is merged."""
        names = [adapter_name] if isinstance(adapter_name, str) else list(adapter_name)
        for layer in self._layers:
            layer.unmerge()
            layer.set_adapter(names, inference_mode=inference_mode)
        if self._trains_modules:
            _set_adapter(self.model, adapter_name, inference_mode=inference_mode)
        self.active_adapter = adapter_name

    def set_scale(self, adapter_name: str, scale: float) -> None:
        """Weigh an adapter's ΔW while the model runs. What was merged is unmerged, as by `set_adapter`."""
        for layer in self._layers:
            layer.unmerge()
            layer.set_scale(adapter_name, scale)

    def merge_adapter(self, adapter_names: list[str] | None = None, safe_merge: bool = False) -> None:
        """Add the adapters' ΔW to the weights, until `unmerge_adapter`; a LoRA below is not merged with them."""
        for layer in self._layers:
            with onload_layer(layer):
                layer.merge(safe_merge=safe_merge, adapter_names=adapter_names)

    def unmerge_adapter(self) -> None:
        """Take what was merged from the weights again."""
        for layer in self._layers:
            with onload_layer(layer):
                layer.unmerge()

    # --- What peft calls ------------------------------------------------------------------------------

    def _pre_injection_hook(self, model: nn.Module, config: ShareConfig, adapter_name: str) -> None:
        self._layers: list[Linear] = []
        self.basis = self._open(model, config)
        self._spec = config.basis

    def _check_new_adapter_config(self, config: ShareConfig) -> None:
        super()._check_new_adapter_config(config)
        if config.basis_id is None:
            same = config.basis == self._spec
            config.basis_id = (self.basis if same else self._open(self.model, config)).id
        check_same(self.basis, config.basis_id, "The adapter")

    def _create_and_replace(
        self,
        config: ShareConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
        **_: Any,
    ) -> None:
        if isinstance(target, Linear):
            target.update_layer(adapter_name, config)
            return
        base = target.get_base_layer() if isinstance(target, BaseTunerLayer) else target
        if not _is_linear(base):
            raise TypeError(
                f"{current_key} is a {type(base).__name__}; only linear modules, quantised or not, can be adapted."
            )
        beta, alpha = self.basis.factors(current_key, *reversed(_get_in_out_features(base)))
        module = Linear(
            target,
            torch.from_numpy(beta),
            torch.from_numpy(alpha),
            adapter_name,
            config,
            **get_quantization_kwargs(self),
        )
        if adapter_name not in self.active_adapters:
            module.requires_grad_(False)
        self._replace_module(parent, target_name, module, target)
        self._layers.append(module)

    def _enable_adapter_layers(self, enabled: bool = True) -> None:
        wrapped = self.model.modules() if self._trains_modules else ()
        for module in (*self._layers, *(m for m in wrapped if isinstance(m, AuxiliaryTrainingWrapper))):
            module.enable_adapters(enabled)

    @classmethod
    def _get_adapter_state_dict(cls, *args: Any, **kwargs: Any) -> dict[str, Tensor]:
        """The coefficients, and not those of a LoRA below whose adapter has the same name."""
        found = super()._get_adapter_state_dict(*args, **kwargs)
        return {key: value for key, value in found.items() if f".{cls.prefix}" in key}

    @classmethod
    def _remap_adapter_state_dict_for_load(
        cls, model: nn.Module, config: ShareConfig, adapter_name: str, state_dict: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        found = super()._remap_adapter_state_dict_for_load(model, config, adapter_name, state_dict)
        _check_complete(model, adapter_name, {key: value for key, value in found.items() if f".{cls.prefix}" in key})
        return found

    def __getattr__(self, name: str) -> Any:
        """As peft's, but the adapters of a LoRA below are not taken for this tuner's."""
        if name == "peft_config":
            raise AttributeError(name)
        return super().__getattr__(name)

    # --- Below ----------------------------------------------------------------------------------------

    @property
    def _trains_modules(self) -> bool:
        """Are there modules that are trained as a whole? To look for them takes longer than to switch all layers."""
        return any(config.modules_to_save for config in self.peft_config.values())

    def _open(self, model: nn.Module, config: ShareConfig) -> Basis:
        if config.spec.kind != "svd":
            return open_basis(config.spec)
        return open_basis(config.spec, self._weights(model, config), _digest(self._weights(model, config)))

    def _weights(self, model: nn.Module, config: ShareConfig) -> Iterator[tuple[str, Tensor]]:
        """The weights that an adapter is for, by name; dequantised."""
        config = _maybe_include_all_linear_layers(
            self._prepare_adapter_config(config, self.get_model_config(model)), model
        )
        inside: tuple[str, ...] = ()
        for name, module in model.named_modules():
            if name.startswith(inside):
                continue
            base = module
            if isinstance(module, BaseTunerLayer):
                inside, base = (*inside, f"{name}."), module.get_base_layer()
            if self._check_target_module_exists(config, name) and _is_linear(base):
                unpack(base)
                backend = resolve_quantization_backend(base)
                yield name, base.weight.data if backend is None else backend.get_base_weight(base)


def _is_linear(module: nn.Module) -> bool:
    if isinstance(module, nn.Linear):
        return True
    backend = resolve_quantization_backend(module)
    return backend is not None and backend.layer_type == "linear"


def _digest(weights: Iterator[tuple[str, Tensor]]) -> str:
    """What a basis of singular vectors depends on: the weights as float32, so that bf16 and its copy agree."""
    digest = hashlib.sha256()
    for name, weight in weights:
        digest.update(f"{name} {tuple(weight.shape)} ".encode())
        digest.update(weight.to("cpu", torch.float32).contiguous().numpy().data)
    return digest.hexdigest()[:16]


def _check_complete(model: nn.Module, adapter_name: str, coefficients: dict[str, Tensor]) -> None:
    """Refuse coefficients that would leave a module of the model untouched, or fit no module, or are not numbers."""
    wanted = {
        f"{name}.{kind}.{adapter_name}"
        for name, module in model.named_modules()
        if isinstance(module, ShareLayer)
        for kind in module.adapter_layer_names
        if adapter_name in getattr(module, kind)
    }
    whose = f"The file of {adapter_name!r}"
    if lacking := wanted - coefficients.keys():
        raise AdapterError(f"{whose} is not whole: it lacks {len(lacking)} coefficients, such as {min(lacking)}.")
    if unknown := coefficients.keys() - wanted:
        raise AdapterError(f"{whose} fits another model: nothing here has its {len(unknown)}, such as {min(unknown)}.")
    broken = [key for key, value in coefficients.items() if not torch.isfinite(value).all()]
    if broken:
        raise AdapterError(f"{whose} holds NaN or infinite coefficients, such as {broken[0]}.")
