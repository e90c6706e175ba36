"""Sizes of published models, as in their configuration files, and the counts their makers print."""

from dataclasses import dataclass
from typing import Any

from snippets.modern.architecture import Architecture

CHECKED = "2026-11-26"
"""The day on which sizes and counts were compared with their sources."""


@dataclass(frozen=True)
class Published:
    """A model, its sizes, and what its makers say about its number of parameters.

    Attributes:
        name: as it is called.
        count: parameters, as printed.
        source: a key of the course's bibliography, and where in that work the count is.
        config: what its config.json has of sizes.
        active: parameters used for a token, as printed; None in a dense model.
        reason: why our count differs by more than 1 %; empty where it doesn't.
    """

    name: str
    count: float
    source: str
    config: dict[str, Any]
    active: float | None = None
    reason: str = ""

    def architecture(self) -> Architecture:
        """What can be computed from the sizes."""
        return Architecture.from_huggingface(self.config, self.name)

    def off(self) -> float:
        """How far our count is from the printed one, as a share of it."""
        return self.architecture().parameters() / self.count - 1


def _bert(layers: int, width: int) -> dict[str, Any]:
    return {
        "model_type": "bert", "vocab_size": 30_522, "max_position_embeddings": 512,
        "hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": width // 64,
        "intermediate_size": 4 * width, "type_vocab_size": 2,
    }  # fmt: skip


def _gpt2(layers: int, width: int, heads: int, context: int = 1024) -> dict[str, Any]:
    return {
        "model_type": "gpt2", "vocab_size": 50_257, "n_positions": context, "n_embd": width,
        "n_layer": layers, "n_head": heads,
    }  # fmt: skip


def _t5(layers: int, width: int, heads: int, head_size: int, d_hidden: int) -> dict[str, Any]:
    return {
        "model_type": "t5", "vocab_size": 32_128, "n_positions": 512, "d_model": width,
        "num_layers": layers, "num_heads": heads, "d_kv": head_size, "d_ff": d_hidden,
    }  # fmt: skip


def _llama(
    layers: int, width: int, heads: int, kv_heads: int, d_hidden: int, vocabulary: int,
    context: int, family: str = "llama", **more: Any,
) -> dict[str, Any]:  # fmt: skip
    return {
        "model_type": family, "vocab_size": vocabulary, "max_position_embeddings": context,
        "hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": heads,
        "num_key_value_heads": kv_heads, "intermediate_size": d_hidden,
        "tie_word_embeddings": False, **more,
    }  # fmt: skip


_DEEPSEEK_V3 = _llama(
    61, 7168, 128, 128, 18_432, 129_280, 163_840, "deepseek_v3",
    q_lora_rank=1536, kv_lora_rank=512, qk_nope_head_dim=128, qk_rope_head_dim=64, v_head_dim=128,
    n_routed_experts=256, num_experts_per_tok=8, n_shared_experts=1, moe_intermediate_size=2048,
    first_k_dense_replace=3,
)  # fmt: skip
_QWEN3_MOE = _llama(
    48, 2048, 32, 4, 6144, 151_936, 40_960, "qwen3_moe",
    head_dim=128, num_experts=128, num_experts_per_tok=8, moe_intermediate_size=768,
)  # fmt: skip
# As in the Cerebras Model Zoo, models/nlp/jais/configs/params_jais_13b.yaml.
_JAIS_13B = _gpt2(40, 5120, 40, 2048) | {
    "model_type": "jais", "vocab_size": 84_992, "n_inner": 13_653,
    "activation_function": "swiglu", "position_embedding_type": "alibi",
}  # fmt: skip
_MISTRAL_7B = _llama(32, 4096, 32, 8, 14_336, 32_000, 32_768, "mistral", sliding_window=4096)
_MIXTRAL = _llama(
    32, 4096, 32, 8, 14_336, 32_000, 32_768, "mixtral",
    sliding_window=None, num_local_experts=8, num_experts_per_tok=2,
)  # fmt: skip

PUBLISHED = (
    Published("BERT base", 110e6, "devlin2019, section 3", _bert(12, 768)),
    Published("BERT large", 340e6, "devlin2019, section 3", _bert(24, 1024),
              reason="rounded up: with all its heads it has 336 M"),
    Published("GPT-2 small", 117e6, "radford2019, table 2", _gpt2(12, 768, 12),
              reason="a mistake, as its makers said later"),
    Published("GPT-2 XL", 1542e6, "radford2019, table 2", _gpt2(48, 1600, 25),
              reason="the same mistake"),
    Published("GPT-3", 175e9, "brown2020, table 2.1", _gpt2(96, 12_288, 96, 2048)),
    Published("T5 small", 60e6, "raffel2020, section 3.7", _t5(6, 512, 8, 64, 2048)),
    Published("T5 11B", 11e9, "raffel2020, section 3.7", _t5(24, 1024, 128, 128, 65_536),
              reason="rounded down, to two digits"),
    Published("Llama 1 7B", 6.7e9, "touvron2023a, table 2",
              _llama(32, 4096, 32, 32, 11_008, 32_000, 2048)),
    Published("Llama 1 65B", 65.2e9, "touvron2023a, table 2",
              _llama(80, 8192, 64, 64, 22_016, 32_000, 2048)),
    Published("Llama 2 70B", 70e9, "touvron2023b, table 1",
              _llama(80, 8192, 64, 8, 28_672, 32_000, 4096), reason="rounded up, to its name"),
    Published("Llama 3 8B", 8e9, "dubey2024, table 3",
              _llama(32, 4096, 32, 8, 14_336, 128_256, 8192)),
    Published("Llama 3 405B", 405e9, "dubey2024, table 3",
              _llama(126, 16_384, 128, 8, 53_248, 128_256, 131_072)),
    Published("Mistral 7B", 7.3e9, "mistral2023", _MISTRAL_7B),
    Published("Mixtral 8x7B", 47e9, "jiang2024", _MIXTRAL, active=13e9),
    Published("DeepSeek-V3", 671e9, "deepseek2024b", _DEEPSEEK_V3, active=37e9),
    Published("Qwen3 0.6B", 0.6e9, "yang2025, table 1",
              _llama(28, 1024, 16, 8, 3072, 151_936, 40_960, "qwen3", head_dim=128)
              | {"tie_word_embeddings": True}),
    Published("Qwen3 30B-A3B", 30e9, "yang2025, table 2", _QWEN3_MOE, active=3e9,
              reason="rounded down, to its name"),
    Published("Jais 13B", 13e9, "sengupta2023", _JAIS_13B),
)  # fmt: skip
"""Models by year and family; those whose size is not disclosed are not among them."""


def published(*names: str) -> list[Architecture]:
    """The architectures of these models.

    Raises:
        ValueError: a name that is not in the list.
    """
    known = {one.name: one for one in PUBLISHED}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{', '.join(unknown)} not known; known are {', '.join(known)}")
    return [known[name].architecture() for name in names]
