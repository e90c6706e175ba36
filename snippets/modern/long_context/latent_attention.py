"""Multi-head latent attention (MLA): a cache of one short vector per token, for all heads.

DeepSeek-V2 (2024), section 2.1. Keys and values of all heads are made from one *latent* vector, so
that only this is kept, and a key for positions that all heads share.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_batch, check_even, check_positive
from snippets.transformer.masks import causal_mask, check_mask
from snippets.transformer.normalization import RMSNorm
from snippets.transformer.positions.rope import apply_rope_interleaved, rope_angles


class LatentCache:
    """What a layer keeps: latents (B, T, latent_size) and shared keys (B, T, rope_size)."""

    def __init__(self) -> None:
        self.parts: tuple[Tensor, Tensor] | None = None

    @property
    def length(self) -> int:
        """How many positions are remembered."""
        return 0 if self.parts is None else self.parts[0].shape[1]

    def append(self, latent: Tensor, rotated: Tensor) -> tuple[Tensor, Tensor]:
        """Add new positions, and return all."""
        if self.parts is not None:
            latent = torch.cat([self.parts[0], latent], dim=1)  # (B, past + T, latent_size)
            rotated = torch.cat([self.parts[1], rotated], dim=1)
        self.parts = latent, rotated
        return latent, rotated


class LatentAttention(nn.Module):
    """Self-attention from latents: (B, T, C) -> (B, T, C).

    Args:
        d_model: C.
        num_heads: H.
        latent_size: of what is kept per token, 512 in DeepSeek-V3.
        content_size: numbers of a query or key that know no position, per head: 128 there.
        rope_size: those that are turned by RoPE, even: 64 there.
        value_size: of a value, per head: 128 there.
        query_latent: the size through which queries pass: 1,536 there.
        base: of RoPE.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        latent_size: int,
        content_size: int,
        rope_size: int,
        value_size: int,
        query_latent: int,
        base: float = 10000.0,
    ) -> None:
        super().__init__()
        sizes = {"d_model": d_model, "num_heads": num_heads, "latent_size": latent_size}
        check_positive(**sizes, value_size=value_size, query_latent=query_latent)
        check_positive(content_size=content_size, base=base)
        check_even(rope_size=rope_size)
        self.num_heads, self.base = num_heads, base
        self.head_sizes = [content_size, rope_size]  # of a query and of a key
        self.kept_sizes = [latent_size, rope_size]  # per token, for all heads together (!)
        self.up_sizes = [content_size, value_size]
        self.query_down = nn.Linear(d_model, query_latent, bias=False)
        self.query_norm = RMSNorm(query_latent)
        self.query_up = nn.Linear(query_latent, num_heads * sum(self.head_sizes), bias=False)
        self.down = nn.Linear(d_model, sum(self.kept_sizes), bias=False)
        self.norm = RMSNorm(latent_size)
        self.up = nn.Linear(latent_size, num_heads * sum(self.up_sizes), bias=False)
        self.out = nn.Linear(num_heads * value_size, d_model, bias=False)

    # --8<-- [start:kept]
    def kept(self, x: Tensor, angles: Tensor) -> tuple[Tensor, Tensor]:
        """What is remembered of x (B, T, C): (B, T, latent), and turned keys (B, T, rope)."""
        latent, key = self.down(x).split(self.kept_sizes, dim=-1)
        return self.norm(latent), apply_rope_interleaved(key, angles.cos(), angles.sin())  # (!)

    def queries(self, x: Tensor, angles: Tensor) -> tuple[Tensor, Tensor]:
        """Queries of all heads: for content (B, H, T, content), for positions (B, H, T, rope)."""
        query = self.query_up(self.query_norm(self.query_down(x)))  # (B, T, H · (content + rope))
        query = query.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        content, turned = query.split(self.head_sizes, dim=-1)
        return content, apply_rope_interleaved(turned, angles.cos(), angles.sin())
        # --8<-- [end:kept]

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        cache: LatentCache | None = None,
        absorbed: bool = False,
    ) -> Tensor:
        """Attend from x (B, T, C) to x and what the cache remembers; causal unless masked.

        `absorbed` computes the same without expanding what is kept into keys and values.
        """
        check_batch(x, self.down.in_features)
        B, T, _ = x.shape
        past = 0 if cache is None else cache.length
        mask = causal_mask(T, past, x.device) if mask is None else mask
        check_mask(mask, (B, self.num_heads, T, past + T))
        positions = torch.arange(past, past + T, device=x.device)
        angles = rope_angles(positions, self.head_sizes[1], self.base)  # (T, rope / 2)
        content, turned = self.queries(x, angles)
        latent, rotated = self.kept(x, angles)
        if cache is not None:
            latent, rotated = cache.append(latent, rotated)  # (B, past + T, ...) (!)
        attend = self.attend_absorbed if absorbed else self.attend
        mixed = attend(content, turned, latent, rotated, mask)  # (B, H, T, value)
        return self.out(mixed.transpose(1, 2).flatten(2))

    def attend(
        self, content: Tensor, turned: Tensor, latent: Tensor, rotated: Tensor, mask: Tensor
    ) -> Tensor:
        """Expand the latents into keys and values of every head, and attend as usual."""
        both = self.up(latent).unflatten(-1, (self.num_heads, -1)).transpose(1, 2)
        key, value = both.split(self.up_sizes, dim=-1)  # (B, H, T_key, content), (..., value)
        shared = rotated[:, None].expand(-1, self.num_heads, -1, -1)  # one key for all heads (!)
        query, key = torch.cat([content, turned], -1), torch.cat([key, shared], -1)
        return F.scaled_dot_product_attention(query, key, value, mask)

    def attend_absorbed(
        self, content: Tensor, turned: Tensor, latent: Tensor, rotated: Tensor, mask: Tensor
    ) -> Tensor:
        """The same sums in another order: (q W) · latent instead of q · (W latent)."""
        weight = self.up.weight.unflatten(0, (self.num_heads, -1))  # (H, content + value, latent)
        for_key, for_value = weight.split(self.up_sizes, dim=1)
        scores = (content @ for_key) @ latent[:, None].mT  # (B, H, T, T_key) (!)
        scores = (scores + turned @ rotated[:, None].mT) / sum(self.head_sizes) ** 0.5
        weights = scores.masked_fill(~mask, -torch.inf).softmax(-1)
        return (weights @ latent[:, None]) @ for_value.mT  # (B, H, T, value) (!)

    def load_deepseek(self, state: Mapping[str, Tensor]) -> None:
        """Take the weights of a `DeepseekV3Attention` in transformers; they fit as they are."""
        names = {
            "query_down": "q_a_proj", "query_norm": "q_a_layernorm", "query_up": "q_b_proj",
            "down": "kv_a_proj_with_mqa", "norm": "kv_a_layernorm", "up": "kv_b_proj",
            "out": "o_proj",
        }  # fmt: skip
        self.load_state_dict({f"{o}.weight": state[f"{t}.weight"] for o, t in names.items()})
