"""ALiBi at work: multi-head attention whose scores fall with the distance.

Nothing is added to the tokens and nothing is learned: each head subtracts its own slope times the
distance from every score (Press et al. 2022). So there is no table that could end.
"""

# --8<-- [start:imports]
import math

from torch import Tensor
from torch.nn import functional as F

from snippets.attention import attention
from snippets.kv_cache import KVCache
from snippets.multi_head_attention import MultiHeadAttention, check_input, check_mask
from snippets.positions import alibi_bias

# --8<-- [end:imports]


# --8<-- [start:alibi-attention]
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
        return_weights: bool = False,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """Like ``MultiHeadAttention``, with ``alibi_bias`` on the scores."""
        check_input(x, self.sizes[0])
        past = 0 if cache is None else cache.length
        check_mask(mask, (x.shape[0], self.num_heads, x.shape[1], past + x.shape[1]))
        query, key, value = map(self.split_heads, self.qkv(x).split(self.sizes, dim=-1))
        if cache is not None:
            key, value = cache.append(key, value)  # (B, H, past + T, D)
        bias = alibi_bias(self.num_heads, x.shape[1], past).to(x)  # (H, T, past + T)
        if return_weights:
            mixed, weights = attention(query, key, value, mask, bias)  # (B, H, T, D)
            return self.merge_heads(mixed), weights
        if mask is not None:
            bias = bias.masked_fill(~mask, -math.inf)  # (B or 1, H, T, past + T)
        mixed = F.scaled_dot_product_attention(query, key, value, bias)  # (B, H, T, D)
        return self.merge_heads(mixed)
        # --8<-- [end:alibi-attention]
