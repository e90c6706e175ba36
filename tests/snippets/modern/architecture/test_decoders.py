"""Windows: which layers have one, and what that changes."""

from typing import Any

import pytest

from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.decoders import latent, windows
from snippets.modern.architecture.model_costs import Architecture
from tests.snippets.modern.configs import DEEPSEEK, LLAMA, QWEN3_MOE, SMALL

read = Architecture.from_huggingface


@pytest.mark.parametrize(
    ("config", "windowed"),
    [
        (SMALL["mistral"], 3),
        (SMALL["gemma2"], 2),
        (SMALL["gemma3_text"], 3),
        (SMALL["gpt_neo"], 2),
        (SMALL["qwen2"] | {"use_sliding_window": True, "sliding_window": 40,
                           "max_window_layers": 1}, 2),
        (QWEN3_MOE | {"use_sliding_window": True, "sliding_window": 40, "max_window_layers": 1}, 3),
        (SMALL["phi3"] | {"sliding_window": 40}, 3),
    ],
)  # fmt: skip
def test_a_layer_with_a_window_looks_no_further(config: dict[str, Any], windowed: int) -> None:
    one = read(config)
    [span] = [span for span in one.spans if span.window == 40]
    assert span.layers == windowed
    within, beyond = one.kv_cache_bytes(40) - one.kv_cache_bytes(39), one.kv_cache_bytes(41)
    assert beyond - one.kv_cache_bytes(40) == within * (one.num_layers - windowed) / one.num_layers
    assert one.flops_per_token(41) - one.flops_per_token(40) == (
        (one.num_layers - windowed) * span.operations
    )


def test_all_but_each_nth_layer_have_a_window_unless_the_file_lists_them() -> None:
    eleven = LLAMA | {"num_hidden_layers": 11, "sliding_window": 40}
    assert windows(Fields(eleven), None, every=3) == {"window": 40, "windowed": 8}
    listed = eleven | {"layer_types": ["full_attention"] * 10 + ["sliding_attention"]}
    assert windows(Fields(listed), None, every=3) == {"window": 40, "windowed": 1}


def test_latent_attention_keeps_one_vector_for_all_heads() -> None:
    more = DEEPSEEK | {"num_attention_heads": 8, "num_key_value_heads": 8}
    for config in (DEEPSEEK, more):
        [span] = latent(Fields(config)).spans
        assert (span.layers, span.kept) == (3, 14 + 4)
        assert span.operations == 2 * config["num_attention_heads"] * (6 + 4 + 5)
