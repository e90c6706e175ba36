import math
from dataclasses import replace

import pytest
import torch

from benchmarks.baseline import GPT2_TINY, BaselineRun, Recipe, TheirGPT2
from benchmarks.text import Text
from snippets.transformer.minigpt import count_parameters
from snippets.using.publishing.interop import from_transformers

SOURCE = Text("fables", "the fox and the grapes; the hare and the tortoise. " * 20)


def test_theirs_and_ours_are_the_same_model():
    """Of one size, and with the same weights the same logits: what is compared is alike."""
    torch.manual_seed(0)
    theirs = TheirGPT2(GPT2_TINY).eval()
    assert sum(p.numel() for p in theirs.parameters()) == count_parameters(GPT2_TINY)
    ids = torch.randint(65, (2, 64))
    ours = from_transformers(theirs.model)
    assert ours.config == GPT2_TINY
    torch.testing.assert_close(ours(ids), theirs(ids), atol=1e-5, rtol=1e-5)


def test_the_learning_rate_rises_and_falls_along_a_cosine():
    recipe = Recipe()
    rates = [recipe.rate(step) for step in range(recipe.steps)]
    assert rates[0] == pytest.approx(1e-3 / 101)
    assert max(rates) == rates[100] == pytest.approx(1e-3)
    assert rates[1050] == pytest.approx((1e-3 + 1e-4) / 2)  # half-way down
    assert rates[-1] == pytest.approx(1e-4, rel=1e-2)
    assert rates[100:] == sorted(rates[100:], reverse=True)


def test_weight_decay_is_for_matrices_and_tables():
    groups = Recipe().optimizer(TheirGPT2(GPT2_TINY)).param_groups
    assert {p.ndim for p in groups[0]["params"]} == {2} and groups[0]["weight_decay"] == 0.1
    assert {p.ndim for p in groups[1]["params"]} == {1} and groups[1]["weight_decay"] == 0


def test_the_baseline_learns():
    short = replace(Recipe(), steps=6, lr=3e-3, warmup=1, batch_size=2)
    made = BaselineRun(short, SOURCE)()
    vocab_size = SOURCE.ids()[0]
    assert made["val_loss"] < math.log(vocab_size) - 0.3
    assert made["tokens"] == 6 * 2 * 64
    assert made["params"] == count_parameters(replace(GPT2_TINY, vocab_size=vocab_size))
    assert made["val_loss"] == BaselineRun(short, SOURCE)()["val_loss"]  # seeded
