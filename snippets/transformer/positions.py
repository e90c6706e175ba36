"""Where a token stands: attention alone cannot tell, so each of these adds it in its own way."""

# --8<-- [start:imports]
import torch
from torch import Tensor, nn

from snippets.transformer.normalization import check_last_axis

# --8<-- [end:imports]


# --8<-- [start:sinusoidal]
def sinusoidal_positions(length: int, d_model: int) -> Tensor:
    """Waves of many lengths, from 2π to 10000 · 2π positions (Vaswani et al. 2017, section 3.5).

    PE(t, 2i) = sin(t / 10000^(2i / C)) and PE(t, 2i + 1) = cos(t / 10000^(2i / C)).
    Returns (T, C). Raises ValueError where d_model is odd: sines and cosines come in pairs.
    """
    check_positive(length=length)
    check_pairs("d_model", d_model)
    angles = rope_angles(torch.arange(length), d_model)  # (T, C/2)
    waves = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (T, C/2, 2)
    return waves.flatten(1).float()  # (T, C)
    # --8<-- [end:sinusoidal]


# --8<-- [start:positions-of]
def positions_of(table: Tensor, x: Tensor, start: int | Tensor) -> Tensor:
    """The rows of a table (max_length, C) for x (..., T, ·), at positions start, start + 1, ...

    With one start for all: (T, C). With a start for each row of the batch, (B,): (B, T, C). Below
    position 0 lies filling before a text, which nobody looks at: it gets the row of position 0.
    """
    if isinstance(start, int):
        check_fits(x, start, len(table))
        return table[start : start + x.shape[-2]]  # (T, C)
    check_fits(x, max(0, int(start.max())), len(table))
    places = start[:, None] + torch.arange(x.shape[-2], device=start.device)  # (B, T)
    return table[places.clamp(min=0)]  # (B, T, C)
    # --8<-- [end:positions-of]


# --8<-- [start:sinusoidal-module]
class SinusoidalPositions(nn.Module):
    """Adds ``sinusoidal_positions`` to x: (B, T, C) -> (B, T, C). Nothing is learned."""

    table: Tensor

    def __init__(self, max_length: int, d_model: int) -> None:
        super().__init__()
        table = sinusoidal_positions(max_length, d_model)  # (max_length, C)
        self.register_buffer("table", table, persistent=False)

    def forward(self, x: Tensor, start: int | Tensor = 0) -> Tensor:
        """Treat x as positions start, start + 1, ...; ValueError beyond max_length."""
        check_last_axis(x, self.table.shape[1])
        return x + positions_of(self.table, x, start)
        # --8<-- [end:sinusoidal-module]


# --8<-- [start:learned]
class LearnedPositions(nn.Module):
    """Adds one learned vector a position, as BERT and GPT-2 do: (B, T, C) -> (B, T, C)."""

    def __init__(self, max_length: int, d_model: int) -> None:
        super().__init__()
        check_positive(max_length=max_length, d_model=d_model)
        self.table = nn.Embedding(max_length, d_model)

    def forward(self, x: Tensor, start: int | Tensor = 0) -> Tensor:
        """Treat x as positions start, start + 1, ...; ValueError beyond max_length."""
        check_last_axis(x, self.table.embedding_dim)
        return x + positions_of(self.table.weight, x, start)
        # --8<-- [end:learned]


# --8<-- [start:rope-angles]
def rope_angles(positions: Tensor, head_size: int, base: float = 10000.0) -> Tensor:
    """How far each pair of numbers is turned at each position: t · θᵢ, in radians.

    θᵢ = base^(−2i / D) for i = 0 ... D/2 − 1 (Su et al. 2021, equation 15, counted from 0).

    Args:
        positions: (T,), whole or not.
        head_size: D, even.
        base: 10000 in the paper; Llama 3 takes 500000.

    Returns:
        (T, D/2), float64: far from the start, float32 would lose the small digits of the angle.
        Raises ValueError where D is odd.
    """
    check_pairs("head_size", head_size)
    exponents = torch.arange(0, head_size, 2, dtype=torch.float64) / head_size  # (D/2,)
    frequencies = base**-exponents
    return positions[..., None] * frequencies.to(positions.device)  # (T, D/2)
    # --8<-- [end:rope-angles]


# --8<-- [start:rope-half-split]
def apply_rope(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the pairs (xᵢ, xᵢ₊D/2) of x (..., T, D); cos and sin are (..., T, D/2).

    The half-split layout, that of Llama in transformers: the halves of x are the two members of
    the pairs. Queries and keys so turned have scores that depend on their distance only
    (Su et al. 2021, equation 16).
    """
    check_rope(x, cos, sin)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    first, second = x.chunk(2, dim=-1)  # (..., T, D/2) each
    turned = (first * cos - second * sin, second * cos + first * sin)
    return torch.cat(turned, dim=-1)  # (..., T, D)
    # --8<-- [end:rope-half-split]


# --8<-- [start:rope-interleaved]
def apply_rope_interleaved(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn the pairs (x₂ᵢ, x₂ᵢ₊₁) of x (..., T, D): neighbours (Su et al. 2021, equation 34)."""
    check_rope(x, cos, sin)
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    first, second = x[..., 0::2], x[..., 1::2]  # (..., T, D/2) each
    turned = (first * cos - second * sin, second * cos + first * sin)
    return torch.stack(turned, dim=-1).flatten(-2)  # (..., T, D)


def half_split_order(head_size: int) -> Tensor:
    """The order that links the two layouts, (D,): 0, 2, 4, ... then 1, 3, 5, ...

    ``apply_rope(x[..., order])`` is ``apply_rope_interleaved(x)[..., order]``. Weights made for
    one layout serve the other once the rows of each query and key head are put in this order.
    """
    check_pairs("head_size", head_size)
    return torch.cat([torch.arange(0, head_size, 2), torch.arange(1, head_size, 2)])
    # --8<-- [end:rope-interleaved]


# --8<-- [start:rotary]
class RotaryPositions(nn.Module):
    """RoPE with its table of cosines and sines; turns queries or keys (B, H, T, D)."""

    cos: Tensor
    sin: Tensor

    def __init__(self, max_length: int, head_size: int, base: float = 10000.0) -> None:
        super().__init__()
        check_positive(max_length=max_length)
        angles = rope_angles(torch.arange(max_length), head_size, base)  # (max_length, D/2)
        self.register_buffer("cos", angles.cos().float(), persistent=False)
        self.register_buffer("sin", angles.sin().float(), persistent=False)

    def forward(self, x: Tensor, start: int | Tensor = 0) -> Tensor:
        """Treat x as positions start, start + 1, ...; ValueError beyond max_length."""
        return apply_rope(x, *self.rows(x, start))  # (B, H, T, D)

    def rows(self, x: Tensor, start: int | Tensor) -> tuple[Tensor, Tensor]:
        """Cosines and sines for these positions: (T, D/2), or (B, 1, T, D/2) for all heads."""
        cos, sin = positions_of(self.cos, x, start), positions_of(self.sin, x, start)
        return (cos, sin) if cos.ndim == 2 else (cos[:, None], sin[:, None])

    # --8<-- [end:rotary]


def check_positive(**sizes: int) -> None:
    """Raise a ValueError that names the first size below 1."""
    for name, size in sizes.items():
        if size < 1:
            raise ValueError(f"{name}={size} must be at least 1")


def check_pairs(name: str, size: int) -> None:
    """Raise a ValueError where numbers cannot be taken in pairs."""
    if size < 2 or size % 2:
        raise ValueError(f"{name}={size} must be even and at least 2")


def check_fits(x: Tensor, start: int, max_length: int) -> None:
    """Raise a ValueError where x (..., T, C) reaches beyond the table."""
    if x.ndim < 2:
        raise ValueError(f"x has shape {tuple(x.shape)}; it needs (..., T, C)")
    if start < 0 or start + x.shape[-2] > max_length:
        raise ValueError(
            f"positions {start}..{start + x.shape[-2] - 1} are not within max_length={max_length}"
        )


def check_rope(x: Tensor, cos: Tensor, sin: Tensor) -> None:
    """Raise a ValueError where x and the table do not fit together."""
    wanted = (*x.shape[-2:-1], x.shape[-1] // 2)
    if x.ndim < 2 or x.shape[-1] % 2 or not wanted == cos.shape[-2:] == sin.shape[-2:]:
        raise ValueError(
            f"x {tuple(x.shape)} needs cos and sin of shape (T, D/2) with D even, "
            f"not {tuple(cos.shape)} and {tuple(sin.shape)}"
        )
