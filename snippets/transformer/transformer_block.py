"""The transformer block: attention, then a feed-forward network, each with a skip connection."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from snippets.transformer.kv_cache import KVCache


class Block(nn.Module):
    """The parts that every block has; the two classes below decide where the norms go.

    Args:
        attention: maps (x, mask, cache, position_ids) as ``MultiHeadAttention`` does.
        feed_forward: maps (B, T, C) to (B, T, C).
        attention_norm: a norm of C channels, for the attention.
        feed_forward_norm: another, for the feed-forward network.
        dropout: the share of each part's output that training sets to zero.
    """

    def __init__(
        self,
        attention: nn.Module,
        feed_forward: nn.Module,
        attention_norm: nn.Module,
        feed_forward_norm: nn.Module,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.attention = attention
        self.feed_forward = feed_forward
        self.attention_norm = attention_norm
        self.feed_forward_norm = feed_forward_norm
        self.dropout = nn.Dropout(dropout)


class PostNormBlock(Block):
    """norm(x + part(x)): the norm comes after the sum (Vaswani et al. 2017, section 3.1)."""

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        attended = self.attention(x, mask, cache, position_ids)
        x = self.attention_norm(x + self.dropout(attended))  # (!)
        return self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))  # (!)


class PreNormBlock(Block):
    """x + part(norm(x)): the sum itself is never normalised (Xiong et al. 2020, figure 1b).

    So a path without any norm runs from the first block to the last, and a stack of these blocks
    needs one norm after its end.
    """

    def forward(
        self,
        x: Tensor,
        mask: Tensor | None = None,
        cache: KVCache | None = None,
        position_ids: Tensor | None = None,
    ) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        attended = self.attention(self.attention_norm(x), mask, cache, position_ids)
        x = x + self.dropout(attended)  # (!)
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))  # (!)


def gradient_norms(loss: Tensor, layers: Sequence[nn.Module]) -> list[float]:
    """How strongly the loss pulls at each layer: the length of its gradient, all parameters as one.

    Leaves the parameters' own ``.grad`` alone. Xiong et al. 2020 measure it at initialisation.

    Raises:
        ValueError: a layer without parameters, or one that the loss does not depend on.
    """
    groups = [list(layer.parameters()) for layer in layers]
    if not groups or not all(groups):
        raise ValueError(f"each of the {len(groups)} layers needs parameters")
    flat = [parameter for group in groups for parameter in group]
    gradients = torch.autograd.grad(loss, flat, retain_graph=True, allow_unused=True)
    squares = iter([None if g is None else float(g.square().sum()) for g in gradients])
    norms = []
    for number, group in enumerate(groups):
        found = [next(squares) for _ in group]
        if all(square is None for square in found):
            raise ValueError(f"the loss does not depend on layer {number} of {len(groups)}")
        norms.append(sum(square or 0.0 for square in found) ** 0.5)
    return norms
