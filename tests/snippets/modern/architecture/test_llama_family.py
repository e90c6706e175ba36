"""All of the family are counted as the library builds them; of experts, some are used."""

from typing import Any

import pytest

from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.llama_family import deepseek_v3
from snippets.modern.architecture.model_costs import Architecture
from tests.snippets.modern.configs import DEEPSEEK, QWEN3_MOE, SMALL, build, check_counts

read = Architecture.from_huggingface


@pytest.mark.parametrize("config", [SMALL["mixtral"], QWEN3_MOE, DEEPSEEK])
def test_a_mixture_that_chooses_all_its_experts_is_all_active(config: dict[str, Any]) -> None:
    one, everything = read(config), read(config | {"num_experts_per_tok": 6})
    assert everything.active_parameters() == everything.parameters() == one.parameters()
    assert one.active_parameters() < one.parameters()
    saved = one.parameters() - one.active_parameters()
    assert everything.flops_per_token(1) - one.flops_per_token(1) == 2 * saved


def test_a_shared_expert_serves_every_token() -> None:
    one, two = (
        deepseek_v3(Fields(DEEPSEEK | {"n_shared_experts": n})).parts["feed-forward"]
        for n in (1, 2)
    )
    expert = 3 * 48 * 22
    assert two.learned - one.learned == two.used - one.used == 2 * expert  # in two layers of three


@pytest.mark.parametrize(("family", "windowed"), [("gemma2", 4), ("gemma3_text", 6)])
def test_gemmas_have_windows_in_other_layers(family: str, windowed: int) -> None:
    one = read(SMALL[family] | {"num_hidden_layers": 7})
    assert {span.window: span.layers for span in one.spans} == {40: windowed, None: 7 - windowed}


def test_all_experts_have_to_be_in_memory() -> None:
    one = read(SMALL["mixtral"])
    assert one.memory_bytes(1, bytes_per_weight=1) - one.kv_cache_bytes(1) == one.parameters()


DECODERS = [n for n in SMALL if not n.startswith(("gpt", "bert", "t5"))]


@pytest.mark.parametrize("name", DECODERS)
def test_each_part_is_as_large_as_in_the_library(name: str) -> None:
    config = SMALL[name]
    if "num_experts_per_tok" in config:
        config = config | {"num_experts_per_tok": 6}  # all of them
    check_counts(config, read(config))


@pytest.mark.parametrize("name", DECODERS)
def test_the_sizes_are_those_of_the_file(name: str) -> None:
    one, theirs = read(SMALL[name]), build(SMALL[name]).config
    assert (one.name, one.vocab_size, one.context) == (SMALL[name]["model_type"], 101, 96)
    assert (one.d_model, one.num_layers, one.num_heads) == (48, 3, 4)
    assert one.num_kv_heads == theirs.num_key_value_heads
    assert one.d_hidden == getattr(theirs, "moe_intermediate_size", 72)
    assert one.positions == "RoPE" and one.stacks == 1
    latent = "q_lora_rank" in SMALL[name]
    assert one.head_size == (6 + 4 if latent else getattr(theirs, "head_dim", None) or 48 // 4)
    assert sum(span.layers for span in one.spans) == 3
    for span in one.spans:
        assert latent or span.kept == 2 * one.num_kv_heads * one.head_size
        assert latent or span.operations == 4 * one.num_heads * one.head_size


@pytest.mark.parametrize(
    ("family", "more"),
    [
        ("mistral", {}), ("mixtral", {}), ("phi3", {}), ("gemma2", {}), ("gemma3_text", {}),
        ("qwen2", {"use_sliding_window": True, "max_window_layers": 1}),
        ("qwen3", {"use_sliding_window": True, "max_window_layers": 1}),
        ("qwen3_moe", {"use_sliding_window": True}), ("qwen2", {}), ("qwen3", {}),
        ("qwen3_moe", {}), ("qwen3", {"sliding_window": 30}), ("qwen3_moe", {"sliding_window": 30}),
    ],
)  # fmt: skip
def test_a_window_that_is_not_named_is_that_of_the_library(
    family: str, more: dict[str, Any]
) -> None:
    config = {k: v for k, v in SMALL[family].items() if k != "sliding_window"} | more
    wanted = build(config).config.sliding_window
    assert {span.window for span in read(config).spans} - {None} == {wanted} - {None}


@pytest.mark.parametrize(
    ("name", "left_out", "same", "other"),
    [
        ("llama", "num_key_value_heads", 4, 2), ("phi3", "num_key_value_heads", 4, 2),
        ("olmo2", "num_key_value_heads", 4, 2), ("llama", "mlp_bias", False, True),
        ("qwen3_moe", "decoder_sparse_step", 1, 2), ("qwen3_moe", "mlp_only_layers", [], [0]),
        ("gemma2", "tie_word_embeddings", True, False), ("qwen3_moe", "head_dim", 48 // 4, 10),
        ("gemma", "tie_word_embeddings", True, False),
        ("gemma3_text", "sliding_window_pattern", 6, 3),
        ("gemma3_text", "tie_word_embeddings", True, False),
        ("llama", "tie_word_embeddings", False, True),
    ],
)  # fmt: skip
def test_what_a_file_may_leave_out(name: str, left_out: str, same: object, other: object) -> None:
    without = {key: value for key, value in SMALL[name].items() if key != left_out}
    without |= {"num_hidden_layers": 7}
    assert read(without) == read(without | {left_out: same})
    assert read(without) != read(without | {left_out: other})


def test_pattern_and_layers_of_mixtures_are_counted_from_one() -> None:
    config = QWEN3_MOE | {"num_hidden_layers": 7, "num_experts_per_tok": 6}
    for more in ({"decoder_sparse_step": 3}, {"mlp_only_layers": [0, 6]}):
        check_counts(config | more, read(config | more))
    deep = DEEPSEEK | {"num_experts_per_tok": 6, "num_hidden_layers": 3}
    for dense in (0, 2, 3, 5):
        mixed = deep | {"first_k_dense_replace": dense}
        check_counts(mixed, read(mixed))
    assert read(DEEPSEEK | {"moe_layer_freq": 1}) == read(DEEPSEEK)
