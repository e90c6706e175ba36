"""What a `MiniGPT` is made of: names of parts, and configurations."""

from collections.abc import Callable
from dataclasses import dataclass, fields

from torch import Tensor, nn

from snippets.checks import check_positive, check_types
from snippets.transformer.feed_forward import ACTIVATIONS, FeedForward, SwiGLU
from snippets.transformer.normalization import LayerNorm, RMSNorm
from snippets.transformer.positions.absolute import LearnedPositions, SinusoidalPositions
from snippets.transformer.token_shift import ShiftedRMSNorm


# --8<-- [start:parts]
class NoPositions(nn.Module):
    """Adds nothing: RoPE tells positions inside attention, and "none" not at all."""

    def forward(self, x: Tensor, position_ids: Tensor) -> Tensor:
        """(B, T, C) -> the same."""
        return x


# From a name in a configuration c to the module it stands for.
Parts = dict[str, Callable[["MiniGPTConfig"], nn.Module]]
NORMS: Parts = {
    "layernorm": lambda c: LayerNorm(c.d_model, c.norm_eps, c.bias),
    "rmsnorm": lambda c: RMSNorm(c.d_model, c.norm_eps),
    "shifted_rmsnorm": lambda c: ShiftedRMSNorm(c.d_model, c.norm_eps),
}
FEED_FORWARDS: Parts = {
    name: lambda c, f=activation: FeedForward(c.d_model, c.d_hidden, f, bias=c.bias)
    for name, activation in ACTIVATIONS.items()
} | {"swiglu": lambda c: SwiGLU(c.d_model, c.d_hidden, bias=c.bias)}
POSITIONS: Parts = {
    "learned": lambda c: LearnedPositions(c.context, c.d_model),
    "sinusoidal": lambda c: SinusoidalPositions(c.context, c.d_model),
    "rope": lambda c: NoPositions(),
    "none": lambda c: NoPositions(),
}
# --8<-- [end:parts]


@dataclass(frozen=True)
class MiniGPTConfig:
    """The shape of a model, and the names of its parts: keys of NORMS, FEED_FORWARDS, POSITIONS."""

    vocab_size: int  # V
    context: int  # the longest sequence, T at most
    d_model: int  # C
    num_layers: int  # L
    num_heads: int  # H
    num_kv_heads: int  # H for plain attention, fewer for grouped queries, 1 for multi-query
    d_hidden: int  # width of the feed-forward part
    norm: str = "layernorm"
    feed_forward: str = "gelu_tanh"
    positions: str = "learned"
    tie_weights: bool = True  # the output layer is the embedding table, transposed
    bias: bool = True
    qk_norm: bool = False
    dropout: float = 0.0  # of embeddings and of what each part adds; not of attention weights
    rope_base: float = 10_000.0
    norm_eps: float = 1e-5  # what every norm adds under its root

    def __post_init__(self) -> None:
        check_types(self)  # a configuration from a file may hold anything
        sizes = {f.name: getattr(self, f.name) for f in fields(self) if f.type is int}
        check_positive(**sizes, rope_base=self.rope_base, norm_eps=self.norm_eps)
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout={self.dropout} must be at least 0 and below 1")
        parts = {"norm": NORMS, "feed_forward": FEED_FORWARDS, "positions": POSITIONS}
        for part, modules in parts.items():
            if getattr(self, part) not in modules:
                raise ValueError(f"{part}={getattr(self, part)!r} is none of {', '.join(modules)}")


# --8<-- [start:gpt2-small]
# The smallest of four (Radford et al. 2019, table 2).
GPT2_SMALL = MiniGPTConfig(
    vocab_size=50_257,
    context=1024,
    d_model=768,
    num_layers=12,
    num_heads=12,
    num_kv_heads=12,
    d_hidden=3072,
)
# --8<-- [end:gpt2-small]


# --8<-- [start:llama-style]
# The same depth and width, with Llama's parts (Touvron et al. 2023) and grouped queries
# (the larger models of Llama 2, and Llama 3).
LLAMA_STYLE = MiniGPTConfig(
    vocab_size=50_257,
    context=1024,
    d_model=768,
    num_layers=12,
    num_heads=12,
    num_kv_heads=4,  # (!)
    d_hidden=2048,
    norm="rmsnorm",  # (!)
    feed_forward="swiglu",  # (!)
    positions="rope",  # (!)
    tie_weights=False,
    bias=False,
)
# --8<-- [end:llama-style]


# --8<-- [start:minigpt]
# The model that this course trains, while its pages are built.
MINIGPT = MiniGPTConfig(
    vocab_size=68,
    context=128,
    d_model=128,
    num_layers=4,
    num_heads=4,
    num_kv_heads=4,
    d_hidden=344,
    norm="rmsnorm",
    feed_forward="swiglu",
    positions="rope",
    bias=False,
    qk_norm=True,
)
# --8<-- [end:minigpt]
