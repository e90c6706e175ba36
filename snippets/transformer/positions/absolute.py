"""Where a token stands: attention alone cannot tell, so a vector for its position is added to it.

Positions are numbers from 0 on, ``position_ids``: (T,) for a whole batch, or (B, T) where each text
counts for itself. `rope.py` and `alibi.py` tell positions inside attention instead.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_even, check_last_axis, check_positive


def sinusoidal_positions(length: int, d_model: int) -> Tensor:
    """Waves of lengths from 2π to almost 10000 · 2π positions (Vaswani et al. 2017, section 3.5).

    PE(t, 2i) = sin(t / 10000^(2i / C)) and PE(t, 2i + 1) = cos(t / 10000^(2i / C)).
    Returns (T, C). Raises ValueError where d_model is odd: sines and cosines come in pairs.
    """
    check_positive(length=length)
    check_even(d_model=d_model)
    exponents = torch.arange(0, d_model, 2, dtype=torch.float64) / d_model  # (C/2,)
    angles = torch.arange(length)[:, None] * 10000.0**-exponents  # (T, C/2) (!)
    waves = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (T, C/2, 2) (!)
    return waves.flatten(1).float()  # (T, C)


class SinusoidalPositions(nn.Module):
    """Adds ``sinusoidal_positions`` to x: (B, T, C) -> (B, T, C). Nothing is learned."""

    table: Tensor

    def __init__(self, max_length: int, d_model: int) -> None:
        super().__init__()
        table = sinusoidal_positions(max_length, d_model)  # (max_length, C)
        self.register_buffer("table", table, persistent=False)

    def forward(self, x: Tensor, position_ids: Tensor) -> Tensor:
        """Add the rows of these positions; ValueError beyond max_length."""
        check_positions(x, position_ids)
        check_last_axis(x, self.table.shape[1])
        return x + look_up(self.table, position_ids)


class LearnedPositions(nn.Module):
    """Adds one learned vector per position, as BERT and GPT-2 do: (B, T, C) -> (B, T, C)."""

    def __init__(self, max_length: int, d_model: int) -> None:
        super().__init__()
        check_positive(max_length=max_length, d_model=d_model)
        self.table = nn.Embedding(max_length, d_model)

    def forward(self, x: Tensor, position_ids: Tensor) -> Tensor:
        """Add the rows of these positions; ValueError beyond max_length."""
        check_positions(x, position_ids)
        check_last_axis(x, self.table.embedding_dim)
        return x + look_up(self.table.weight, position_ids)  # (!)


# --8<-- [start:look-up]
def look_up(table: Tensor, position_ids: Tensor) -> Tensor:
    """``table[position_ids]``: of (max_length, C) the rows (T, C) or (B, T, C).

    Raises:
        ValueError: a position that the table does not have, negative ones included.
    """
    try:
        return F.embedding(position_ids, table)
    except IndexError:  # raised for free; checking all positions would cost time
        first, last = position_ids.min().item(), position_ids.max().item()
        message = f"positions {first}..{last} are not within max_length={len(table)}"
        raise ValueError(message) from None


def check_positions(x: Tensor, position_ids: Tensor) -> None:
    """Raise a ValueError where there is not one position for each token of x (..., T, C)."""
    if x.ndim < 2:
        raise ValueError(f"x has shape {tuple(x.shape)}; it needs (..., T, C)")
    shapes = [x.shape[-2:-1], (len(x), x.shape[-2])]  # (T,) or (B, T)
    if position_ids.shape not in shapes:
        shape = f"position_ids of shape {tuple(position_ids.shape)}"
        raise ValueError(f"{shape} do not number the tokens of x {tuple(x.shape)}")
        # --8<-- [end:look-up]
