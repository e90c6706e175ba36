"""Configurations translated to and from the transformers library; what has no match is refused."""

from typing import Any

from transformers import GPT2Config, LlamaConfig, Qwen3Config

from snippets.transformer.minigpt_config import MiniGPTConfig

# --8<-- [start:activations]
# Our name for a feed-forward network, and the library's name for its activation.
PLAIN = {"gelu_tanh": "gelu_new", "gelu": "gelu", "relu": "relu", "relu_squared": "relu2"}
# Llama's network has a gate: activation(gate) · up. If one matrix serves as gate and as up, and the
# activation is ReLU, that is relu(u) · u = relu(u)²: the squared ReLU.
GATED = {"swiglu": "silu", "relu_squared": "relu"}
# The vocabulary of this course has no tokens that mark the beginning or the end of a text.
NO_MARKS: dict[str, Any] = {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
# --8<-- [end:activations]


def to_gpt2_config(c: MiniGPTConfig) -> GPT2Config:
    """The GPT2Config of a MiniGPT with LayerNorm; ValueError for what GPT-2 does not have."""
    refuse_unless(c, "GPT-2", positions="learned", bias=True, qk_norm=False)
    refuse_unless(c, "GPT-2", num_kv_heads=c.num_heads)
    return GPT2Config(
        vocab_size=c.vocab_size,
        n_positions=c.context,
        n_embd=c.d_model,
        n_layer=c.num_layers,
        n_head=c.num_heads,
        n_inner=c.d_hidden,
        activation_function=translated("feed_forward", c.feed_forward, PLAIN, "GPT-2"),
        layer_norm_epsilon=c.norm_eps,
        tie_word_embeddings=c.tie_weights,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        **NO_MARKS,
    )


def to_llama_config(c: MiniGPTConfig) -> LlamaConfig | Qwen3Config:
    """The Qwen3Config (with qk_norm) or LlamaConfig (without) of a MiniGPT with RMSNorm."""
    name = "Qwen3" if c.qk_norm else "Llama"
    refuse_unless(c, name, norm="rmsnorm", positions="rope")
    if c.qk_norm:
        refuse_unless(c, name, bias=False)
    options: dict[str, Any] = {
        "vocab_size": c.vocab_size,
        "max_position_embeddings": c.context,
        "hidden_size": c.d_model,
        "num_hidden_layers": c.num_layers,
        "num_attention_heads": c.num_heads,
        "num_key_value_heads": c.num_kv_heads,
        "head_dim": c.d_model // c.num_heads,
        "intermediate_size": c.d_hidden,
        "hidden_act": translated("feed_forward", c.feed_forward, GATED, name),
        "rms_norm_eps": c.norm_eps,
        "rope_parameters": {"rope_type": "default", "rope_theta": c.rope_base},
        "tie_word_embeddings": c.tie_weights,
        "attention_bias": c.bias,
        "attention_dropout": 0.0,
        **NO_MARKS,
    }
    if c.qk_norm:
        return Qwen3Config(**options, use_sliding_window=False)
    return LlamaConfig(**options, mlp_bias=c.bias)


def from_gpt2_config(c: Any) -> MiniGPTConfig:
    """The MiniGPTConfig of a GPT2Config; ValueError for options that MiniGPT does not have."""
    refuse_unless(c, "MiniGPT", scale_attn_weights=True, scale_attn_by_inverse_layer_idx=False)
    refuse_unless(c, "MiniGPT", add_cross_attention=False)
    ours = inverse(PLAIN) | {"gelu_pytorch_tanh": "gelu_tanh"}  # the same by another name
    return MiniGPTConfig(
        vocab_size=c.vocab_size,
        context=c.n_positions,
        d_model=c.n_embd,
        num_layers=c.n_layer,
        num_heads=c.n_head,
        num_kv_heads=c.n_head,
        d_hidden=c.n_inner or 4 * c.n_embd,
        feed_forward=translated("activation_function", c.activation_function, ours, "MiniGPT"),
        tie_weights=c.tie_word_embeddings,
        norm_eps=c.layer_norm_epsilon,
    )


def from_llama_config(c: Any, gated: bool = True) -> MiniGPTConfig:
    """The MiniGPTConfig of a LlamaConfig or Qwen3Config; `gated` where gate and up differ."""
    qwen = c.model_type == "qwen3"
    refuse_unless(c, "MiniGPT", head_dim=c.hidden_size // c.num_attention_heads)
    if qwen:
        refuse_unless(c, "MiniGPT", attention_bias=False, use_sliding_window=False)
        refuse_unless(c, "MiniGPT", layer_types=["full_attention"] * c.num_hidden_layers)
    else:
        refuse_unless(c, "MiniGPT", mlp_bias=c.attention_bias)
    if gated and c.hidden_act == "relu":
        raise ValueError("hidden_act='relu' with a gate of its own; MiniGPT has 'silu'")
    rope = c.rope_parameters
    for name, value in (("rope_type", "default"), ("partial_rotary_factor", 1.0)):
        if rope.get(name, value) != value:
            raise ValueError(f"{name}={rope[name]!r}; MiniGPT has {value!r}")
    return MiniGPTConfig(
        vocab_size=c.vocab_size,
        context=c.max_position_embeddings,
        d_model=c.hidden_size,
        num_layers=c.num_hidden_layers,
        num_heads=c.num_attention_heads,
        num_kv_heads=c.num_key_value_heads,
        d_hidden=c.intermediate_size,
        norm="rmsnorm",
        feed_forward=translated("hidden_act", c.hidden_act, inverse(GATED), "MiniGPT"),
        positions="rope",
        tie_weights=c.tie_word_embeddings,
        bias=c.attention_bias,
        qk_norm=qwen,
        rope_base=rope["rope_theta"],
        norm_eps=c.rms_norm_eps,  # 1e-6 in Llama 1, 1e-5 since
    )


# --8<-- [start:refuse]
def refuse_unless(config: Any, who: str, **expected: Any) -> None:
    """Raise a ValueError if a configuration has an option that the other side does not have."""
    for name, value in expected.items():
        if getattr(config, name) != value:
            raise ValueError(f"{name}={getattr(config, name)!r}; {who} has {value!r}")


def translated(name: str, value: str, table: dict[str, str], who: str) -> str:
    """The other side's name for a value, or a ValueError that lists the values it has."""
    if value not in table:
        raise ValueError(f"{name}={value!r}; {who} has {', '.join(map(repr, table))}")
    return table[value]


def inverse(table: dict[str, str]) -> dict[str, str]:
    """The table read backwards."""
    return {value: key for key, value in table.items()}


# --8<-- [end:refuse]
