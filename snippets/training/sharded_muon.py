"""Muon for a model whose matrices lie in several processes, each with some of the rows."""

# --8<-- [start:imports]
from typing import Any

import torch
from torch import Tensor, nn, optim
from torch.distributed.tensor import DTensor, distribute_tensor

# --8<-- [end:imports]


# --8<-- [start:muon]
def rows(whole: Tensor, like: DTensor) -> DTensor:
    """The rows of a whole tensor that this process has of another; nothing is sent."""
    return distribute_tensor(whole, like.device_mesh, like.placements, src_data_rank=None)


class ShardedMuon(optim.Muon):
    """Muon for matrices of which every process has some rows.

    Which orthogonal matrix is nearest depends on all rows. So each process gathers what Muon is to
    make orthogonal, computes the whole step, and takes its own rows of it (Liu et al. 2025,
    section 2.3).
    """

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """One step, as `torch.optim.Muon` takes it in one process."""
        for group in self.param_groups:
            rate, keep = group["lr"], group["momentum"]
            for p in group["params"]:
                momentum = self.state[p].setdefault("momentum_buffer", torch.zeros_like(p))
                momentum.lerp_(p.grad, 1 - keep)  # rows
                move = nn.Parameter(torch.zeros(p.shape))
                move.grad = p.grad.lerp(momentum, keep).full_tensor()  # all rows
                optim.Muon([move], lr=rate, weight_decay=0, momentum=0).step()
                p.mul_(1 - rate * group["weight_decay"])
                p.add_(rows(move, p))  # rows


# --8<-- [end:muon]
