"""Multi-head self-attention: head by head, then all heads in one product.

    MultiHead(x) = [head₁, ..., head_H] W_out,  headᵢ = attention(x Wᵢ_query, x Wᵢ_key, x Wᵢ_value)

Vaswani et al. 2017, section 3.2.2. With fewer key and value heads than query heads it is
grouped-query attention (GQA, Ainslie et al. 2023), with one it is multi-query attention (MQA,
Shazeer 2019).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_batch, check_divisible
from snippets.transformer.attention import attention
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.masks import check_mask
from snippets.transformer.normalization import RMSNorm
from snippets.transformer.positions.rope import RotaryPositions


# --8<-- [start:looped]
class AttentionHead(nn.Module):
    """One head: its own queries, keys and values, D numbers per token."""

    def __init__(self, d_model: int, head_size: int, bias: bool = True) -> None:
        super().__init__()
        self.query = nn.Linear(d_model, head_size, bias=bias)
        self.key = nn.Linear(d_model, head_size, bias=bias)
        self.value = nn.Linear(d_model, head_size, bias=bias)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, C) -> (B, T, D)."""
        output, _ = attention(self.query(x), self.key(x), self.value(x), mask)
        return output  # (B, T, D)


class LoopedMultiHeadAttention(nn.Module):
    """Heads one by one, side by side, then mixed: (B, T, C) -> (B, T, C). Slow, and plain.

    Raises:
        ValueError: d_model is not divisible by num_heads, or x or the mask has a wrong shape.
    """

    def __init__(self, d_model: int, num_heads: int, bias: bool = True) -> None:
        super().__init__()
        check_divisible(d_model=d_model, num_heads=num_heads)
        head_size = d_model // num_heads  # D
        self.heads = nn.ModuleList(
            AttentionHead(d_model, head_size, bias) for _ in range(num_heads)
        )
        self.out = nn.Linear(d_model, d_model, bias=bias)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """(B, T, C) -> (B, T, C); the mask is (T, T) or (B, T, T), True = may look."""
        check_batch(x, self.out.in_features)
        outputs = [head(x, mask) for head in self.heads]  # H times (B, T, D) (!)
        return self.out(torch.cat(outputs, dim=-1))  # (B, T, C) (!)
        # --8<-- [end:looped]


# --8<-- [start:fused-init]
class MultiHeadAttention(nn.Module):
    """Self-attention with all heads in one matrix product: (B, T, C) -> (B, T, C).

    Args:
        d_model: C, divisible by num_heads.
        num_heads: H, the query heads.
        num_kv_heads: key and value heads, a divisor of H; H by default.
        bias: whether the projections have one.
        dropout: the share of attention weights that training sets to zero.
        rotary: RoPE for queries and keys; the head size is D = C / H.
        qk_norm: RMSNorm on each query and key, before RoPE.
        norm_eps: what that norm adds under its root.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        num_kv_heads: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
        rotary: RotaryPositions | None = None,
        qk_norm: bool = False,
        norm_eps: float = 1e-6,
    ) -> None:
        super().__init__()
        check_divisible(d_model=d_model, num_heads=num_heads)
        self.head_size = d_model // num_heads  # D
        self.num_heads = num_heads
        self.num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
        check_divisible(num_heads=num_heads, num_kv_heads=self.num_kv_heads)
        kv_size = self.num_kv_heads * self.head_size
        self.sizes = [d_model, kv_size, kv_size]
        self.qkv = nn.Linear(d_model, sum(self.sizes), bias=bias)
        self.out = nn.Linear(d_model, d_model, bias=bias)
        self.dropout = nn.Dropout(dropout)
        self.rotary = rotary
        self.query_norm = RMSNorm(self.head_size, norm_eps) if qk_norm else None
        self.key_norm = RMSNorm(self.head_size, norm_eps) if qk_norm else None
        # --8<-- [end:fused-init]

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """Attend from x (B, T, C) to x and, before it, to what the cache remembers.

        The mask is (T, past + T) or (B or 1, H or 1, T or 1, past + T), True = may look.
        Positions, (T,) or (B, T), go on from those of the cache unless given.
        """
        check_batch(x, self.sizes[0])
        B, T, _ = x.shape
        past = 0 if cache is None else cache.length
        check_mask(mask, (B, self.num_heads, T, past + T))

        heads = self.split_heads(self.qkv(x))  # (B, H + 2 · H_kv, T, D) (!)
        # Queries and keys are normalised and rotated together: half the calls.
        rotated = self.num_heads + self.num_kv_heads
        both, value = heads.split([rotated, self.num_kv_heads], dim=1)
        both = self.normed(both, self.gain())
        if self.rotary is not None:
            if position_ids is None:
                position_ids = torch.arange(past, past + T, device=x.device)
            both = self.rotary(both, position_ids)
        query, key = both.split([self.num_heads, self.num_kv_heads], dim=1)
        if cache is not None:
            key, value = cache.append(key, value)  # (B, H_kv, past + T, D)
        group = self.num_heads // self.num_kv_heads  # query heads that share a key head
        if group > 1:
            key, value = (y.repeat_interleave(group, 1) for y in (key, value))  # (B, H, ..., D) (!)
        dropout = self.dropout.p if self.training else 0.0
        mixed = F.scaled_dot_product_attention(query, key, value, mask, dropout)  # (B, H, T, D)
        return self.merge_heads(mixed)

    # --8<-- [start:heads]
    def gain(self) -> Tensor | None:
        """The weights of ``query_norm`` and ``key_norm``, one for each head: (H + H_kv, 1, D)."""
        if self.query_norm is None or self.key_norm is None:
            return None
        query_gain = self.query_norm.weight.expand(self.num_heads, 1, -1)
        return torch.cat([query_gain, self.key_norm.weight.expand(self.num_kv_heads, 1, -1)])

    def normed(self, both: Tensor, gain: Tensor | None) -> Tensor:
        """Queries and keys (B, H + H_kv, T, D) with ``query_norm`` and ``key_norm``, if any."""
        if self.query_norm is None or gain is None:
            return both
        return F.rms_norm(both, (self.head_size,), eps=self.query_norm.eps) * gain.to(both.dtype)

    def split_heads(self, x: Tensor) -> Tensor:
        """(B, T, H · D) -> (B, H, T, D)."""
        return x.view(*x.shape[:2], -1, self.head_size).transpose(1, 2)

    def merge_heads(self, x: Tensor) -> Tensor:
        """(B, H, T, D) -> (B, T, C), mixed by the output projection."""
        return self.out(x.transpose(1, 2).flatten(2))
        # --8<-- [end:heads]


def fuse(looped: LoopedMultiHeadAttention) -> MultiHeadAttention:
    """The same attention with all heads in one product: stack the rows of the heads' matrices."""
    d_model, has_bias = looped.out.in_features, looped.out.bias is not None
    fused = MultiHeadAttention(d_model, len(looped.heads), bias=has_bias).to(looped.out.weight)
    parts = [getattr(head, name) for name in ("query", "key", "value") for head in looped.heads]
    with torch.no_grad():
        fused.qkv.weight.copy_(torch.cat([part.weight for part in parts]))  # (3C, C) (!)
        if has_bias:
            fused.qkv.bias.copy_(torch.cat([part.bias for part in parts]))  # (3C,)
    fused.out.load_state_dict(looped.out.state_dict())
    return fused
