"""Designs of Llama and of the families that descend from it."""

from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.counted_parts import Design, feed_forward
from snippets.modern.architecture.decoders import (
    decoder,
    grouped,
    late_windows,
    latent,
    mixture,
    network,
    windows,
)


def llama(c: Fields) -> Design:
    """Llama 1 to 3 (Touvron et al. 2023; Grattafiori et al. 2024)."""
    one = network(c, bias=c.flag("mlp_bias", False))
    return decoder(c, grouped(c, kv_heads=kv_heads_of(c)), one.times(layers_of(c)))


def mistral(c: Fields) -> Design:
    """Mistral 7B (Jiang et al. 2023): in version 0.1 with a window in every layer."""
    attention = grouped(c, biases=(False, False), window=c.limit("sliding_window", 4096))
    return decoder(c, attention, network(c).times(layers_of(c)))


def mixtral(c: Fields) -> Design:
    """Mixtral (Jiang et al. 2024): in each layer, a token goes to a few of many networks."""
    attention = grouped(c, biases=(False, False), window=c.limit("sliding_window"))
    number = c.size("num_local_experts", "num_experts")
    networks = mixture(c, number, c.size("intermediate_size")).times(layers_of(c))  # (!)
    return decoder(c, attention, networks)


def qwen2(c: Fields) -> Design:
    """Qwen 2 and 2.5: Llama with biases for queries, keys and values."""
    attention = grouped(c, biases=(True, False), **late_windows(c))
    return decoder(c, attention, network(c).times(layers_of(c)))


def qwen3(c: Fields) -> Design:
    """Qwen 3 (Yang et al. 2025): QK-norm instead of biases."""
    attention = grouped(c, gains=2 * c.size("head_dim"), **late_windows(c))
    return decoder(c, attention, network(c).times(layers_of(c)))


def qwen3_moe(c: Fields) -> Design:
    """The mixtures of Qwen 3, in which single layers may have an ordinary network."""
    layers, d_hidden = layers_of(c), c.size("moe_intermediate_size")
    step, dense = c.size("decoder_sparse_step", default=1), c.config.get("mlp_only_layers") or []
    mixed = sum((i + 1) % step == 0 and i not in dense for i in range(layers))
    networks = mixture(c, c.size("num_experts", "num_local_experts"), d_hidden).times(mixed)
    if mixed < layers:
        networks += network(c).times(layers - mixed)
    size = c.limit("head_dim") or c.share("hidden_size", "num_attention_heads")
    window = c.limit("sliding_window", 4096) if c.flag("use_sliding_window", False) else None
    attention = grouped(c, gains=2 * size, window=window)
    return decoder(c, attention, networks, d_hidden=d_hidden)


def gemma(c: Fields) -> Design:
    """Gemma 1: Llama with a GELU gate, heads of a size of their own, and tied tables."""
    attention = grouped(c, head_size=c.size("head_dim"))
    return decoder(c, attention, network(c).times(layers_of(c)), tied=True)


def gemma2(c: Fields) -> Design:
    """Gemma 2 (Riviere et al. 2024): norms before and after, a window in every second layer."""
    attention = grouped(c, head_size=c.size("head_dim"), **windows(c, 4096, every=2))
    return decoder(c, attention, network(c).times(layers_of(c)), norms=4, tied=True)


def gemma3(c: Fields) -> Design:
    """Gemma 3's language model (Kamath et al. 2025): QK-norm, windows in five of six layers."""
    c.refuse_unless(use_bidirectional_attention=False)
    size, every = c.size("head_dim"), c.size("sliding_window_pattern", default=6)
    attention = grouped(c, head_size=size, gains=2 * size, **windows(c, 4096, every))
    return decoder(c, attention, network(c).times(layers_of(c)), norms=4, tied=True)


def phi3(c: Fields) -> Design:
    """Phi-3: Llama with its matrices joined, which changes no count."""
    attention = grouped(
        c, kv_heads=kv_heads_of(c), biases=(False, False), window=c.limit("sliding_window")
    )
    return decoder(c, attention, network(c).times(layers_of(c)))


def olmo2(c: Fields) -> Design:
    """OLMo 2 (Walsh et al. 2025): norms after the sublayers, and of all queries and all keys."""
    size = c.share("hidden_size", "num_attention_heads")
    gains = (c.size("num_attention_heads") + kv_heads_of(c)) * size
    attention = grouped(c, kv_heads=kv_heads_of(c), head_size=size, gains=gains)
    return decoder(c, attention, network(c).times(layers_of(c)))


def deepseek_v3(c: Fields) -> Design:
    """DeepSeek-V3 (2024): latent attention and many experts, of which one serves every token.

    Without the module that predicts further tokens, which the published files have besides.
    """
    c.refuse_unless(moe_layer_freq=1)
    d_hidden = c.size("moe_intermediate_size")
    shared = feed_forward(c.size("hidden_size"), d_hidden * c.size("n_shared_experts"), True)
    dense = min(layers_of(c), c.count("first_k_dense_replace"))
    mixed = mixture(c, c.size("n_routed_experts"), d_hidden) + shared
    networks = network(c).times(dense) + mixed.times(layers_of(c) - dense)
    return decoder(c, latent(c), networks, d_hidden=d_hidden)


def layers_of(c: Fields) -> int:
    """L, under the name that all of these families give it."""
    return c.size("num_hidden_layers")


def kv_heads_of(c: Fields) -> int:
    """As many as there are heads, unless the configuration says otherwise."""
    return c.size("num_key_value_heads", default=c.size("num_attention_heads"))
