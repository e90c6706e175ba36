"""A training under way: its steps, the mean of its weights, and its state."""

from dataclasses import replace

import pytest
import torch

from snippets.training.trainer import Training
from snippets.training.training_loop import TrainingConfig
from tests.snippets.transformer.test_minigpt import TINY, random_ids

CONFIG = replace(TINY["ours"], dropout=0.1)
SETTINGS = TrainingConfig(steps=20, batch_size=4, warmup=2, weight_decay=0.1)
DATA = random_ids(CONFIG, 1, 400)[0]


def weights(model):
    return [p.detach().clone() for p in model.parameters()]


def equal(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("average", [0.0, 0.9])
@pytest.mark.parametrize("config", [CONFIG, TINY["gpt2"]], ids=["ours", "gpt2"])
def test_a_restored_training_takes_the_same_steps(tmp_path, config, average):
    """The state is all there is: with it, a fresh object repeats losses, weights and chance."""
    settings = replace(SETTINGS, average=average)
    path = tmp_path / "state.safetensors"
    first = Training(config, settings, DATA)
    for _ in range(7):
        first.advance()
    first.save(path, "mark")
    expected = [first.advance() for _ in range(6)]

    second = Training(config, replace(settings), DATA)
    torch.rand(1000)  # chance elsewhere in the process does not matter
    assert second.restore(path, "mark")
    assert second.step == 7 and len(second.losses) == 7
    assert [second.advance() for _ in range(6)] == expected
    assert equal(weights(first.finish()), weights(second.finish()))


def test_another_trainings_state_is_left_alone(tmp_path):
    path = tmp_path / "state.safetensors"
    training = Training(CONFIG, SETTINGS, DATA)
    assert not training.restore(path, "mark")
    training.save(path, "mark")
    before = weights(training.model)
    assert not training.restore(path, "another")
    assert training.step == 0 and equal(before, weights(training.model))


def test_the_average_is_that_of_the_weights_passed_through():
    training = Training(CONFIG, replace(SETTINGS, average=0.8), DATA)
    name = "embedding.weight"
    mean = dict(training.model.named_parameters())[name].detach().clone()
    for step in range(1, 13):
        training.advance()
        stays = min(0.8, step / (step + 9))
        now = dict(training.model.named_parameters())[name].detach()
        mean = stays * mean + (1 - stays) * now
    last = dict(training.model.named_parameters())[name].detach().clone()
    finished = dict(training.finish().named_parameters())[name]
    torch.testing.assert_close(finished.detach(), mean, rtol=0, atol=1e-6)
    assert (finished - last).abs().max() > 1e-4


def test_without_average_the_last_weights_are_kept():
    training = Training(CONFIG, SETTINGS, DATA)
    training.advance()
    last = weights(training.model)
    assert equal(weights(training.finish()), last)
    assert not training.model.training


def test_texts_too_short_are_refused_at_once():
    with pytest.raises(ValueError, match="training text has 16 tokens; it needs 17"):
        Training(CONFIG, SETTINGS, DATA[:16])
