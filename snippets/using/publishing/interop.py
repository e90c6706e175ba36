"""MiniGPT and the models of the transformers library: the same weights, hence the same logits.

`from_transformers(AutoModelForCausalLM.from_pretrained("gpt2"))` opens a published model with the
code of this course, and `to_transformers(model)` turns a model of ours into one of theirs. A model
with LayerNorm becomes a GPT-2, one with RMSNorm a Llama, and one with QK-norm as well a Qwen3.
"""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from transformers import GPT2LMHeadModel, LlamaForCausalLM, PreTrainedModel, Qwen3ForCausalLM

from snippets.transformer.minigpt import MiniGPT
from snippets.using.publishing.interop_configs import (
    from_gpt2_config,
    from_llama_config,
    to_gpt2_config,
    to_llama_config,
)


# --8<-- [start:public]
@torch.no_grad()
def to_transformers(model: MiniGPT) -> PreTrainedModel:
    """A GPT2LMHeadModel, LlamaForCausalLM or Qwen3ForCausalLM with the weights of a MiniGPT.

    It is in evaluation mode and has no dropout. Raises ValueError, naming the option, for a
    configuration that none of the three can express.
    """
    c = model.config
    theirs: Any
    if c.norm == "layernorm":
        theirs = GPT2LMHeadModel(to_gpt2_config(c))
    else:
        config: Any = to_llama_config(c)
        theirs = (Qwen3ForCausalLM if c.qk_norm else LlamaForCausalLM)(config)
    for our_tensor, their_tensor in pairs(model, theirs):
        their_tensor.copy_(our_tensor)  # (!)
    return theirs.eval()


@torch.no_grad()
def from_transformers(theirs: PreTrainedModel) -> MiniGPT:
    """The inverse of `to_transformers`; ValueError for options that MiniGPT does not have."""
    config: Any = theirs.config
    if isinstance(theirs, GPT2LMHeadModel):
        model = MiniGPT(from_gpt2_config(config))
    elif isinstance(theirs, LlamaForCausalLM | Qwen3ForCausalLM):
        model = MiniGPT(from_llama_config(config, gated(theirs)))
    else:
        known = "GPT2LMHeadModel, LlamaForCausalLM, Qwen3ForCausalLM"
        raise ValueError(f"{type(theirs).__name__} is none of {known}")
    for our_tensor, their_tensor in pairs(model, theirs):
        our_tensor.copy_(their_tensor)  # (!)
    return model.eval()


# --8<-- [end:public]


def pairs(ours: MiniGPT, theirs: Any) -> Iterator[tuple[Tensor, Tensor]]:
    """Tensors of two models that hold the same numbers; copied one way or the other."""
    return (gpt2_pairs if isinstance(theirs, GPT2LMHeadModel) else llama_pairs)(ours, theirs)


def gpt2_pairs(ours: Any, theirs: Any) -> Iterator[tuple[Tensor, Tensor]]:
    """Tensors of a MiniGPT and of a GPT2LMHeadModel that hold the same numbers.

    GPT-2's linear layers store weights as (in, out), PyTorch's as (out, in): hence the `.T`.
    """
    source = theirs.transformer
    yield ours.embedding.weight, source.wte.weight
    yield ours.head.weight, theirs.lm_head.weight
    yield ours.positions.table.weight, source.wpe.weight
    norms = [(ours.norm, source.ln_f)]
    for block, layer in zip(ours.blocks, source.h, strict=True):
        norms += [(block.attention_norm, layer.ln_1), (block.feed_forward_norm, layer.ln_2)]
        for linear, conv in (
            (block.attention.qkv, layer.attn.c_attn),
            (block.attention.out, layer.attn.c_proj),
            (block.feed_forward.up, layer.mlp.c_fc),
            (block.feed_forward.down, layer.mlp.c_proj),
        ):
            yield linear.weight, conv.weight.T  # (!)
            yield linear.bias, conv.bias
    for our_norm, their_norm in norms:
        yield our_norm.weight, their_norm.weight
        yield our_norm.bias, their_norm.bias


def llama_pairs(ours: Any, theirs: Any) -> Iterator[tuple[Tensor, Tensor]]:
    """Tensors of a MiniGPT and of a Llama or Qwen3 model that hold the same numbers."""
    source, c = theirs.model, ours.config
    yield ours.embedding.weight, source.embed_tokens.weight
    yield ours.head.weight, theirs.lm_head.weight
    yield ours.norm.weight, source.norm.weight
    for block, layer in zip(ours.blocks, source.layers, strict=True):
        attention, mlp, network = layer.self_attn, layer.mlp, block.feed_forward
        yield block.attention_norm.weight, layer.input_layernorm.weight
        yield block.feed_forward_norm.weight, layer.post_attention_layernorm.weight
        if c.qk_norm:
            yield block.attention.query_norm.weight, attention.q_norm.weight
            yield block.attention.key_norm.weight, attention.k_norm.weight
        for kind in ("weight", "bias") if c.bias else ("weight",):
            qkv = getattr(block.attention.qkv, kind).split(block.attention.sizes)  # (!)
            three = (attention.q_proj, attention.k_proj, attention.v_proj)
            yield from zip(qkv, (getattr(part, kind) for part in three), strict=True)
            for linear, other in (
                (block.attention.out, attention.o_proj),
                (network.gate if c.feed_forward == "swiglu" else network.up, mlp.gate_proj),
                (network.up, mlp.up_proj),
                (network.down, mlp.down_proj),
            ):
                yield getattr(linear, kind), getattr(other, kind)


def gated(theirs: Any) -> bool:
    """Whether, in some layer, gate and up projection are different matrices."""
    return not all(
        torch.equal(gate, up)
        for layer in theirs.model.layers
        for gate, up in zip(
            layer.mlp.gate_proj.parameters(), layer.mlp.up_proj.parameters(), strict=True
        )
    )
