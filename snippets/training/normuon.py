"""NorMuon: Muon whose rows, which are neurons, all move about as far."""

from typing import Any

import torch
from torch import Tensor

from snippets.training.muon import Muon


class NorMuon(Muon):
    """Muon, with each row of an update divided by the size that this row's updates usually have.

    Newton–Schulz makes directions alike, but rows of the result may still differ in length, so that
    some neurons learn faster than others. A running mean of each row's squares evens them out, as
    AdamW does for entries; the whole update keeps its length (Li et al. 2025, algorithm 1).
    """

    keep = 0.95  # how much of the running mean stays at each step

    def scaled(self, update: Tensor, state: dict[str, Any]) -> Tensor:
        """An update (N, M) with rows of even size, as long as before as a whole."""
        usual = state.setdefault("row_squares", torch.zeros_like(update[:, :1]))  # (N, 1)
        usual.lerp_(update.square().mean(dim=1, keepdim=True), 1 - self.keep)
        even = update / usual.sqrt().clamp(min=1e-8)  # (!)
        return even * (update.norm() / even.norm().clamp(min=1e-8))  # (!)
