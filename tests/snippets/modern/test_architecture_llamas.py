"""Mixtures: all experts are learned, and some are used."""

from typing import Any

import pytest

from snippets.modern.architecture import Architecture
from snippets.modern.architecture_fields import Fields
from snippets.modern.architecture_llamas import deepseek_v3
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
