"""ALiBi at work: multi-head attention whose scores fall with the distance.

Nothing is added to the tokens and nothing is learned: each head subtracts its own slope times the
distance from every score (Press et al. 2022). No table, so no largest position.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from snippets.checks import check_batch, check_positive
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.masks import check_mask
from snippets.transformer.multi_head_attention import MultiHeadAttention


# --8<-- [start:alibi]
def alibi_slopes(num_heads: int) -> Tensor:
    """How steeply each head prefers what is near, (H,): 2^(−8h / H) for h = 1 ... H.

    Press et al. 2022, section 3. Where H is no power of two, the authors' code takes the slopes
    of the next lower power, then every second slope of the next higher one.
    """
    check_positive(num_heads=num_heads)
    power = 2 ** int(math.log2(num_heads))
    lower = [2 ** (-8 * h / power) for h in range(1, power + 1)]
    higher = [2 ** (-4 * h / power) for h in range(1, 2 * power, 2)]
    return torch.tensor((lower + higher)[:num_heads])


def alibi_bias(num_heads: int, length: int, past: int = 0) -> Tensor:
    """What ALiBi adds to the scores, (H, T, past + T): −slope · distance (Press et al. 2022)."""
    check_positive(length=length)
    queries = torch.arange(past, past + length)[:, None]  # (T, 1)
    keys = torch.arange(past + length)  # (past + T,)
    distance = (queries - keys).abs()  # (T, past + T)
    return -alibi_slopes(num_heads)[:, None, None] * distance  # (!)
    # --8<-- [end:alibi]


class AlibiAttention(MultiHeadAttention):
    """Self-attention with ALiBi: (B, T, C) -> (B, T, C).

    Raises:
        ValueError: d_model is not divisible by num_heads, or x or the mask has a wrong shape.
    """

    def __init__(self, d_model: int, num_heads: int, bias: bool = True) -> None:
        super().__init__(d_model, num_heads, bias=bias)

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """Like ``MultiHeadAttention``, with ``alibi_bias`` on the scores; only distances count."""
        check_batch(x, self.sizes[0])
        B, T, _ = x.shape
        past = 0 if cache is None else cache.length
        check_mask(mask, (B, self.num_heads, T, past + T))
        query, key, value = map(self.split_heads, self.qkv(x).split(self.sizes, dim=-1))
        if cache is not None:
            key, value = cache.append(key, value)  # (B, H, past + T, D)
        bias = alibi_bias(self.num_heads, T, past).to(x)  # (H, T, past + T)
        if mask is not None:
            bias = bias.masked_fill(~mask, -math.inf)  # (B or 1, H, T, past + T)
        mixed = F.scaled_dot_product_attention(query, key, value, bias)  # (B, H, T, D)
        return self.merge_heads(mixed)
