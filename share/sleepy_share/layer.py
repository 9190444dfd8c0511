"""A linear module with the coefficients of any number of tasks above one frozen basis."""

from __future__ import annotations

from typing import Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer, _get_in_out_features, check_adapters_to_merge
from peft.utils import quantization_extra_repr, resolve_quantization_backend
from torch import Tensor, nn
from torch.nn.functional import linear

from sleepy_share.config import ShareConfig


class ShareLayer(BaseTunerLayer):
    """What a module knows of its tasks: coefficients per adapter, and the basis that they have in common.

    The basis lies in two buffers, laid out as LoRA's A and B are, and never saved with an adapter:
    `share_basis_a` = αᵀ (k × d) and `share_basis_b` = β (n × k). Coefficients are float32 whatever the model is.
    """

    adapter_layer_names = (
        "share_eps_core",  # C (k+φ × k+φ)                  core form
        "share_eps_b",  # ε_β (k+φ × p)                     product form
        "share_eps_a",  # ε_α (k+φ × p)
        "share_eps_temporary_b",  # n × φ, further columns of β    where φ > 0
        "share_eps_temporary_a",  # d × φ, further columns of α
    )
    other_param_names = ("scaling",)

    share_basis_a: Tensor
    share_basis_b: Tensor

    def __init__(self, base_layer: nn.Module, **kwargs: Any) -> None:
        self.base_layer = base_layer
        self.quantization_backend = resolve_quantization_backend(
            self.get_base_layer(), get_apply_tensor_subclass=kwargs.get("get_apply_tensor_subclass")
        )
        for name in self.adapter_layer_names:
            setattr(self, name, nn.ParameterDict())
        self.scaling: dict[str, float] = {}
        self._disable_adapters = False
        self._active_adapter: list[str] = []
        self.merged_adapters: list[str] = []
        self.in_features, self.out_features = _get_in_out_features(self.get_base_layer())

    def update_layer(self, adapter_name: str, config: ShareConfig, inference_mode: bool = False) -> None:
        """Add a task's coefficients. Its ΔW is zero, and its first step of training changes that."""
        beta, alpha_t = self.share_basis_b.float(), self.share_basis_a.float()
        # A small module has no room for more columns than it has rows, as it has none for a larger basis.
        phi = min(config.phi, self.in_features - beta.shape[1], self.out_features - beta.shape[1])
        size = beta.shape[1] + phi
        if phi:
            self._add("share_eps_temporary_b", adapter_name, _beside(beta, phi))
            self._add("share_eps_temporary_a", adapter_name, _beside(alpha_t.T, phi))
        if config.form == "core":
            self._add("share_eps_core", adapter_name, torch.zeros(size, size))
        else:
            # Were both zero, both gradients would be, for ever. Columns of about unit length, as the basis's are.
            self._add("share_eps_b", adapter_name, torch.zeros(size, config.p))
            self._add("share_eps_a", adapter_name, torch.randn(size, config.p) / size**0.5)
        self.scaling[adapter_name] = 1.0
        self.set_adapter(self.active_adapters, inference_mode=inference_mode)

    def set_adapter(self, adapter_names: str | list[str], inference_mode: bool = False) -> None:
        """Say which tasks' coefficients take part, and are trained unless `inference_mode`; no weight is touched."""
        names = [adapter_names] if isinstance(adapter_names, str) else adapter_names
        active = self._active_adapter
        for name in {*active, *names}:
            trained = name in names and not inference_mode
            for parameter in self.coefficients(name):
                parameter.requires_grad = trained
        active[:] = names

    def coefficients(self, adapter_name: str) -> list[nn.Parameter]:
        """What an adapter trains here; empty where it does not adapt this module."""
        # torch's own dictionaries, since all layers together are to be switched in less than a millisecond.
        dicts = self._modules
        found = [dicts[name]._parameters.get(adapter_name) for name in self.adapter_layer_names]
        return [parameter for parameter in found if parameter is not None]

    def set_scale(self, adapter_name: str, scale: float) -> None:
        """Weigh a task's ΔW by `scale` while the model runs (1 at first); this is not saved."""
        if adapter_name in self.scaling:
            self.scaling[adapter_name] = scale

    def middle(self, adapter_name: str) -> Tensor:
        """What stands between β and αᵀ: scaled C, or ε_β ε_αᵀ (k+φ × k+φ)."""
        if adapter_name in self.share_eps_core:
            core = self.share_eps_core[adapter_name]
        else:
            core = self.share_eps_b[adapter_name] @ self.share_eps_a[adapter_name].T
        scale = self.scaling[adapter_name]
        return core if scale == 1.0 else core * scale

    def get_delta_weight(self, adapter_name: str) -> Tensor:
        """ΔW (n × d) in float32."""
        left, right = self.share_basis_b.float(), self.share_basis_a.float()
        if adapter_name in self.share_eps_temporary_b:
            left = torch.cat([left, self.share_eps_temporary_b[adapter_name]], 1)
            right = torch.cat([right, self.share_eps_temporary_a[adapter_name].T], 0)
        return left @ self.middle(adapter_name) @ right

    def get_base_weight(self) -> Tensor:
        """W0 (n × d), dequantised; merged tasks included."""
        unpack(self.get_base_layer())
        return super().get_base_weight()

    def supports_lora_conversion(self, adapter_name: str = "default") -> bool:
        """An adapter is a LoRA of rank k+φ (core) or p (product)."""
        return True

    def _add(self, name: str, adapter_name: str, start: Tensor) -> None:
        parameter = nn.Parameter(start.to(self.share_basis_b.device), requires_grad=False)
        getattr(self, name)[adapter_name] = parameter

    def _move_adapter_to_device_of_base_layer(self, adapter_name: str, device: torch.device | None = None) -> None:
        """As peft's, but the coefficients stay float32, and frozen ones frozen, when it puts new tensors in."""
        target = device or self.share_basis_b.device
        for parameter in self.coefficients(adapter_name):
            if parameter.device.type != "meta":
                parameter.data = parameter.data.to(target)


class Linear(nn.Module, ShareLayer):
    """A linear module, quantised or not, or one that another tuner (a general LoRA) has wrapped already."""

    def __init__(
        self, base_layer: nn.Module, beta: Tensor, alpha: Tensor, adapter_name: str, config: ShareConfig, **kwargs: Any
    ) -> None:
        nn.Module.__init__(self)
        ShareLayer.__init__(self, base_layer, **kwargs)
        device, dtype = self._get_base_layer_device_and_dtype(self.get_base_layer())
        dtype = dtype if dtype is not None and dtype.is_floating_point else torch.float32
        self.register_buffer("share_basis_a", alpha.T.to(device, dtype).contiguous(), persistent=False)
        self.register_buffer("share_basis_b", beta.to(device, dtype).contiguous(), persistent=False)
        self._active_adapter = [adapter_name]
        self.update_layer(adapter_name, config)

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """h = W0 x + Σ β C αᵀ x over the active tasks."""
        if self.disable_adapters and self.merged:
            self.unmerge()
        if x.requires_grad:
            unpack(self.get_base_layer())
        result = self.base_layer(x, *args, **kwargs)
        if self.disable_adapters or self.merged:
            return result
        active = [name for name in self.active_adapters if name in self.scaling]
        if not active:
            return result
        if self.quantization_backend is not None:
            result = self.quantization_backend.maybe_clone_base_result(result)
        # The basis does not train, so x need not be kept for its gradient: a LoRA keeps x, we keep αᵀ x.
        inside = linear(x, self.share_basis_a.to(x.dtype))
        for name in active:
            parts, left = inside, self.share_basis_b
            if name in self.share_eps_temporary_b:
                parts = torch.cat([parts, linear(x, self.share_eps_temporary_a[name].T.to(x.dtype))], -1)
                left = torch.cat([left, self.share_eps_temporary_b[name].to(left.dtype)], 1)
            # Middle and parts are so small that it costs nothing to multiply them in the coefficients' float32.
            middle = self.middle(name)
            parts = linear(parts.to(middle.dtype), middle).to(x.dtype)
            result = result + linear(parts, left.to(x.dtype)).to(result.dtype)
        return result

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """Add the tasks' ΔW to the weight; with `safe_merge` not before it is known to be finite."""
        for name in check_adapters_to_merge(self, adapter_names) or ():
            if name not in self.scaling:
                continue
            weight = self.get_base_weight()
            merged = (weight.float() + self.get_delta_weight(name)).to(weight.dtype)
            if safe_merge and not torch.isfinite(merged).all():
                raise ValueError(f"The adapter {name} is broken: the merged weight would not be finite.")
            self.set_base_weight(merged)
            self.merged_adapters.append(name)

    def unmerge(self) -> None:
        """Take the tasks' ΔW from the weight again, to the rounding of its dtype."""
        while self.merged_adapters:
            weight = self.get_base_weight()
            delta = self.get_delta_weight(self.merged_adapters.pop())
            self.set_base_weight((weight.float() - delta).to(weight.dtype))

    def unload_and_optionally_merge_module(
        self, merge: bool, safe_merge: bool, adapter_names: list[str] | None
    ) -> nn.Module:
        """What this module stands in for, with the tasks merged or without; a LoRA below stays."""
        if merge:
            self.merge(safe_merge=safe_merge, adapter_names=adapter_names)
        return self.base_layer

    def __repr__(self) -> str:
        return "share." + super().__repr__()

    def extra_repr(self) -> str:
        """See `nn.Module`."""
        return quantization_extra_repr(self)


def unpack(base_layer: nn.Module) -> None:
    """Put a weight of 4 bits back into the layout that gradients and dequantising need, if it is not.

    On the CPU bitsandbytes packs it for inference, and then neither does; asked for its state, the layer unpacks it.
    """
    state = getattr(getattr(base_layer, "weight", None), "quant_state", None)
    if getattr(state, "packing_format_for_cpu", False):
        base_layer.state_dict()


def _beside(basis: Tensor, phi: int) -> Tensor:
    """φ random orthonormal columns (rows × φ), orthogonal to the basis (rows × k)."""
    drawn = torch.randn(basis.shape[0], phi, device=basis.device)
    return torch.linalg.qr(drawn - basis @ (basis.T @ drawn))[0]
