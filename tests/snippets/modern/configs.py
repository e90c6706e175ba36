"""Small configurations of every family, of sizes that no two things share."""

from typing import Any

import torch
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
)

LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "vocab_size": 101,
    "max_position_embeddings": 96,
    "hidden_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 72,
    "tie_word_embeddings": False,
    "pad_token_id": None,
    "bos_token_id": None,
    "eos_token_id": None,
}
GPT2: dict[str, Any] = {
    "model_type": "gpt2",
    "vocab_size": 101,
    "n_positions": 96,
    "n_embd": 48,
    "n_layer": 3,
    "n_head": 4,
    "bos_token_id": None,
    "eos_token_id": None,
}
T5: dict[str, Any] = {
    "model_type": "t5",
    "vocab_size": 101,
    "d_model": 48,
    "d_kv": 10,
    "d_ff": 72,
    "num_layers": 3,
    "num_decoder_layers": 2,
    "num_heads": 4,
}
_BY_HEADS = {
    "model_type": "gpt_neox",
    "vocab_size": 101,
    "max_position_embeddings": 96,
    "hidden_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 72,
}
_NO_MARKS = {"bos_token_id": None, "eos_token_id": None}


def like_llama(family: str, **more: Any) -> dict[str, Any]:
    """The small Llama's sizes for another family."""
    return LLAMA | {"model_type": family} | more


DEEPSEEK = like_llama(
    "deepseek_v3",
    num_key_value_heads=4,
    q_lora_rank=20,
    kv_lora_rank=14,
    qk_nope_head_dim=6,
    qk_rope_head_dim=4,
    v_head_dim=5,
    n_routed_experts=6,
    num_experts_per_tok=2,
    n_shared_experts=1,
    moe_intermediate_size=22,
    first_k_dense_replace=1,
    n_group=1,
    topk_group=1,
)
QWEN3_MOE = like_llama(
    "qwen3_moe", head_dim=10, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=22
)
SMALL: dict[str, dict[str, Any]] = {
    "llama": LLAMA,
    "llama, every head": {k: v for k, v in LLAMA.items() if k != "num_key_value_heads"},
    "llama, biases, tied": LLAMA
    | {"attention_bias": True, "mlp_bias": True, "tie_word_embeddings": True},
    "llama, wide heads": LLAMA | {"head_dim": 10},
    "mistral": like_llama("mistral", sliding_window=40),
    "mixtral": like_llama("mixtral", num_local_experts=6, num_experts_per_tok=2),
    "qwen2": like_llama("qwen2"),
    "qwen3": like_llama("qwen3", head_dim=10),
    "qwen3, biases": like_llama("qwen3", head_dim=10, attention_bias=True),
    "qwen3_moe": QWEN3_MOE,
    "qwen3_moe, single dense": QWEN3_MOE | {"mlp_only_layers": [1]},
    "qwen3_moe, every second": QWEN3_MOE | {"decoder_sparse_step": 2},
    "gemma": like_llama("gemma", head_dim=10, tie_word_embeddings=True),
    "gemma2": like_llama("gemma2", head_dim=10, tie_word_embeddings=True, sliding_window=40),
    "gemma3_text": like_llama(
        "gemma3_text", head_dim=10, tie_word_embeddings=True, sliding_window=40
    ),
    "phi3": like_llama("phi3"),
    "olmo2": like_llama("olmo2"),
    "deepseek_v3": DEEPSEEK,
    "deepseek_v3, whole queries": DEEPSEEK | {"q_lora_rank": None},
    "deepseek_v3, biases": DEEPSEEK | {"attention_bias": True},
    "gpt2": GPT2,
    "gpt2, narrow": GPT2 | {"n_inner": 72},
    "gpt2, untied": GPT2 | {"tie_word_embeddings": False},
    "gpt_neo": {
        "model_type": "gpt_neo",
        "vocab_size": 101,
        "max_position_embeddings": 96,
        "hidden_size": 48,
        "num_layers": 4,
        "num_heads": 4,
        "attention_types": [[["global", "local"], 2]],
        "window_size": 40,
    }
    | _NO_MARKS,
    "gpt_neox": _BY_HEADS | _NO_MARKS,
    "gpt_neox, no biases": _BY_HEADS | _NO_MARKS | {"attention_bias": False},
    "bert": _BY_HEADS | {"model_type": "bert", "type_vocab_size": 3},
    "t5": T5,
    "t5, gated": T5 | {"feed_forward_proj": "gated-gelu"},
}


def build(config: dict[str, Any], device: str = "meta") -> Any:
    """The model that the transformers library builds of it; on the meta device without memory."""
    values = {name: value for name, value in config.items() if name != "model_type"}
    theirs = AutoConfig.for_model(config["model_type"], **values)
    theirs._attn_implementation = "eager"
    theirs._experts_implementation = "eager"  # the other ways have rules for sizes
    with torch.device(device):
        if config["model_type"] == "bert":
            return AutoModelForMaskedLM.from_config(theirs)
        if config["model_type"] == "t5":
            return AutoModelForSeq2SeqLM.from_config(theirs)
        return AutoModelForCausalLM.from_config(theirs, attn_implementation="eager")


def numel(model: nn.Module) -> int:
    """All that it learns; a tied table counts once."""
    return sum(parameter.numel() for parameter in model.parameters())


def multiplied(model: Any) -> int:
    """The numbers of all its matrices: not of tables, unless the head is one of them."""
    tables = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    weights = [p for p in model.parameters() if p.ndim > 1 and id(p) not in tables]
    head = model.get_output_embeddings().weight
    return sum(w.numel() for w in weights) + (head.numel() if id(head) in tables else 0)


def check_counts(config: dict[str, Any], design: Any) -> None:
    """Assert that all that a design counts, where all experts are chosen, is the library's."""
    model, parts = build(config), design.parts.values()
    assert sum(part.learned for part in parts) == numel(model)
    assert sum(part.multiplied for part in parts) == multiplied(model)
    assert sum(part.used for part in parts) == numel(model)
