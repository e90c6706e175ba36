"""Muon for a model whose matrices lie in several processes, each with some of the rows."""

# --8<-- [start:imports]
from collections.abc import Iterable
from typing import cast

from torch import Tensor
from torch.distributed.tensor import DTensor, distribute_tensor

from snippets.training.muon import Muon

# --8<-- [end:imports]


# --8<-- [start:muon]
def rows(whole: Tensor, like: DTensor) -> DTensor:
    """The rows of a whole tensor that this process has of another; nothing is sent."""
    return distribute_tensor(whole, like.device_mesh, like.placements, src_data_rank=None)


class ShardedMuon(Muon):
    """Muon for matrices of which every process has some rows.

    Which orthogonal matrix is nearest depends on all rows. So each process gathers what Muon is to
    make orthogonal, computes the whole update, and takes its own rows of it (Liu et al. 2025,
    section 2.3).
    """

    def whole(self, tensor: Tensor) -> Tensor:
        """All rows, from all processes."""
        return cast(DTensor, tensor).full_tensor()

    def part(self, whole: Tensor, like: Tensor) -> Tensor:
        """The rows of a whole matrix that this process has of a parameter."""
        return rows(whole, cast(DTensor, like))

    def batches(self, parameters: list[Tensor]) -> Iterable[list[Tensor]]:
        """One matrix at a time, so that no process ever holds more than one whole."""
        return [[p] for p in parameters]


# --8<-- [end:muon]
