"""MiniGPT: one decoder-only transformer whose parts a configuration names.

GPT-2 (Radford et al. 2019) and Llama (Touvron et al. 2023) are two configurations of it, and so is
the small model that this course trains. Tokens go in as ids; out come, at each position, the logits
of the token that follows.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.transformer.cost import count_parameters, flops_per_token
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.masks import causal_mask
from snippets.transformer.minigpt_config import (
    FEED_FORWARDS,
    GPT2_SMALL,
    LLAMA_STYLE,
    MINIGPT,
    NORMS,
    POSITIONS,
    MiniGPTConfig,
)
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.positions.rope import RotaryPositions
from snippets.transformer.transformer_block import PreNormBlock

__all__ = [
    "GPT2_SMALL",
    "LLAMA_STYLE",
    "MINIGPT",
    "MiniGPT",
    "MiniGPTConfig",
    "count_parameters",
    "device_of",
    "flops_per_token",
    "next_token_loss",
]


def make_block(c: MiniGPTConfig, rotary: RotaryPositions | None) -> PreNormBlock:
    """One layer: attention and a feed-forward network, each with its norm and a skip connection."""
    return PreNormBlock(
        MultiHeadAttention(
            c.d_model,
            c.num_heads,
            c.num_kv_heads,
            bias=c.bias,
            rotary=rotary,
            qk_norm=c.qk_norm,
            norm_eps=c.norm_eps,
        ),
        FEED_FORWARDS[c.feed_forward](c),
        NORMS[c.norm](c),
        NORMS[c.norm](c),
        c.dropout,
    )


# --8<-- [start:model]
class MiniGPT(nn.Module):
    """Embeddings, blocks, a last norm, and a head that scores each token of the vocabulary."""

    def __init__(self, config: MiniGPTConfig) -> None:
        super().__init__()
        self.config = c = config
        self.embedding = nn.Embedding(c.vocab_size, c.d_model)
        self.positions = POSITIONS[c.positions](c)
        self.dropout = nn.Dropout(c.dropout)
        head_size = c.d_model // c.num_heads
        rope = c.positions == "rope"
        rotary = RotaryPositions(c.context, head_size, c.rope_base) if rope else None
        self.blocks = nn.ModuleList(make_block(c, rotary) for _ in range(c.num_layers))
        self.norm = NORMS[c.norm](c)
        self.head = nn.Linear(c.d_model, c.vocab_size, bias=False)
        initialize(self)
        if c.tie_weights:
            self.head.weight = self.embedding.weight  # one tensor, in two places (!)

    # --8<-- [end:model]

    def forward(
        self,
        ids: Tensor,
        cache: list[KVCache] | None = None,
        mask: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """From ids (B, T) to logits (B, T, V): at each position, for the token that follows.

        With a cache (see `new_cache`), ids go on where the cache ends, and are added to it. Unless
        given, the mask (T, past + T) is causal, and the positions (T,) go on from the past; texts
        with padding need others, (B, 1, T, past + T) and (B, T).
        Raises ValueError where the sequence is longer than the context, an id unknown, or the model
        can have no cache.
        """
        if cache is not None:
            self.check_can_cache()
        past = 0 if cache is None else cache[0].length
        self.check(ids, past)
        T = ids.shape[1]
        if mask is None and T > 1:  # a single token at the end may look at all before it
            mask = causal_mask(T, past, ids.device)
        if position_ids is None:
            position_ids = torch.arange(past, past + T, device=ids.device)
        caches = [None] * len(self.blocks) if cache is None else cache

        x = self.dropout(self.positions(self.embed(ids), position_ids))  # (B, T, C) (!)
        for block, block_cache in zip(self.blocks, caches, strict=True):
            x = block(x, mask, block_cache, position_ids)  # (B, T, C) (!)
        return self.head(self.norm(x))  # (B, T, V) (!)

    def embed(self, ids: Tensor) -> Tensor:
        """The vectors of ids, (B, T) -> (B, T, C); ValueError where an id is unknown."""
        try:
            return self.embedding(ids)
        except IndexError:  # raised for free; checking all ids would cost time
            unknown = ids[(ids < 0) | (ids >= self.config.vocab_size)]
            message = f"id {unknown[0]} is not in the vocabulary of {self.config.vocab_size}"
            raise ValueError(message) from None

    @property
    def can_cache(self) -> bool:
        """Whether keys and values are all that must be kept: a token shift needs more."""
        return self.config.norm != "shifted_rmsnorm"

    def new_cache(self) -> list[KVCache]:
        """An empty cache: one memory of keys and values for each layer.

        ValueError where the model can have none; `generate` then does without by itself.
        """
        self.check_can_cache()
        return [KVCache() for _ in self.blocks]

    def check_can_cache(self) -> None:
        """Raise a ValueError where a norm looks at the token before, which no cache keeps."""
        if not self.can_cache:
            norm = self.config.norm
            raise ValueError(f"{norm=} needs the token before, which no cache keeps: use no cache")

    def check(self, ids: Tensor, past: int) -> None:
        """Raise a ValueError where ids do not fit the model."""
        if ids.ndim != 2 or ids.shape[1] == 0:
            raise ValueError(f"ids have shape {tuple(ids.shape)}; they need (B, T) with T > 0")
        if past + ids.shape[1] > self.config.context:
            length = f"{past} + {ids.shape[1]}" if past else f"{ids.shape[1]}"
            raise ValueError(f"{length} tokens are more than the context={self.config.context}")


def initialize(model: MiniGPT) -> None:
    """Random weights much as GPT-2's: normal with deviation 0.02, biases 0, norms 1.

    The matrices that write into the residual stream get 0.02 / √(2L): 2L of them add up, and the
    sum should not grow with the number of layers L (Radford et al. 2019, section 2.3). Logits start
    close to 0, so the first loss is close to ln V: all tokens about equally likely.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Embedding):
            nn.init.normal_(module.weight, std=0.02)
        if isinstance(module, nn.Linear) and module.bias is not None:
            nn.init.zeros_(module.bias)
    for name, parameter in model.blocks.named_parameters():
        if name.endswith(("attention.out.weight", "feed_forward.down.weight")):
            nn.init.normal_(parameter, std=0.02 / math.sqrt(2 * model.config.num_layers))  # (!)


def device_of(model: nn.Module) -> torch.device:
    """The device that the model's weights are on, and its inputs must be."""
    return next(model.parameters()).device


def next_token_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean of −ln p(target) over all positions: logits (B, T, V), targets (B, T) -> one number.

    The targets are the ids one step later, so one pass trains T predictions of each sequence.
    """
    return F.cross_entropy(logits.flatten(0, 1), targets.flatten())  # (B·T, V), (B·T,)
