"""Mixtures: all experts are learned, and some are used."""

from typing import Any

import pytest

from snippets.modern.architecture.config_fields import Fields
from snippets.modern.architecture.llama_family import deepseek_v3
from snippets.modern.architecture.model_costs import Architecture
from tests.snippets.modern.configs import DEEPSEEK, QWEN3_MOE, SMALL

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
