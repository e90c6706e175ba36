"""Calibration: binned as defined, and a temperature that a better one does not beat."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from snippets.foundations.tokenizers import CharTokenizer
from snippets.training.evaluation.calibration import (
    best_temperature,
    calibration_error,
    next_token_logits,
    reliability,
)
from snippets.training.evaluation.scores import log_probabilities
from snippets.transformer.minigpt import MINIGPT, MiniGPT


def test_by_hand() -> None:
    found = reliability([0.15, 0.19, 0.92, 1.0], [False, True, True, True])
    np.testing.assert_allclose(found.confidence, [0.17, 0.96])
    np.testing.assert_allclose(found.accuracy, [0.5, 1])
    assert found.sizes.tolist() == [2, 2]
    assert calibration_error(found) == pytest.approx((0.33 + 0.04) / 2)


def test_a_bin_counts_for_as_many_as_it_holds() -> None:
    found = reliability([0.19, 0.21, 0.29, 0.95], [True, False, True, True])
    np.testing.assert_allclose(found.confidence, [0.19, 0.25, 0.95])
    np.testing.assert_allclose(found.accuracy, [1, 0.5, 1])
    assert found.sizes.tolist() == [1, 2, 1]
    assert calibration_error(found) == pytest.approx((0.81 + 2 * 0.25 + 0.05) / 4)


def test_whoever_knows_how_much_it_knows_has_no_error() -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(size=100_000)
    honest = rng.uniform(size=len(p)) < p
    assert calibration_error(reliability(p, honest)) < 0.01
    boasting = rng.uniform(size=len(p)) < p / 2
    expected = float((p / 2).mean())
    assert calibration_error(reliability(p, boasting)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("confidence", "right"),
    [([], []), ([0.5], [True, False]), ([1.2], [True]), ([-0.1], [True]), ([[0.5]], [[True]])],
)
def test_what_cannot_be_binned_is_refused(confidence: list[float], right: list[bool]) -> None:
    with pytest.raises(ValueError, match="expected alike"):
        reliability(confidence, right)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_text_is_found(true: float) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(20_000, 10, generator=generator)
    targets = torch.multinomial((logits / true).softmax(-1), 1, generator=generator)[:, 0]
    found = best_temperature(logits, targets)
    assert found == pytest.approx(true, rel=0.05)
    losses = [
        F.cross_entropy(logits / t, targets).item() for t in (0.97 * found, found, 1.03 * found)
    ]
    assert losses[1] == min(losses)
    expected = ((logits / found).softmax(-1) * logits).sum(-1)
    said = logits.gather(-1, targets[:, None])
    assert expected.mean().item() == pytest.approx(said.mean().item(), abs=1e-3), "no slope is left"


def test_no_tokens_have_no_temperature() -> None:
    with pytest.raises(ValueError, match="logits"):
        best_temperature(torch.zeros(0, 5), torch.zeros(0, dtype=torch.long))
    with pytest.raises(ValueError, match="targets"):
        best_temperature(torch.zeros(3, 5), torch.zeros(2, dtype=torch.long))


def test_logits_are_those_of_the_scores() -> None:
    torch.manual_seed(0)
    tokenizer = CharTokenizer.from_text("to be or not")
    config = replace(
        MINIGPT, context=8, d_model=16, d_hidden=16, num_layers=1, num_heads=2, num_kv_heads=2
    )
    model = MiniGPT(replace(config, vocab_size=tokenizer.vocab_size)).eval()
    ids = torch.tensor(tokenizer.encode("to be or not to be or not"))
    logits = next_token_logits(model, ids, 8)
    assert logits.shape == (24, tokenizer.vocab_size)
    said = logits.log_softmax(-1).gather(-1, ids[1:25, None])[:, 0]
    torch.testing.assert_close(said.double(), log_probabilities(model, ids), atol=1e-5, rtol=0)
    assert len(next_token_logits(model, ids[:17], 8)) == 16, "the last has no next token"
    many = ids.repeat(30)[:521]
    torch.testing.assert_close(next_token_logits(model, many, 8)[-8:], model(many[None, -9:-1])[0])
    with pytest.raises(ValueError, match="8 tokens don't fill a context of 8"):
        next_token_logits(model, ids[:8], 8)


def test_bins_close_below_and_the_last_on_both_sides() -> None:
    found = reliability([0.0, 0.5, 0.49, 1.0], [False, True, False, True], bins=2)
    assert found.sizes.tolist() == [2, 2]
    np.testing.assert_allclose(found.confidence, [0.245, 0.75])
    np.testing.assert_allclose(found.accuracy, [0, 1])
    close = [0.095, 0.105]
    assert reliability(close, [1, 0]).sizes.tolist() == [1, 1]  # ten bins, unless asked otherwise


@pytest.mark.parametrize(("right", "end"), [(True, 0.05), (False, 20)])
def test_where_no_temperature_is_best_an_end_of_the_range_is_found(right: bool, end: float) -> None:
    """Always right, the sharpest is best; always wrong, the flattest."""
    logits = torch.tensor([[1.0, 0.0]]).repeat(5, 1)
    targets = torch.full((5,), 0 if right else 1)
    assert best_temperature(logits, targets) == pytest.approx(end, rel=1e-3)


def test_logits_keep_no_graph() -> None:
    model = torch.nn.Embedding(5, 5)
    found = next_token_logits(model, torch.arange(5).repeat(2), 4)
    assert not found.requires_grad
    assert torch.equal(found, model.weight[torch.arange(8) % 5])
