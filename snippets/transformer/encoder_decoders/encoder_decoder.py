"""Encoder and decoder: the transformer of 2017, in the form that T5 gave it.

The encoder reads a source in both directions. The decoder writes a target token by token, and in
each of its layers *cross-attention* looks at what the encoder made of the source. T5 differs from
Vaswani et al. 2017 in its parts: RMSNorm before each sublayer and positions as a bias of the scores
(Raffel et al. 2020, section 2.1); in its published code, scores are not divided by √D, and no
matrix has a bias.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_positive
from snippets.transformer.feed_forward import FeedForward, relu
from snippets.transformer.normalization import RMSNorm
from snippets.transformer.positions.relative_bias import RelativeBias


@dataclass(frozen=True)
class EncoderDecoderConfig:
    """Sizes of both halves. The defaults but `vocab_size` are those of a very small model."""

    vocab_size: int  # V, of source and target together
    d_model: int = 96  # C
    num_heads: int = 4  # H
    head_size: int = 24  # D; H · D need not be C
    d_hidden: int = 256
    num_layers: int = 2  # of each half
    buckets: int = 32
    furthest: int = 128
    dropout: float = 0.0
    pad_id: int = 0  # also begins every target
    end_id: int = 1


class CrossAttention(nn.Module):
    """Attention of x to a source; with x itself as the source it is self-attention."""

    def __init__(self, d_model: int, num_heads: int, head_size: int) -> None:
        super().__init__()
        check_positive(d_model=d_model, num_heads=num_heads, head_size=head_size)
        self.head_size, inner = head_size, num_heads * head_size
        self.query = nn.Linear(d_model, inner, bias=False)
        self.key = nn.Linear(d_model, inner, bias=False)
        self.value = nn.Linear(d_model, inner, bias=False)
        self.out = nn.Linear(inner, d_model, bias=False)

    def heads(self, x: Tensor) -> Tensor:
        """(B, T, H · D) -> (B, H, T, D)."""
        return x.unflatten(-1, (-1, self.head_size)).transpose(1, 2)

    def forward(self, x: Tensor, source: Tensor, bias: Tensor) -> Tensor:
        """From x (B, T, C) to a source (B, S, C), the scores biased: (B, T, C).

        The bias is (B or 1, H or 1, T or 1, S); −∞ hides a token of the source.
        """
        query = self.heads(self.query(x))  # (B, H, T, D): asked by the target (!)
        key = self.heads(self.key(source))  # (B, H, S, D): answered by the source (!)
        value = self.heads(self.value(source))  # (B, H, S, D) (!)
        mixed = F.scaled_dot_product_attention(query, key, value, bias, scale=1.0)
        return self.out(mixed.transpose(1, 2).flatten(2))  # (B, T, C)

    def weights(self, x: Tensor, source: Tensor, bias: Tensor) -> Tensor:
        """The attention weights (B, H, T, S) of the same."""
        query, key = self.heads(self.query(x)), self.heads(self.key(source))
        return (query @ key.transpose(-2, -1) + bias).softmax(dim=-1)


class EncoderLayer(nn.Module):
    """Self-attention, then the feed-forward network, each on the residual stream."""

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        C = config.d_model
        self.attention = CrossAttention(C, config.num_heads, config.head_size)
        self.feed_forward = FeedForward(C, config.d_hidden, relu, False, config.dropout)
        self.attention_norm, self.feed_forward_norm = RMSNorm(C), RMSNorm(C)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """(B, S, C) -> (B, S, C)."""
        normed = self.attention_norm(x)
        x = x + self.dropout(self.attention(normed, normed, bias))
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))


class DecoderLayer(nn.Module):
    """The same, with cross-attention to what the encoder made in between."""

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        C = config.d_model
        self.attention = CrossAttention(C, config.num_heads, config.head_size)
        self.cross = CrossAttention(C, config.num_heads, config.head_size)
        self.feed_forward = FeedForward(C, config.d_hidden, relu, False, config.dropout)
        self.attention_norm, self.cross_norm, self.feed_forward_norm = (RMSNorm(C) for _ in "123")
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, memory: Tensor, bias: Tensor, memory_bias: Tensor) -> Tensor:
        """From x (B, T, C) and the encoder's memory (B, S, C): (B, T, C)."""
        normed = self.attention_norm(x)
        x = x + self.dropout(self.attention(normed, normed, bias))
        x = x + self.dropout(self.cross(self.cross_norm(x), memory, memory_bias))  # (!)
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))


class EncoderDecoder(nn.Module):
    """From a source (B, S) and the target so far (B, T) to logits of each next token (B, T, V).

    Sources and targets are padded at their ends with `config.pad_id`; a source must have at least
    one other token. The embedding is shared by both halves and by the output.
    """

    def __init__(self, config: EncoderDecoderConfig) -> None:
        super().__init__()
        check_positive(vocab_size=config.vocab_size, num_layers=config.num_layers)
        self.config = config
        positions = config.num_heads, config.buckets, config.furthest
        self.embedding = nn.Embedding(config.vocab_size, config.d_model)
        self.encoder_bias = RelativeBias(positions[0], True, *positions[1:])
        self.decoder_bias = RelativeBias(positions[0], False, *positions[1:])
        self.encoder = nn.ModuleList(EncoderLayer(config) for _ in range(config.num_layers))
        self.decoder = nn.ModuleList(DecoderLayer(config) for _ in range(config.num_layers))
        self.encoder_norm, self.decoder_norm = RMSNorm(config.d_model), RMSNorm(config.d_model)
        self.dropout = nn.Dropout(config.dropout)
        self.apply(_initialise)

    def encode(self, source: Tensor) -> Tensor:
        """What the encoder makes of the source (B, S): the memory (B, S, C)."""
        S = source.shape[1]
        bias = self.encoder_bias(S, S) + self.hidden_padding(source)
        x = self.dropout(self.embedding(source))
        for layer in self.encoder:
            x = layer(x, bias)
        return self.dropout(self.encoder_norm(x))

    def decode(self, target: Tensor, memory: Tensor, source: Tensor) -> Tensor:
        """From the target so far (B, T), begun with `pad_id`, and the memory: logits (B, T, V)."""
        T = target.shape[1]
        future = torch.full((T, T), -torch.inf, device=target.device).triu(diagonal=1)
        bias, memory_bias = self.decoder_bias(T, T) + future, self.hidden_padding(source)
        x = self.dropout(self.embedding(target))
        for layer in self.decoder:
            x = layer(x, memory, bias, memory_bias)
        x = self.dropout(self.decoder_norm(x)) * self.config.d_model**-0.5
        return x @ self.embedding.weight.T

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """(B, S) and (B, T) -> (B, T, V)."""
        return self.decode(target, self.encode(source), source)

    def hidden_padding(self, source: Tensor) -> Tensor:
        """A bias that hides the padding of the source: (B, 1, 1, S)."""
        if (empty := (source == self.config.pad_id).all(dim=1)).any():
            raise ValueError(f"source {int(empty.nonzero()[0])} holds nothing but padding")
        hidden = torch.zeros(source.shape, device=source.device)
        return hidden.masked_fill(source == self.config.pad_id, -torch.inf)[:, None, None]


def _initialise(module: nn.Module) -> None:
    """Much as T5: without the division by √D, queries begin that much smaller."""
    if isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight)
    elif isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5)
    elif isinstance(module, RelativeBias):
        nn.init.normal_(module.weight, std=0.1)
    elif isinstance(module, CrossAttention):  # after its matrices
        with torch.no_grad():
            module.query.weight.mul_(module.head_size**-0.5)
