"""One more token, with nothing but the arithmetic: `MiniGPT.forward` for a single position.

For one token the products are so small that what surrounds them takes much of the time: modules
that call modules, with hooks, checks and dropout that is off. Here the same steps stand in a row.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from threading import Lock

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.transformer.feed_forward import FeedForward, SwiGLU
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.minigpt import MiniGPT
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.normalization import LayerNorm, RMSNorm
from snippets.transformer.positions.rope import RotaryPositions
from snippets.transformer.transformer_block import PreNormBlock

Turn = tuple[Tensor, Tensor] | None  # cosines and sines of RoPE, each (..., 1, D)
Where = tuple[Tensor, Turn]  # the positions, and what RoPE makes of them


def plain(module: nn.Module) -> Callable[..., Tensor]:
    """The function that a module computes in use; a module not known here is its own function."""
    if type(module) is nn.Linear:
        return partial(F.linear, weight=module.weight, bias=module.bias)
    if type(module) is nn.Embedding:
        return partial(F.embedding, weight=module.weight)
    if type(module) is LayerNorm:
        weight, bias, eps = module.weight, module.bias, module.eps
        return lambda x: F.layer_norm(x, weight.shape, weight, bias, eps)
    if type(module) is RMSNorm:
        weight, eps = module.weight, module.eps
        return lambda x: F.rms_norm(x, weight.shape, weight, eps)
    if type(module) is FeedForward:
        up, activation, down = plain(module.up), module.activation, plain(module.down)
        return lambda x: down(activation(up(x)))
    if type(module) is SwiGLU:
        gate, up, down = plain(module.gate), plain(module.up), plain(module.down)
        return lambda x: down(F.silu(gate(x)) * up(x))
    return module


def attention_step(module: nn.Module, rotary: RotaryPositions | None) -> Callable[..., Tensor]:
    """Attention for one token of each text, (B, 1, C) -> (B, 1, C), as a plain function."""
    if type(module) is not MultiHeadAttention or module.rotary is not rotary:
        return lambda x, where, mask, cache: module(x, mask, cache, where[0])
    qkv, out = plain(module.qkv), plain(module.out)
    num_heads, head_size = module.num_heads, module.head_size
    both_heads = num_heads + module.num_kv_heads
    group = num_heads // module.num_kv_heads
    gain = module.gain()

    def attend(x: Tensor, where: Where, mask: Tensor | None, cache: KVCache) -> Tensor:
        heads = qkv(x).view(len(x), -1, 1, head_size)  # (B, H + 2 · H_kv, 1, D)
        both, value = heads[:, :both_heads], heads[:, both_heads:]
        both = module.normed(both, gain)
        _, turn = where
        if turn is not None:  # apply_rope for both halves of each head at once
            partners = both.roll(head_size // 2, dims=-1)
            both = torch.addcmul(both * turn[0], partners, turn[1])
        key, value = cache.append(both[:, num_heads:], value)  # (B, H_kv, past + 1, D)
        # Queries that share a key are rows of one product: no key or value is copied for them.
        query = both[:, :num_heads].reshape(len(x), -1, group, head_size)  # (B, H_kv, group, D)
        mixed = F.scaled_dot_product_attention(query, key, value, mask)
        return out(mixed.reshape(x.shape))  # (B, 1, C)

    return attend


def block_step(block: nn.Module, rotary: RotaryPositions | None) -> Callable[..., Tensor]:
    """A pre-norm block for one token of each text, (B, 1, C) -> (B, 1, C), as a plain function."""
    if type(block) is not PreNormBlock:
        return lambda x, where, mask, cache: block(x, mask, cache, where[0])
    attention_norm, attend = plain(block.attention_norm), attention_step(block.attention, rotary)
    feed_forward_norm, feed_forward = plain(block.feed_forward_norm), plain(block.feed_forward)

    def step(x: Tensor, where: Where, mask: Tensor | None, cache: KVCache) -> Tensor:
        x = x + attend(attention_norm(x), where, mask, cache)
        return x + feed_forward(feed_forward_norm(x))

    return step


class Decoder:
    """Reads one token of each text and gives the logits of the next: what the model would give.

    The cache must be one of the model's, filled with what came before. Weights are used as they
    are when the decoder is made; hooks do not run, nothing is dropped, and nothing is checked.
    """

    def __init__(self, model: MiniGPT) -> None:
        rotary = getattr(model.blocks[0].attention, "rotary", None)  # all layers share it
        self.rotary = rotary if type(rotary) is RotaryPositions else None
        self.embedding, self.positions = plain(model.embedding), model.positions
        self.blocks = [block_step(block, self.rotary) for block in model.blocks]
        self.norm, self.head = plain(model.norm), plain(model.head)

    def __call__(
        self,
        ids: Tensor,
        cache: list[KVCache],
        mask: Tensor | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """From ids (B, 1) to logits (B, 1, V), as MiniGPT; the cache grows by one position."""
        if position_ids is None:
            position_ids = torch.tensor([cache[0].length], device=ids.device)
        with few_threads(tokens=len(ids)):
            x = self.positions(self.embedding(ids), position_ids)  # (B, 1, C)
            turn = None
            if self.rotary is not None:  # for all layers, (1, D/2) or (B, 1, 1, D/2) each
                cos, sin = (row.to(x.dtype) for row in self.rotary.rows(position_ids))
                turn = torch.cat([cos, cos], dim=-1), torch.cat([-sin, sin], dim=-1)
            for block, memory in zip(self.blocks, cache, strict=True):
                x = block(x, (position_ids, turn), mask, memory)  # (B, 1, C)
            return self.head(self.norm(x))  # (B, 1, V)


# --8<-- [start:few-threads]
_sharing, _inside, _threads = Lock(), 0, 1  # who is within few_threads, and how many threads before


@contextmanager
def few_threads(tokens: int) -> Iterator[None]:
    """Within it, one thread computes, where the tokens are so few that sharing them costs more.

    Several may be within it at once. The number comes back as the first of them found it.
    """
    global _inside, _threads
    if tokens >= 8:
        yield
        return
    with _sharing:
        _threads = torch.get_num_threads() if _inside == 0 else _threads
        _inside += 1
    torch.set_num_threads(1)
    try:
        yield
    finally:
        with _sharing:
            _inside -= 1
            torch.set_num_threads(_threads)


# --8<-- [end:few-threads]
