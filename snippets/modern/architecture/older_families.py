"""Designs of the older families: BERT, T5, GPT-2 and those built like it."""

from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.counted_parts import (
    Count,
    Design,
    Span,
    attention_matrices,
    feed_forward,
    head,
    matrix,
    spans,
    vector,
)


# --8<-- [start:gpt2]
def gpt2(c: Fields) -> Design:
    """GPT-2 (Radford et al. 2019); by its sizes also GPT-3, of which no file was published."""
    c.refuse_unless(add_cross_attention=False)
    return _gpt(c, gated=False, positions="learned")


def jais(c: Fields) -> Design:
    """Jais (Sengupta et al. 2023): GPT-2 with a gate, and with ALiBi instead of a table."""
    gated = c.word("activation_function", ("swiglu", "gelu", "gelu_new", "relu")) == "swiglu"
    positions = c.word("position_embedding_type", ("alibi", "learned"))
    return _gpt(c, gated, "ALiBi" if positions == "alibi" else "learned")


def _gpt(c: Fields, gated: bool, positions: str) -> Design:
    width, layers, heads = (c.size(name) for name in ("n_embd", "n_layer", "n_head"))
    d_hidden, size = c.size("n_inner", default=4 * width), c.share("n_embd", "n_head")
    one = attention_matrices(width, heads, heads, size, (True, True))
    vocabulary, context = c.size("vocab_size"), c.size("n_positions")
    tables = {"embedding": vector(vocabulary * width)}
    if positions == "learned":
        tables["positions"] = vector(context * width)
    return Design(
        str(c.family), vocabulary, context, width, layers, heads, heads, size, d_hidden, positions,
        parts=tables | {
            "attention": one.times(layers),
            "feed-forward": feed_forward(width, d_hidden, gated, bias=True).times(layers),
            "norms": vector((2 * layers + 1) * 2 * width),
            "head": head(width, vocabulary, c.flag("tie_word_embeddings", True)),
        },
        spans=spans(layers, 2 * width, 4 * width),
    )  # fmt: skip


# --8<-- [end:gpt2]
def gpt_neo(c: Fields) -> Design:
    """GPT-Neo: GPT-2 without biases for queries, keys and values, every second layer local."""
    width, layers, heads = (c.size(name) for name in ("hidden_size", "num_layers", "num_heads"))
    d_hidden, size = c.size("intermediate_size", default=4 * width), width // heads
    c.share("hidden_size", "num_heads")
    one = attention_matrices(width, heads, heads, size, (False, True))
    vocabulary, context = c.size("vocab_size"), c.size("max_position_embeddings")
    return Design(
        str(c.family), vocabulary, context, width, layers, heads, heads, size, d_hidden, "learned",
        parts={
            "embedding": vector(vocabulary * width),
            "positions": vector(context * width),
            "attention": one.times(layers),
            "feed-forward": feed_forward(width, d_hidden, False, bias=True).times(layers),
            "norms": vector((2 * layers + 1) * 2 * width),
            "head": head(width, vocabulary, c.flag("tie_word_embeddings", True)),
        },
        spans=spans(layers, 2 * width, 4 * width, c.size("window_size"), _local(c, layers)),
    )  # fmt: skip


def _local(c: Fields, layers: int) -> int:
    """In how many layers of a GPT-Neo attention is local."""
    kinds = c.names("attention_layers")
    if kinds is None:
        if not (pattern := c.config.get("attention_types")):
            raise ValueError("'attention_types' is missing; gpt_neo needs it")
        kinds = [kind for group, repeats in pattern for kind in group * repeats]
    if len(kinds) != layers:
        raise ValueError(f"attention_types names {len(kinds)} layers of num_layers={layers}")
    return kinds.count("local")


def gpt_neox(c: Fields) -> Design:
    """GPT-NeoX (Black et al. 2022), and Pythia: RoPE, and two tables."""
    width, layers, heads = (
        c.size(name) for name in ("hidden_size", "num_hidden_layers", "num_attention_heads")
    )
    size, bias = c.share("hidden_size", "num_attention_heads"), c.flag("attention_bias", True)
    d_hidden, vocabulary = c.size("intermediate_size"), c.size("vocab_size")
    one = attention_matrices(width, heads, heads, size, (bias, bias))
    context = c.size("max_position_embeddings")
    return Design(
        str(c.family), vocabulary, context, width, layers, heads, heads, size, d_hidden, "RoPE",
        parts={
            "embedding": vector(vocabulary * width),
            "attention": one.times(layers),
            "feed-forward": feed_forward(width, d_hidden, False, bias=True).times(layers),
            "norms": vector((2 * layers + 1) * 2 * width),
            "head": head(width, vocabulary, c.flag("tie_word_embeddings", False)),
        },
        spans=spans(layers, 2 * width, 4 * width),
    )  # fmt: skip


def bert(c: Fields) -> Design:
    """BERT (Devlin et al. 2019) with the head that predicts masked tokens; it keeps no cache."""
    c.refuse_unless(tie_word_embeddings=True, is_decoder=False)
    width, layers, heads = (
        c.size(name) for name in ("hidden_size", "num_hidden_layers", "num_attention_heads")
    )
    size, d_hidden = c.share("hidden_size", "num_attention_heads"), c.size("intermediate_size")
    vocabulary, context = c.size("vocab_size"), c.size("max_position_embeddings")
    one = attention_matrices(width, heads, heads, size, (True, True))
    transform = matrix(width, width, bias=True) + vector(2 * width) + vector(vocabulary)
    return Design(
        str(c.family), vocabulary, context, width, layers, heads, heads, size, d_hidden, "learned",
        parts={
            "embedding": vector((vocabulary + c.size("type_vocab_size", default=2)) * width),
            "positions": vector(context * width),
            "attention": one.times(layers),
            "feed-forward": feed_forward(width, d_hidden, False, bias=True).times(layers),
            "norms": vector((2 * layers + 1) * 2 * width),
            "head": head(width, vocabulary, tied=True) + transform,
        },
        spans=spans(layers, 0, 4 * width),
    )  # fmt: skip


def t5(c: Fields) -> Design:
    """T5 (Raffel et al. 2020): an encoder, and a decoder that looks at what the encoder made."""
    width, heads, size, encoder = (
        c.size(name) for name in ("d_model", "num_heads", "d_kv", "num_layers")
    )
    decoder = c.size("num_decoder_layers", default=encoder)
    d_hidden, vocabulary = c.size("d_ff"), c.size("vocab_size")
    kinds = ("relu", "gated-gelu", "gated-silu")
    gated = c.word("feed_forward_proj", kinds, default="relu") != "relu"
    one = attention_matrices(width, heads, heads, size, (False, False))
    biases = vector(2 * heads * c.size("relative_attention_num_buckets", default=32))
    inner, layers = heads * size, encoder + decoder
    parts: dict[str, Count] = {
        "embedding": vector(vocabulary * width),
        "positions": biases,  # of distances; in the first layer of either stack, for all of it
        "attention": one.times(encoder + 2 * decoder),
        "feed-forward": feed_forward(width, d_hidden, gated).times(layers),
        "norms": vector((2 * encoder + 3 * decoder + 2) * width),
        "head": head(width, vocabulary, c.flag("tie_word_embeddings", True)),
    }
    looks = Span(encoder, 0, 4 * inner), Span(2 * decoder, 2 * inner, 4 * inner)
    return Design(
        str(c.family), vocabulary, c.limit("n_positions"), width, layers, heads, heads, size,
        d_hidden, "relative", parts, looks, stacks=2,
    )  # fmt: skip
