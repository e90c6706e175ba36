"""What a `MiniGPT` costs, by formula: its parameters, and the arithmetic for one token."""

from snippets.transformer.minigpt_config import MiniGPTConfig


def count_parameters(c: MiniGPTConfig) -> int:
    """How many numbers are learned, by formula; a tied table counts once."""
    head_size = c.d_model // c.num_heads
    bias = int(c.bias)
    vectors = {"layernorm": 1 + bias, "rmsnorm": 1, "shifted_rmsnorm": 2}[c.norm]
    norm = vectors * c.d_model

    def linear(width_in: int, width_out: int) -> int:
        return (width_in + bias) * width_out

    qkv = linear(c.d_model, c.d_model + 2 * c.num_kv_heads * head_size)
    attention = qkv + linear(c.d_model, c.d_model) + c.qk_norm * 2 * head_size
    widening = 2 if c.feed_forward == "swiglu" else 1  # SwiGLU has a gate beside
    feed_forward = widening * linear(c.d_model, c.d_hidden) + linear(c.d_hidden, c.d_model)
    block = attention + feed_forward + 2 * norm  # (!)

    tables = 1 if c.tie_weights else 2  # embedding and head
    positions = c.context * c.d_model if c.positions == "learned" else 0
    return tables * c.vocab_size * c.d_model + positions + c.num_layers * block + norm  # (!)


def flops_per_token(c: MiniGPTConfig, length: int | None = None) -> int:
    """Multiplications and additions in matrix products for one token, forwards only.

    Each weight of a matrix costs 2 (one of each). Attention to `length` tokens (the whole context
    unless given) costs 2C for the scores and 2C for the mixture, per token and layer. The backward
    pass costs twice as much as the forward pass (Kaplan et al. 2020, section 2.1), so training
    costs three times this. Norms, activations and the softmax are left out.
    """
    length = c.context if length is None else length
    head_size = c.d_model // c.num_heads
    attention = c.d_model * (2 * c.d_model + 2 * c.num_kv_heads * head_size)
    feed_forward = (3 if c.feed_forward == "swiglu" else 2) * c.d_model * c.d_hidden
    weights = c.num_layers * (attention + feed_forward) + c.vocab_size * c.d_model
    return 2 * weights + c.num_layers * 4 * c.d_model * length  # (!)
