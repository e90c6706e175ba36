"""Small models that differ only in how tokens exchange what they know: attention, or a state."""

from typing import Literal, get_args

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_divisible, check_positive
from snippets.modern.efficient_attention import gated_delta, linear_attention
from snippets.transformer.normalization import RMSNorm

Kind = Literal["attention", "linear", "delta"]
WIDTH = 32


class Mixer(nn.Module):
    """Tokens exchange what they know, in one of three ways: (B, T, C) -> (B, T, C).

    The key of a token is the query of the token before it. So from the start a query finds the
    places behind its own token, and little time is needed to learn to look things up.

    Raises:
        ValueError: an unknown kind, or heads that do not divide the width.
    """

    def __init__(self, kind: Kind, d_model: int, num_heads: int) -> None:
        super().__init__()
        if kind not in get_args(Kind):
            raise ValueError(f"kind={kind!r} is none of {get_args(Kind)}")
        check_divisible(d_model=d_model, num_heads=num_heads)
        self.kind, self.num_heads = kind, num_heads
        self.query_value = nn.Linear(d_model, 2 * d_model, bias=False)
        self.gates = Gates(d_model, num_heads) if kind == "delta" else None
        self.norm = RMSNorm(d_model // num_heads) if kind != "attention" else nn.Identity()
        self.out = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, C) -> (B, T, C)."""
        heads = self.query_value(x).unflatten(-1, (2, self.num_heads, -1))  # (B, T, 2, H, D)
        q, v = heads.permute(2, 0, 3, 1, 4)  # each (B, H, T, D)
        k = F.pad(q[..., :-1, :], (0, 0, 1, 0))  # that of the token before, 0 at first
        mixed = self.norm(self.mix(q, k, v, x))  # (B, H, T, D)
        return self.out(mixed.transpose(1, 2).flatten(2))

    def mix(self, q: Tensor, k: Tensor, v: Tensor, x: Tensor) -> Tensor:
        """Each head by itself: (B, H, T, D) -> (B, H, T, D). All are causal."""
        if self.kind == "attention":
            return F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (!)
        q, k = F.normalize(q, dim=-1), F.normalize(k, dim=-1)
        if self.gates is None:
            return linear_attention.parallel(q, k, v)  # (!)
        log_decay, beta = self.gates(x)
        return gated_delta.chunked(q, k, v, log_decay, beta, chunk=16)[0]  # (!)


class Gates(nn.Module):
    """How long a token lets the state last, and how strongly it writes: (B, T, C) -> 2 (B, H, T).

    The first is ln α, the second β. At the start both are cautious, α = 0.993 and β = 0.12: a model
    that erases much before it has useful keys takes longer to learn.
    """

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        self.both = nn.Linear(d_model, 2 * num_heads)
        with torch.no_grad():
            self.both.bias.copy_(torch.tensor([5.0, -2.0]).repeat_interleave(num_heads))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(B, T, C) -> ln α and β, each (B, H, T)."""
        keep, write = self.both(x).transpose(1, 2).chunk(2, dim=1)  # each (B, H, T)
        return F.logsigmoid(keep), write.sigmoid()


class RecallModel(nn.Module):
    """An embedding, a mixer per layer on a residual stream, and a head: ids (B, T) -> (B, T, V).

    There are no positions, and no feed-forward networks: nothing but the mixers tells where what
    was. Raises ValueError for sizes that do not fit.
    """

    def __init__(
        self, kinds: tuple[Kind, ...], vocab_size: int, num_heads: int, d_model: int = WIDTH
    ) -> None:
        super().__init__()
        check_positive(vocab_size=vocab_size, layers=len(kinds))
        self.embedding = nn.Embedding(vocab_size, d_model)
        self.mixers = nn.ModuleList(Mixer(kind, d_model, num_heads) for kind in kinds)
        self.norms = nn.ModuleList(RMSNorm(d_model) for _ in kinds)
        self.norm = RMSNorm(d_model)
        self.head = nn.Linear(d_model, vocab_size, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        """(B, T) -> logits (B, T, V)."""
        x = self.embedding(ids)  # (B, T, C)
        for norm, mixer in zip(self.norms, self.mixers, strict=True):
            x = x + mixer(norm(x))
        return self.head(self.norm(x))


def kept_numbers(kinds: tuple[Kind, ...], num_heads: int, length: int, d_model: int = WIDTH) -> int:
    """How many numbers a model keeps of a text of so many tokens, to go on writing.

    A layer with a state keeps H · D · D numbers, however long the text; attention 2C per token.
    The one query that will be the next key is left out.
    """
    check_divisible(d_model=d_model, num_heads=num_heads)
    state = d_model * d_model // num_heads
    return sum(2 * d_model * length if kind == "attention" else state for kind in kinds)  # (!)
