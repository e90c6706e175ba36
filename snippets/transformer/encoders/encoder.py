"""The encoder of BERT: every token attends to every other, before and after it.

Ids go in; out comes a vector for each token, which depends on the tokens on both sides (Devlin et
al. 2019). `from_bert` loads the weights of a model of `transformers` into it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import BertModel

from snippets.checks import check_divisible, check_positive
from snippets.transformer.feed_forward import FeedForward, gelu
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.normalization import LayerNorm
from snippets.transformer.positions.absolute import LearnedPositions
from snippets.transformer.transformer_block import PostNormBlock


@dataclass(frozen=True)
class EncoderConfig:
    """The sizes of an encoder; the defaults are BERT's base model (Devlin et al. 2019, section 3).

    Raises:
        ValueError: a size below 1, a width that the heads do not divide, or a share of dropout
            outside [0, 1).
    """

    vocab_size: int = 30_522  # V
    context: int = 512  # the largest T
    segments: int = 2
    d_model: int = 768  # C
    num_heads: int = 12  # H
    num_layers: int = 12  # L
    d_hidden: int = 3072
    dropout: float = 0.1
    norm_eps: float = 1e-12

    def __post_init__(self) -> None:
        check_positive(
            vocab_size=self.vocab_size,
            context=self.context,
            segments=self.segments,
            num_layers=self.num_layers,
            d_hidden=self.d_hidden,
            norm_eps=self.norm_eps,
        )
        check_divisible(d_model=self.d_model, num_heads=self.num_heads)
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} is not in [0, 1)")


def encoder_block(c: EncoderConfig) -> PostNormBlock:
    """One layer of an encoder: as in 2017, the norms come after the sums."""
    return PostNormBlock(
        MultiHeadAttention(c.d_model, c.num_heads, dropout=c.dropout),
        FeedForward(c.d_model, c.d_hidden, gelu),
        LayerNorm(c.d_model, c.norm_eps),
        LayerNorm(c.d_model, c.norm_eps),
        c.dropout,
    )


class Encoder(nn.Module):
    """Token + position + segment embeddings, a norm, and blocks without a causal mask."""

    def __init__(self, config: EncoderConfig) -> None:
        super().__init__()
        self.config = c = config
        self.embedding = nn.Embedding(c.vocab_size, c.d_model)
        self.positions = LearnedPositions(c.context, c.d_model)
        self.segments = nn.Embedding(c.segments, c.d_model)
        self.norm = LayerNorm(c.d_model, c.norm_eps)
        self.dropout = nn.Dropout(c.dropout)
        self.blocks = nn.ModuleList(encoder_block(c) for _ in range(c.num_layers))
        self.pooler = nn.Linear(c.d_model, c.d_model)
        self.apply(initialize)

    def forward(
        self, ids: Tensor, mask: Tensor | None = None, segment_ids: Tensor | None = None
    ) -> Tensor:
        """From ids (B, T) to states (B, T, C).

        The mask hides padding, (B, 1, 1, T), True = may look. Segments are 0 unless given, (B, T).
        """
        segment_ids = torch.zeros_like(ids) if segment_ids is None else segment_ids
        check_ids(ids, segment_ids, self.config)
        x = self.embedding(ids) + self.segments(segment_ids)  # (B, T, C) (!)
        x = self.positions(x, torch.arange(ids.shape[1], device=ids.device))
        x = self.dropout(self.norm(x))
        for block in self.blocks:
            x = block(x, mask)  # (B, T, C) (!)
        return x

    def pool(self, states: Tensor) -> Tensor:
        """One vector per text: the state of [CLS], through a layer, (B, T, C) -> (B, C)."""
        return self.pooler(states[:, 0]).tanh()


def check_ids(ids: Tensor, segment_ids: Tensor, c: EncoderConfig) -> None:
    """Raise a ValueError where ids or segments do not fit the encoder."""
    if ids.ndim != 2 or ids.shape[1] == 0:
        raise ValueError(f"ids have shape {tuple(ids.shape)}; they need (B, T) with T > 0")
    if ids.shape[1] > c.context:
        raise ValueError(f"{ids.shape[1]} tokens are more than the context={c.context}")
    if segment_ids.shape != ids.shape:
        shapes = f"{tuple(segment_ids.shape)}, not {tuple(ids.shape)}"
        raise ValueError(f"segment_ids have shape {shapes}")
    for name, values, size in (("id", ids, c.vocab_size), ("segment", segment_ids, c.segments)):
        wrong = values[(values < 0) | (values >= size)]
        if len(wrong):
            raise ValueError(f"{name} {wrong[0].item()} is not in 0..{size - 1}")


def initialize(module: nn.Module) -> None:
    """Random weights as BERT's: normal with deviation 0.02, biases 0.

    The original cuts the normal distribution off at two deviations, which we leave out.
    """
    if isinstance(module, nn.Linear | nn.Embedding):
        nn.init.normal_(module.weight, std=0.02)
    if isinstance(module, nn.Linear) and module.bias is not None:
        nn.init.zeros_(module.bias)


# What a layer's parts are called in `transformers`; query, key and value are one matrix here.
PARTS = {
    "attention.out": "attention.output.dense",
    "attention_norm": "attention.output.LayerNorm",
    "feed_forward.up": "intermediate.dense",
    "feed_forward.down": "output.dense",
    "feed_forward_norm": "output.LayerNorm",
}


def config_of(bert: BertModel) -> EncoderConfig:
    """The sizes of a model of `transformers`; ValueError where ours would differ from it.

    The activation has to be the exact GELU, attention and sublayers must drop the same share, and
    there must be no causal mask.
    """
    c = bert.config
    if c.hidden_act != "gelu":
        raise ValueError(f"hidden_act={c.hidden_act!r} is not 'gelu'")
    if c.is_decoder:
        raise ValueError("is_decoder=True: this model has a causal mask")
    shares = c.hidden_dropout_prob, c.attention_probs_dropout_prob
    if shares[0] != shares[1]:
        raise ValueError(f"sublayers and attention drop different shares, {shares}")
    return EncoderConfig(
        vocab_size=c.vocab_size,
        context=c.max_position_embeddings,
        segments=c.type_vocab_size,
        d_model=c.hidden_size,
        num_heads=c.num_attention_heads,
        num_layers=c.num_hidden_layers,
        d_hidden=c.intermediate_size,
        dropout=c.hidden_dropout_prob,
        norm_eps=c.layer_norm_eps,
    )


def from_bert(bert: BertModel) -> Encoder:
    """The same model in our parts, with a copy of the weights, in evaluation mode.

    Raises:
        ValueError: a model that ours would differ from (see ``config_of``), or without a pooler.
    """
    encoder = Encoder(config_of(bert))
    if bert.pooler is None:
        raise ValueError("the model has no pooler")
    theirs = bert.state_dict()
    ours = {
        "embedding.weight": theirs["embeddings.word_embeddings.weight"],
        "positions.table.weight": theirs["embeddings.position_embeddings.weight"],
        "segments.weight": theirs["embeddings.token_type_embeddings.weight"],
    }
    for kind in ("weight", "bias"):
        ours[f"norm.{kind}"] = theirs[f"embeddings.LayerNorm.{kind}"]
        ours[f"pooler.{kind}"] = theirs[f"pooler.dense.{kind}"]
        for i in range(encoder.config.num_layers):
            layer = f"encoder.layer.{i}"
            three = [
                theirs[f"{layer}.attention.self.{x}.{kind}"] for x in ("query", "key", "value")
            ]
            ours[f"blocks.{i}.attention.qkv.{kind}"] = torch.cat(three)  # (3C, C) or (3C,) (!)
            for name, part in PARTS.items():
                ours[f"blocks.{i}.{name}.{kind}"] = theirs[f"{layer}.{part}.{kind}"]
    encoder.load_state_dict(ours)
    return encoder.eval()
