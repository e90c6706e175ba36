"""The loop does what the course's own training loop does, and what follows a step is respected."""

from dataclasses import replace

import pytest
import torch

from snippets.training.config import TrainingConfig
from snippets.training.loop import Training
from snippets.training.short_training import next_token, take_steps, train_on
from snippets.transformer.minigpt import MINIGPT, MiniGPT
from tests.snippets.training.seen_steps import memory_kept

SMALL = replace(
    MINIGPT, d_model=16, num_layers=1, num_heads=2, num_kv_heads=2, d_hidden=16, context=16
)
SETTINGS = TrainingConfig(steps=6, batch_size=4, warmup=2, eval_every=100, seed=3)
SETTINGS = replace(SETTINGS, momentum=0.7, weight_decay=0.1, decay=0.5)  # none of them the default
TEXT = torch.randint(68, (2000,), generator=torch.Generator().manual_seed(0))


def test_it_is_the_training_loop_of_the_course():
    training = Training(SMALL, SETTINGS, TEXT, TEXT[:100])
    theirs = list(training.steps())
    torch.manual_seed(SETTINGS.seed)
    ours = list(train_on(TEXT, MiniGPT(SMALL), SETTINGS))
    assert ours == pytest.approx(theirs, abs=1e-5)


def test_another_loss_and_what_comes_after_a_step():
    model, called = MiniGPT(SMALL).eval(), []

    def twice(model, pieces, chance):
        assert pieces.shape == (4, 17) and model.training
        return 2 * next_token(model, pieces, chance)

    losses = list(train_on(TEXT, model, SETTINGS, twice, lambda: called.append(1)))
    assert len(losses) == len(called) == 6 and losses[0] > 8
    assert not model.training


def test_a_loss_that_is_no_number_stops_it():
    broken = train_on(TEXT, MiniGPT(SMALL), SETTINGS, lambda *_: torch.tensor(float("nan")))
    with pytest.raises(FloatingPointError, match="nan at step 0"):
        next(broken)


def test_any_loss_will_do_and_goes_down():
    model = MiniGPT(SMALL).eval()

    def size() -> torch.Tensor:
        assert model.training
        return sum(parameter.square().mean() for parameter in model.parameters())

    with memory_kept():
        losses = list(take_steps(model, replace(SETTINGS, weight_decay=0.0), size))
    assert len(losses) == 6 and losses == sorted(losses, reverse=True) and losses[-1] < losses[0]
    assert not model.training


def test_text_goes_to_the_models_device():
    """The device "meta", which keeps no numbers, stands for a GPU."""
    seen = []

    def watched(model, pieces, chance):
        seen.append((pieces.device.type, chance.device.type))
        return next_token(model, pieces, chance)

    steps = train_on(TEXT, MiniGPT(SMALL).to("meta"), SETTINGS, watched)
    with pytest.raises(RuntimeError, match="item"):  # the loss has no number
        next(steps)
    assert seen == [("meta", "cpu")]
