"""Rotary positions: each pair of numbers in a query or key is rotated by its position times a rate.

So a score depends on how far query and key are apart, and not on where they stand (Su et al. 2021).
"""

import torch
from torch import Tensor, nn

from snippets.checks import check_even, check_positive
from snippets.transformer.positions.absolute import check_positions, look_up


def rope_angles(positions: Tensor, head_size: int, base: float = 10000.0) -> Tensor:
    """How far each pair of numbers is rotated at each position: t · θᵢ, in radians.

    θᵢ = base^(−2i / D) for i = 0 ... D/2 − 1 (Su et al. 2021, equation 15, counted from 0).

    Args:
        positions: (T,), whole or not.
        head_size: D, even.
        base: 10000 in the paper; Llama 3 takes 500000.

    Returns:
        (T, D/2), float64: far from the start, float32 would lose the small digits of the angle.
        Raises ValueError where D is odd.
    """
    check_even(head_size=head_size)
    exponents = torch.arange(0, head_size, 2, dtype=torch.float64) / head_size  # (D/2,)
    frequencies = base**-exponents
    return positions[..., None] * frequencies.to(positions.device)  # (T, D/2) (!)


def apply_rope(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the pairs (xᵢ, xᵢ₊D/2) of x (..., T, D); cos and sin are (..., T, D/2).

    The half-split layout, that of Llama in transformers: the halves of x are the two members of
    the pairs. Queries and keys rotated like this have scores in which positions count only
    through their distance (Su et al. 2021, equation 16).
    """
    check_rope(x, cos, sin)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    first, second = x.chunk(2, dim=-1)  # (..., T, D/2) each (!)
    rotated = (first * cos - second * sin, second * cos + first * sin)  # (!)
    return torch.cat(rotated, dim=-1)  # (..., T, D)


# --8<-- [start:rope-interleaved]
def apply_rope_interleaved(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the pairs (x₂ᵢ, x₂ᵢ₊₁) of x (..., T, D): neighbours (Su et al. 2021, equation 34)."""
    check_rope(x, cos, sin)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    first, second = x[..., 0::2], x[..., 1::2]  # (..., T, D/2) each (!)
    rotated = (first * cos - second * sin, second * cos + first * sin)  # (!)
    return torch.stack(rotated, dim=-1).flatten(-2)  # (..., T, D)


def half_split_order(head_size: int) -> Tensor:
    """The order that links the two layouts, (D,): 0, 2, 4, ... then 1, 3, 5, ...

    ``apply_rope(x[..., order])`` is ``apply_rope_interleaved(x)[..., order]``. Weights made for
    one layout serve the other once the rows of each query and key head are put in this order.
    """
    check_even(head_size=head_size)
    return torch.cat([torch.arange(0, head_size, 2), torch.arange(1, head_size, 2)])
    # --8<-- [end:rope-interleaved]


class RotaryPositions(nn.Module):
    """RoPE with its table of cosines and sines; turns queries or keys (B, H, T, D)."""

    cos: Tensor
    sin: Tensor

    def __init__(self, max_length: int, head_size: int, base: float = 10000.0) -> None:
        super().__init__()
        check_positive(max_length=max_length, base=base)
        angles = rope_angles(torch.arange(max_length), head_size, base)  # (max_length, D/2)
        self.register_buffer("cos", angles.cos().float(), persistent=False)
        self.register_buffer("sin", angles.sin().float(), persistent=False)

    def forward(self, x: Tensor, position_ids: Tensor) -> Tensor:
        """Turn x by its positions, (T,) or (B, T); ValueError beyond max_length."""
        check_positions(x, position_ids)
        return apply_rope(x, *self.rows(position_ids))  # (B, H, T, D)

    def rows(self, position_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines of these positions: (T, D/2), or (B, 1, T, D/2) for all heads."""
        cos, sin = look_up(self.cos, position_ids), look_up(self.sin, position_ids)
        return (cos, sin) if position_ids.ndim == 1 else (cos[:, None], sin[:, None])


def check_rope(x: Tensor, cos: Tensor, sin: Tensor) -> None:
    """Raise a ValueError where x and the table do not fit together."""
    wanted = (*x.shape[-2:-1], x.shape[-1] // 2)
    if x.ndim < 2 or x.shape[-1] % 2 or not wanted == cos.shape[-2:] == sin.shape[-2:]:
        raise ValueError(
            f"x {tuple(x.shape)} needs cos and sin of shape (T, D/2) with D even, "
            f"not {tuple(cos.shape)} and {tuple(sin.shape)}"
        )
