"""The paper's mathematics on tensors."""

from __future__ import annotations

import torch
from torch import Tensor


def leading(matrix: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """The k leading singular triplets: U (n × k), σ (k), V (d × k)."""
    u, s, vh = torch.linalg.svd(matrix, full_matrices=False)
    return u[:, :k], s[:k], vh[:k].T
