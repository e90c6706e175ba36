"""What the formulas say is what the model has, and does."""

from dataclasses import replace

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from snippets.transformer.attention_weights import attention_weights
from snippets.transformer.cost import count_parameters, flops_per_token
from snippets.transformer.minigpt import GPT2_SMALL, LLAMA_STYLE, MINIGPT, MiniGPT
from snippets.transformer.minigpt_config import FEED_FORWARDS, NORMS, POSITIONS
from tests.snippets.transformer.test_minigpt import TINY, TINY_LLAMA, random_ids


def every_config():
    for norm in NORMS:
        for feed_forward in FEED_FORWARDS:
            for positions in POSITIONS:
                for flag in (False, True):
                    yield replace(
                        TINY_LLAMA,
                        norm=norm,
                        feed_forward=feed_forward,
                        positions=positions,
                        tie_weights=flag,
                        bias=not flag,
                        qk_norm=flag,
                    )


def test_parameters_by_formula_are_those_of_the_model():
    configs = [*TINY.values(), MINIGPT, *every_config()]
    for config in configs:
        model = MiniGPT(config)
        assert count_parameters(config) == sum(p.numel() for p in model.parameters()), config


@pytest.mark.parametrize("config", [GPT2_SMALL, LLAMA_STYLE])
def test_parameters_of_the_large_ones(config):
    with torch.device("meta"):
        model = MiniGPT(config)
    assert count_parameters(config) == sum(p.numel() for p in model.parameters())


def test_gpt2_small_has_the_published_number_of_parameters():
    assert count_parameters(GPT2_SMALL) == 124_439_808


def test_the_model_of_the_course_is_small():
    assert count_parameters(MINIGPT) <= 1_000_000
    assert MINIGPT.context >= 128


@pytest.mark.parametrize("config", TINY.values(), ids=TINY)
def test_flops_by_formula_are_those_counted(config):
    model, ids = MiniGPT(config).eval(), random_ids(config, 1, config.context)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        attention_weights(model, ids)  # written out, so that each product is counted
    assert counter.get_total_flops() == config.context * flops_per_token(config)


def test_a_shorter_text_costs_less_by_what_attention_does_not_look_at():
    saved = flops_per_token(MINIGPT) - flops_per_token(MINIGPT, MINIGPT.context // 2)
    assert saved == MINIGPT.num_layers * 4 * MINIGPT.d_model * MINIGPT.context // 2
