"""Windows: which layers have one, and what that changes."""

from typing import Any

import pytest

from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.decoders import latent, windows
from snippets.modern.architecture.model_costs import Architecture
from tests.snippets.modern.configs import DEEPSEEK, LLAMA, QWEN3_MOE, SMALL, build, check_counts

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


@pytest.mark.parametrize(
    "name",
    [
        "llama", "llama, biases, tied", "llama, wide heads", "qwen2", "qwen3", "gemma2", "mixtral",
        "deepseek_v3", "deepseek_v3, whole queries", "deepseek_v3, biases",
    ],
)  # fmt: skip
def test_parts_are_as_large_as_the_library_makes_them(name: str) -> None:
    config = SMALL[name]
    if "num_experts_per_tok" in config:
        config = config | {"num_experts_per_tok": 6}  # all of them
    one = read(config)
    check_counts(config, one)
    assert (one.name, one.vocab_size, one.context) == (config["model_type"], 101, 96)
    assert (one.num_layers, one.num_heads) == (3, 4) and one.positions == "RoPE"
    assert one.num_kv_heads == config["num_key_value_heads"]
    assert one.d_hidden == config.get("moe_intermediate_size", 72)
    assert one.parts["embedding"].learned == 101 * 48 and not one.parts["embedding"].multiplied
    assert one.parts["head"].multiplied == 101 * 48


def test_grouped_queries_keep_keys_and_values_of_the_groups_and_compute_with_all_heads() -> None:
    for config, size in ((LLAMA, 12), (LLAMA | {"head_dim": 10}, 10), (SMALL["gemma2"], 10)):
        one = read(config)
        assert one.head_size == size
        for span in one.spans:
            assert (span.kept, span.operations) == (2 * 2 * size, 4 * 4 * size)


@pytest.mark.parametrize("window", [None, 30])
def test_late_windows_are_those_of_the_library(window: int | None) -> None:
    """From some layer on, or as listed; without a number, as many tokens as the library says."""
    config = LLAMA | {"model_type": "qwen2", "num_hidden_layers": 5, "use_sliding_window": True}
    if window:
        config |= {"sliding_window": window}
    listed = ["sliding_attention", "full_attention", "full_attention"] + 2 * ["sliding_attention"]
    tried: list[dict[str, Any]] = [
        *({"max_window_layers": n} for n in (0, 2, 4, 5, 9)),
        {"max_window_layers": 2, "layer_types": listed},
    ]
    for more in tried:
        theirs = build(config | more).config
        found = {span.window: span.layers for span in read(config | more).spans}
        assert found.get(theirs.sliding_window, 0) == theirs.layer_types.count("sliding_attention")
        assert found.get(None, 0) == theirs.layer_types.count("full_attention")
    off = read(config | {"use_sliding_window": False, "max_window_layers": 2})
    assert [span.window for span in off.spans] == [None]
    assert read(LLAMA | {"model_type": "qwen2", "max_window_layers": 2}).spans == (
        read(LLAMA | {"model_type": "qwen2"}).spans
    )
