"""Token shift: each position also gets a little of the token before, channel by channel."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.transformer.normalization import RMSNorm


class ShiftedRMSNorm(RMSNorm):
    """RMSNorm, and to each vector a share of the one before: (B, T, C) -> (B, T, C).

    The share is learned, one per channel, and 0 at the start. In front of attention and of the
    feed-forward network, it lets both work on pairs of neighbouring tokens without looking for
    them: the token shift of RWKV (Peng et al. 2023); Canon layers (Allen-Zhu 2025) reach further.

    Raises:
        ValueError: the last axis is not d_model long.
    """

    def __init__(self, d_model: int, eps: float = 1e-6) -> None:
        super().__init__(d_model, eps)
        self.share = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, C); the first position has none before it."""
        y = super().forward(x)
        before = F.pad(y[:, :-1], (0, 0, 1, 0))  # (B, T, C): y one position later, 0 at first (!)
        return torch.addcmul(y, before, self.share.to(y.dtype))  # (!)
