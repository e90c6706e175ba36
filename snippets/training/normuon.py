"""NorMuon: Muon whose rows, which are neurons, all move about as far."""

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

    def fresh(self, p: Tensor) -> dict[str, Tensor]:
        """What is remembered of a matrix (N, M), before its first step: also of all its rows."""
        return super().fresh(p) | {"row_squares": torch.zeros(len(p), 1, device=p.device)}

    def scaled(self, updates: Tensor, states: list[dict[str, Tensor]]) -> Tensor:
        """Updates (B, N, M) with rows of even size, each matrix as long as before as a whole."""
        usual = [state["row_squares"] for state in states]  # (N, 1) each
        now = updates.square().mean(dim=2, keepdim=True)  # (B, N, 1)
        torch._foreach_lerp_(usual, list(now), 1 - self.keep)
        even = updates / torch.stack(usual).sqrt().clamp(min=1e-8)  # (!)
        long, short = (x.norm(dim=(1, 2), keepdim=True) for x in (updates, even))  # (B, 1, 1)
        return even * (long / short.clamp(min=1e-8))  # (!)
