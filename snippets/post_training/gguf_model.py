"""A published model in our own code: a Llama from a GGUF file, as a MiniGPT.

Its layers then have the names that they have here, so that LoRA, packing and generation run on it
as they are.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from gguf import GGUFReader
from gguf.quants import dequantize
from torch import Tensor

from snippets.foundations.texts.gguf_files import gguf_reader
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig
from snippets.transformer.multi_head_attention import MultiHeadAttention
from snippets.transformer.positions.rope import RotaryPositions, half_split_order

OURS = {
    "attn_norm": "attention_norm",
    "attn_output": "attention.out",
    "ffn_norm": "feed_forward_norm",
    "ffn_gate": "feed_forward.gate",
    "ffn_up": "feed_forward.up",
    "ffn_down": "feed_forward.down",
}


def gguf_config(reader: GGUFReader, context: int) -> MiniGPTConfig:
    """The sizes of the Llama that a file holds; ValueError where it holds something else."""

    def field(name: str) -> float:
        return float(reader.fields[f"llama.{name}"].contents())

    kind = reader.fields["general.architecture"].contents()
    if kind != "llama":
        raise ValueError(f"the file holds a {kind!r}, not a 'llama'")
    vocab_size = next(int(t.shape[-1]) for t in reader.tensors if t.name == "token_embd.weight")
    return MiniGPTConfig(
        vocab_size=vocab_size,
        context=context,
        d_model=int(field("embedding_length")),
        num_layers=int(field("block_count")),
        num_heads=int(field("attention.head_count")),
        num_kv_heads=int(field("attention.head_count_kv")),
        d_hidden=int(field("feed_forward_length")),
        norm="rmsnorm",
        feed_forward="swiglu",
        positions="rope",
        bias=False,
        tie_weights=all(tensor.name != "output.weight" for tensor in reader.tensors),
        rope_base=field("rope.freq_base"),
        norm_eps=field("attention.layer_norm_rms_epsilon"),
    )


def load_gguf(
    path: Path, context: int = 256, read: Callable[[Any, Any], Any] = dequantize
) -> MiniGPT:
    """The Llama of a file, its weights in float32, for texts up to a context of our choice.

    `read` makes float32 of a tensor's data and type. ValueError where it is no Llama. Queries and
    keys are stored for rotations of neighbours; ours rotate halves, so their rows come in another
    order.
    """
    reader = gguf_reader(path)
    config = gguf_config(reader, context)
    tensors = {
        tensor.name.removesuffix(".weight"): torch.from_numpy(
            read(tensor.data, tensor.tensor_type).copy()
        )
        for tensor in reader.tensors
    }
    weights = {"embedding": tensors["token_embd"], "norm": tensors["output_norm"]}
    weights["head"] = tensors.get("output", weights["embedding"])
    for layer in range(config.num_layers):
        theirs, ours = f"blk.{layer}.", f"blocks.{layer}."
        three = [
            half_split(tensors[f"{theirs}attn_q"], config.num_heads),
            half_split(tensors[f"{theirs}attn_k"], config.num_kv_heads),
            tensors[f"{theirs}attn_v"],
        ]
        weights[f"{ours}attention.qkv"] = torch.cat(three)
        weights |= {ours + new: tensors[theirs + old] for old, new in OURS.items()}
    with torch.device("meta"):  # no random numbers for weights that are about to come
        model = MiniGPT(config)
    named = {f"{name}.weight": tensor for name, tensor in weights.items()}
    model.load_state_dict(named, assign=True)
    if config.tie_weights:
        model.head.weight = model.embedding.weight
    rotary = RotaryPositions(context, config.d_model // config.num_heads, config.rope_base)
    for module in model.blocks.modules():
        if isinstance(module, MultiHeadAttention):
            module.rotary = rotary
    return model.eval()


def half_split(weight: Tensor, heads: int) -> Tensor:
    """Rows (H · D, C) for rotating neighbours, in the order for rotating halves."""
    order = half_split_order(len(weight) // heads)
    return weight.view(heads, -1, weight.shape[1])[:, order].flatten(0, 1)
