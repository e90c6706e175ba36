"""The sizes of 210 published models as LitGPT lists them: a second opinion on ours."""

import re
import sys
from collections.abc import Sequence
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from snippets.foundations.texts.data_files import data_file
from snippets.modern.architecture.model_costs import Architecture

LITGPT = "litgpt==0.5.13"
_DIGEST = "f89579ef33e3fab8e42f07a8dc651c087d8eae81886041087d448e3fbbd02822"


def litgpt_shapes() -> list[Any]:
    """LitGPT's table; its file alone is run, as the package would import what is not installed.

    Raises:
        FileNotFoundError: the package is not installed.
        ValueError: the file has other contents than those that this module was written for.
    """
    path = data_file(LITGPT, "config.py", _DIGEST)
    spec = spec_from_file_location("litgpt_config", path)
    assert spec and spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclass looks itself up
    spec.loader.exec_module(module)
    return [module.Config(**shape) for shape in module.configs]


def family_of(shape: Any) -> str:
    """The ``model_type`` that has the same parts.

    Raises:
        ValueError: there is none among the families that we count.
    """
    match shape.norm_class_name, shape.mlp_class_name:
        case "LayerNorm", "GptNeoxMLP" if shape.bias and not shape.lm_head_bias:
            return "gpt_neox"
        case "RMSNorm", "GemmaMLP" if shape.norm_qk:
            return "gemma3_text"
        case "RMSNorm", "GemmaMLP":
            return "gemma2" if shape.post_mlp_norm else "gemma"
        case "RMSNorm", "LLaMAMoE":
            return "qwen3_moe" if shape.norm_qk else "mixtral"
        case "RMSNorm", "LLaMAMLP" if shape.norm_qk:
            return "olmo2" if shape.norm_qk_type == "olmo2" else "qwen3"
        case "RMSNorm", "LLaMAMLP" if shape.attn_bias:
            return "qwen2"
        case "RMSNorm", "LLaMAMLP":
            return "mistral" if shape.sliding_window_size else "llama"
    parts = f"{shape.norm_class_name} and {shape.mlp_class_name}"
    raise ValueError(f"{shape.name}: no family that we count has its {parts}")


def to_huggingface(shape: Any) -> dict[str, Any]:
    """The fields of a config.json, but for ``tie_word_embeddings``: the table doesn't say that.

    Raises:
        ValueError: no family that we count has its parts.
    """
    config = {
        "model_type": family_of(shape),
        "vocab_size": shape.padded_vocab_size,
        "max_position_embeddings": shape.block_size,
        "hidden_size": shape.n_embd,
        "num_hidden_layers": shape.n_layer,
        "num_attention_heads": shape.n_head,
        "num_key_value_heads": shape.n_query_groups,
        "head_dim": shape.head_size,
        "intermediate_size": shape.intermediate_size,
    }
    if shape.sliding_window_size:
        names = "full_attention", "sliding_attention"
        config["sliding_window"] = shape.sliding_window_size
        config["layer_types"] = [names[i] for i in shape.sliding_window_indices[: shape.n_layer]]
    if shape.n_expert:
        config["num_experts"] = shape.n_expert
        config["num_experts_per_tok"] = shape.n_expert_per_token
        config["moe_intermediate_size"] = shape.moe_intermediate_size
    return config


def count_in_name(name: str) -> float | None:
    """The parameters that a name speaks of: 7e9 in Llama-2-7b-hf; None if of none.

    8x7B counts as 56 billion, as it is often read.
    """
    found = re.search(r"(?:(\d+)x)?(\d+(?:\.\d+)?)([bm])(?![a-z])", name, re.IGNORECASE)
    if not found:
        return None
    times, number, unit = found.groups()
    return float(number) * int(times or 1) * {"b": 1e9, "m": 1e6}[unit.lower()]  # (!)


def off_from_names(shapes: Sequence[Any]) -> dict[str, float]:
    """How far our count is from the number in a model's name, as a share of that.

    Left out are models of families that we don't count, and names without a number.
    """
    off = {}
    for shape in shapes:
        named = count_in_name(shape.name)
        try:
            config = to_huggingface(shape)
        except ValueError:
            continue
        if named is not None:
            off[shape.name] = Architecture.from_huggingface(config).parameters() / named - 1
    return off
