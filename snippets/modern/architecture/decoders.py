"""What decoders with RMSNorm, RoPE and a gate share, from Llama to DeepSeek-V3."""

from dataclasses import dataclass
from typing import Any

from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.counted_parts import (
    Count,
    Design,
    Span,
    attention_matrices,
    experts,
    feed_forward,
    head,
    matrix,
    spans,
    vector,
)

_FULL, _WINDOW = "full_attention", "sliding_attention"  # as in layer_types


@dataclass(frozen=True)
class Attention:
    """Attention in all layers: its heads, its numbers, what it keeps and computes."""

    kv_heads: int
    head_size: int
    count: Count
    spans: tuple[Span, ...]


def decoder(
    c: Fields,
    attention: Attention,
    networks: Count,
    *,
    norms: int = 2,
    tied: bool = False,
    d_hidden: int | None = None,
) -> Design:
    """The design of a decoder, from its attention and its feed-forward networks in all layers."""
    width, layers, vocabulary = (
        c.size(name) for name in ("hidden_size", "num_hidden_layers", "vocab_size")
    )
    return Design(
        name=str(c.family),
        vocab_size=vocabulary,
        context=c.size("max_position_embeddings"),
        d_model=width,
        num_layers=layers,
        num_heads=c.size("num_attention_heads"),
        num_kv_heads=attention.kv_heads,
        head_size=attention.head_size,
        d_hidden=d_hidden or c.size("intermediate_size"),
        positions="RoPE",
        parts={
            "embedding": vector(vocabulary * width),
            "attention": attention.count,
            "feed-forward": networks,
            "norms": vector((layers * norms + 1) * width),
            "head": head(width, vocabulary, c.flag("tie_word_embeddings", tied)),
        },
        spans=attention.spans,
    )


def grouped(
    c: Fields,
    *,
    kv_heads: int | None = None,
    head_size: int | None = None,
    biases: tuple[bool, bool] | None = None,
    gains: int = 0,
    window: int | None = None,
    windowed: int | None = None,
) -> Attention:
    """Grouped-query attention.

    Args:
        c: the configuration.
        kv_heads: where the configuration need not say it.
        head_size: where it is no share of the width.
        biases: of queries, keys and values, and of the output; else ``attention_bias`` says both.
        gains: those of QK-norm, per layer.
        window: tokens that a token looks at in some layers.
        windowed: in how many; all, unless given.
    """
    width, layers, heads = (
        c.size(name) for name in ("hidden_size", "num_hidden_layers", "num_attention_heads")
    )
    kv_heads = kv_heads or c.size("num_key_value_heads")
    if heads % kv_heads:
        raise ValueError(
            f"num_attention_heads={heads} is not divisible by num_key_value_heads={kv_heads}"
        )
    size = head_size or c.limit("head_dim") or c.share("hidden_size", "num_attention_heads")
    bias = c.flag("attention_bias", False)
    one = attention_matrices(width, heads, kv_heads, size, biases or (bias, bias)) + vector(gains)
    looks = spans(layers, 2 * kv_heads * size, 4 * heads * size, window, windowed)
    return Attention(kv_heads, size, one.times(layers), looks)


def latent(c: Fields) -> Attention:
    """Multi-head latent attention, which keeps one short vector for all heads of a layer."""
    width, layers, heads = (
        c.size(name) for name in ("hidden_size", "num_hidden_layers", "num_attention_heads")
    )
    plain, rotated, value = (
        c.size(name) for name in ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")
    )
    kept, query, bias = (
        c.size("kv_lora_rank"), c.limit("q_lora_rank"), c.flag("attention_bias", False)
    )  # fmt: skip
    queries = heads * (plain + rotated)
    if query is None:
        one = matrix(width, queries)
    else:
        one = matrix(width, query, bias) + vector(query) + matrix(query, queries)
    one += matrix(width, kept + rotated, bias) + vector(kept)
    one += matrix(kept, heads * (plain + value)) + matrix(heads * value, width, bias)
    look = Span(layers, kept + rotated, 2 * heads * (plain + rotated + value))
    return Attention(heads, plain + rotated, one.times(layers), (look,))


def network(c: Fields, bias: bool = False) -> Count:
    """The feed-forward network of one layer, with its gate."""
    return feed_forward(c.size("hidden_size"), c.size("intermediate_size"), True, bias)


def mixture(c: Fields, number: int, d_hidden: int) -> Count:
    """The experts of one layer, and the router that chooses among them.

    Raises:
        ValueError: more are to be chosen than there are.
    """
    width, chosen = c.size("hidden_size"), c.size("num_experts_per_tok")
    if chosen > number:
        raise ValueError(f"num_experts_per_tok={chosen} of {number} experts: there are fewer")
    return matrix(width, number) + experts(feed_forward(width, d_hidden, True), number, chosen)


def windows(c: Fields, default: int | None, every: int) -> dict[str, Any]:
    """The window, and how many layers have it: ``layer_types`` says it, or all but each n-th."""
    layers, kinds = c.size("num_hidden_layers"), c.names("layer_types")
    if kinds is None:
        kinds = [_WINDOW if i % every else _FULL for i in range(1, layers + 1)]
    if len(kinds) != layers:
        raise ValueError(f"layer_types has {len(kinds)} entries for num_hidden_layers={layers}")
    if unknown := sorted({*kinds} - {_FULL, _WINDOW}):
        raise ValueError(f"layer_types has {', '.join(unknown)}, which is not known")
    window = c.limit("sliding_window", default)
    return {"window": window, "windowed": kinds.count(_WINDOW)}


def late_windows(c: Fields) -> dict[str, Any]:
    """Those of Qwen: switched off, or in the layers from ``max_window_layers`` on."""
    if not c.flag("use_sliding_window", False):
        return {}
    if c.names("layer_types") is not None:
        return windows(c, 4096, every=1)
    layers = c.size("num_hidden_layers")
    windowed = max(0, layers - c.count("max_window_layers"))
    return {"window": c.limit("sliding_window", 4096), "windowed": windowed}
