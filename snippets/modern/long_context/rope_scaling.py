"""RoPE for texts longer than those of training: interpolation, NTK-aware scaling, YaRN.

Each changes the angles by which RoPE turns its pairs at a step: θᵢ = base^(−2i / D), in radians.
Chen et al. 2023 (interpolation) and Peng et al. 2024 (the other two).
"""

import copy
import math
from dataclasses import replace

import torch
from torch import Tensor

from snippets.checks import check_positive
from snippets.transformer.minigpt import MiniGPT, device_of
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.positions.absolute import check_positions
from snippets.transformer.positions.rope import RotaryPositions, apply_rope, rope_angles

METHODS = ("none", "interpolation", "NTK", "YaRN")


def frequencies(head_size: int, base: float = 10000.0) -> Tensor:
    """θᵢ, the angle of each pair per position, (D/2,), float64."""
    return rope_angles(torch.ones(1), head_size, base)[0]


# --8<-- [start:simple]
def interpolated(head_size: int, factor: float, base: float = 10000.0) -> Tensor:
    """Position interpolation: every pair turns s times as slowly, (D/2,) (Chen et al. 2023)."""
    return frequencies(head_size, base) / factor


def ntk_aware(head_size: int, factor: float, base: float = 10000.0) -> Tensor:
    """A larger base: the slowest pair turns s times as slowly, the fastest as before, (D/2,)."""
    return frequencies(head_size, base * factor ** (head_size / (head_size - 2)))
    # --8<-- [end:simple]


def yarn(
    head_size: int,
    factor: float,
    trained: int,
    base: float = 10000.0,
    fast: float = 32,
    slow: float = 1,
) -> Tensor:
    """Slow pairs as in interpolation, fast ones as before, a ramp between: (D/2,).

    A pair is fast if it turns `fast` times or more within the `trained` positions, and slow if it
    turns `slow` times or less. Between these two, the share of interpolation rises in a line with
    the number i of the pair, as in the authors' code and in transformers.
    """

    def pair_that_turns(times: float) -> float:  # the i with trained · θᵢ = 2π · times
        return head_size * math.log(trained / (2 * math.pi * times)) / (2 * math.log(base))

    first = max(math.floor(pair_that_turns(fast)), 0)
    last = min(math.ceil(pair_that_turns(slow)), head_size - 1)
    pairs = torch.arange(head_size // 2, dtype=torch.float64)
    slowed = ((pairs - first) / max(last - first, 1e-3)).clamp(0, 1)  # 0: as before, 1: θ / s (!)
    plain = frequencies(head_size, base)
    return plain * (1 - slowed) + plain / factor * slowed  # (!)


def attention_factor(factor: float) -> float:
    """What YaRN multiplies queries and keys with: 0.1 ln s + 1, so scores with its square."""
    return 0.1 * math.log(factor) + 1 if factor > 1 else 1.0


def dynamic_factor(length: int, trained: int, factor: float = 1.0) -> float:
    """The s of NTK-aware scaling that grows with the text: 1 up to the trained length.

    Transformers calls it `dynamic`; there, s · length / trained − (s − 1) has this name.
    """
    check_positive(length=length, trained=trained, factor=factor)
    return factor * max(length, trained) / trained - (factor - 1)


# --8<-- [start:scaled]
class ScaledRotary(RotaryPositions):
    """RoPE stretched by a factor: a table of trained · factor positions, and none beyond.

    Args:
        method: one of METHODS.
        trained: the context of training.
        factor: s, by which the context grows, at least 1.
        head_size: D.
        base: that of training.

    Raises:
        ValueError: the method is not known, or a number not possible.
    """

    def __init__(
        self, method: str, trained: int, factor: float, head_size: int, base: float = 10000.0
    ) -> None:
        if method not in METHODS:
            raise ValueError(f"method={method!r} is none of {', '.join(METHODS)}")
        if not 1 <= factor < math.inf:
            raise ValueError(f"factor={factor} must be at least 1 and finite")
        check_positive(trained=trained)
        super().__init__(int(trained * factor), head_size, base)
        self.trained, self.factor = trained, factor
        per_step = {
            "none": lambda: frequencies(head_size, base),
            "interpolation": lambda: interpolated(head_size, factor, base),
            "NTK": lambda: ntk_aware(head_size, factor, base),
            "YaRN": lambda: yarn(head_size, factor, trained, base),
        }[method]()  # (D/2,)
        angles = torch.arange(len(self.cos))[:, None] * per_step  # (s · trained, D/2) (!)
        scale = attention_factor(factor) if method == "YaRN" else 1.0
        self.cos, self.sin = (scale * angles.cos()).float(), (scale * angles.sin()).float()
        # --8<-- [end:scaled]

    def forward(self, x: Tensor, position_ids: Tensor) -> Tensor:
        """Turn x (B, H, T, D) by its positions; ValueError beyond the scaled context."""
        check_positions(x, position_ids)
        if position_ids.numel() and (last := int(position_ids.max())) >= len(self.cos):
            made_for = f"{self.trained} · {self.factor:g} = {len(self.cos)} positions"
            raise ValueError(f"position {last} is beyond the {made_for} that RoPE was scaled to")
        return apply_rope(x, *self.rows(position_ids))


def stretched(model: MiniGPT, method: str, factor: float) -> MiniGPT:
    """A copy of a model with RoPE whose context is `factor` times as long; same weights.

    Raises:
        ValueError: the model has other positions than RoPE, or see `ScaledRotary`.
    """
    c = model.config
    if c.positions != "rope":
        raise ValueError(f"positions={c.positions!r}: only RoPE can be stretched like this")
    rotary = ScaledRotary(method, c.context, factor, c.d_model // c.num_heads, c.rope_base)
    rotary = rotary.to(device_of(model))
    longer = copy.deepcopy(model)
    longer.config = replace(c, context=len(rotary.cos))
    for module in longer.modules():
        if isinstance(module, MultiHeadAttention):
            module.rotary = rotary
    return longer
