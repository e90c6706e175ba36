"""Models of the transformers library as a `MiniGPT`: the same weights, hence the same logits.

This is how to open a published GPT-2 or Llama with the model of this course:
`from_gpt2(GPT2LMHeadModel.from_pretrained("gpt2"))`.
"""

# --8<-- [start:imports]
from typing import Any

import torch

from snippets.minigpt import MiniGPT, MiniGPTConfig
from snippets.normalization import RMSNorm

# --8<-- [end:imports]


# --8<-- [start:gpt2]
@torch.no_grad()
def from_gpt2(theirs: Any) -> MiniGPT:
    """A GPT2LMHeadModel as a MiniGPT, in evaluation mode and without dropout.

    Its linear layers store their weights as (in, out), PyTorch's as (out, in): hence the `.T`.
    Raises ValueError for options that MiniGPT does not have.
    """
    c, source = theirs.config, theirs.transformer
    refuse_unless(c, activation_function="gelu_new", layer_norm_epsilon=1e-5)
    refuse_unless(c, scale_attn_weights=True, scale_attn_by_inverse_layer_idx=False)
    refuse_unless(c, tie_word_embeddings=True)
    d_hidden = c.n_inner or 4 * c.n_embd
    model: Any = MiniGPT(
        MiniGPTConfig(
            c.vocab_size, c.n_positions, c.n_embd, c.n_layer, c.n_head, c.n_head, d_hidden
        )
    )
    model.embedding.weight.copy_(source.wte.weight)  # the head is tied to it
    model.positions.table.weight.copy_(source.wpe.weight)
    for block, layer in zip(model.blocks, source.h, strict=True):
        for ours, conv in (
            (block.attention.qkv, layer.attn.c_attn),
            (block.attention.out, layer.attn.c_proj),
            (block.feed_forward.up, layer.mlp.c_fc),
            (block.feed_forward.down, layer.mlp.c_proj),
        ):
            ours.weight.copy_(conv.weight.T)
            ours.bias.copy_(conv.bias)
        block.attention_norm.load_state_dict(layer.ln_1.state_dict())
        block.feed_forward_norm.load_state_dict(layer.ln_2.state_dict())
    model.norm.load_state_dict(source.ln_f.state_dict())
    return model.eval()


# --8<-- [end:gpt2]


def llama_config(c: Any) -> MiniGPTConfig:
    """The MiniGPTConfig of a LlamaConfig; ValueError for options that MiniGPT does not have."""
    refuse_unless(c, hidden_act="silu", attention_bias=False, mlp_bias=False)
    refuse_unless(c, head_dim=c.hidden_size // c.num_attention_heads)
    if c.rope_parameters["rope_type"] != "default":
        raise ValueError(f"rope_type={c.rope_parameters['rope_type']!r}; MiniGPT has 'default'")
    return MiniGPTConfig(
        vocab_size=c.vocab_size,
        context=c.max_position_embeddings,
        d_model=c.hidden_size,
        num_layers=c.num_hidden_layers,
        num_heads=c.num_attention_heads,
        num_kv_heads=c.num_key_value_heads,
        d_hidden=c.intermediate_size,
        norm="rmsnorm",
        feed_forward="swiglu",
        positions="rope",
        tie_weights=c.tie_word_embeddings,
        bias=False,
        rope_base=c.rope_parameters["rope_theta"],
    )


# --8<-- [start:llama]
@torch.no_grad()
def from_llama(theirs: Any) -> MiniGPT:
    """A LlamaForCausalLM as a MiniGPT, in evaluation mode; ValueError as `llama_config` says."""
    source = theirs.model
    model: Any = MiniGPT(llama_config(theirs.config))
    model.embedding.weight.copy_(source.embed_tokens.weight)
    for block, layer in zip(model.blocks, source.layers, strict=True):
        attention, mlp = layer.self_attn, layer.mlp
        qkv = (attention.q_proj, attention.k_proj, attention.v_proj)
        block.attention.qkv.weight.copy_(torch.cat([part.weight for part in qkv]))
        for ours, linear in (
            (block.attention.out, attention.o_proj),
            (block.feed_forward.gate, mlp.gate_proj),
            (block.feed_forward.up, mlp.up_proj),
            (block.feed_forward.down, mlp.down_proj),
            (block.attention_norm, layer.input_layernorm),
            (block.feed_forward_norm, layer.post_attention_layernorm),
            (model.norm, source.norm),
            (model.head, theirs.lm_head),
        ):
            ours.weight.copy_(linear.weight)
    for module in model.modules():
        if isinstance(module, RMSNorm):
            module.eps = theirs.config.rms_norm_eps  # 1e-6 in Llama 1, 1e-5 since
    return model.eval()


# --8<-- [end:llama]


def refuse_unless(config: Any, **expected: Any) -> None:
    """Raise a ValueError where a configuration asks for what MiniGPT does not have."""
    for name, value in expected.items():
        if getattr(config, name) != value:
            raise ValueError(f"{name}={getattr(config, name)!r}; MiniGPT has {value!r}")
