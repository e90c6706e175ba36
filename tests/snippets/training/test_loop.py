"""The loop: what a step moves, the mean of the weights, and the state it goes on from."""

from contextlib import nullcontext
from dataclasses import replace
from itertools import islice

import pytest
import torch

from snippets.training.batches import evaluate
from snippets.training.config import TrainingConfig
from snippets.training.loop import Training, training_step
from snippets.training.state import load_state, save_state
from snippets.transformer.minigpt import MiniGPT
from tests.snippets.elsewhere import devices_read
from tests.snippets.transformer.test_minigpt import TINY, random_ids, tiny

CONFIG = replace(TINY["ours"], dropout=0.1)
SETTINGS = TrainingConfig(steps=20, batch_size=4, warmup=2, weight_decay=0.1)
DATA = random_ids(CONFIG, 1, 400)[0]


def fresh(config=CONFIG, **changes):
    return Training(config, replace(SETTINGS, **changes), DATA, DATA[:40])


def take(training, count):
    """The losses of so many steps."""
    return list(islice(training.steps(), count))


def weights(model):
    return [p.detach().clone() for p in model.parameters()]


def equal(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("average", [0.0, 0.9])
@pytest.mark.parametrize("config", [CONFIG, TINY["gpt2"]], ids=["ours", "gpt2"])
def test_a_restored_training_takes_the_same_steps(tmp_path, config, average):
    """The state is all there is: with it, a fresh object repeats losses, weights and chance."""
    path = tmp_path / "state.safetensors"
    first = fresh(config, average=average)
    take(first, 7)
    first.save(path, "mark")
    expected = take(first, 6)

    second = fresh(config, average=average)
    torch.rand(1000)  # chance elsewhere in the process does not matter
    assert second.restore(path, "mark")
    assert second.step == 7 and len(second.losses) == 7
    assert take(second, 6) == expected
    assert equal(weights(first.finish()), weights(second.finish()))


def test_another_trainings_state_is_left_alone(tmp_path):
    path = tmp_path / "state.safetensors"
    training = fresh()
    assert not training.restore(path, "mark")
    training.save(path, "mark")
    before = weights(training.model)
    assert not training.restore(path, "another")
    assert training.step == 0 and equal(before, weights(training.model))


def test_the_average_is_that_of_the_weights_passed_through():
    training = fresh(average=0.8)
    name = "embedding.weight"
    mean = dict(training.model.named_parameters())[name].detach().clone()
    for step, _ in enumerate(islice(training.steps(), 12), start=1):
        stays = min(0.8, step / (step + 9))
        now = dict(training.model.named_parameters())[name].detach()
        mean = stays * mean + (1 - stays) * now
    last = dict(training.model.named_parameters())[name].detach().clone()
    finished = dict(training.finish().named_parameters())[name]
    torch.testing.assert_close(finished.detach(), mean, rtol=0, atol=1e-6)
    assert (finished - last).abs().max() > 1e-4


def test_without_average_the_last_weights_are_kept():
    training = fresh()
    take(training, 1)
    last = weights(training.model)
    assert equal(weights(training.finish()), last)
    assert not training.model.training


def test_texts_too_short_are_refused_at_once():
    with pytest.raises(ValueError, match="training text has 16 tokens; it needs 17"):
        Training(CONFIG, SETTINGS, DATA[:16], DATA)
    with pytest.raises(ValueError, match="validation text has 1 tokens; it needs 2"):
        Training(CONFIG, SETTINGS, DATA, DATA[:1])


@pytest.mark.parametrize("parts", [2, 3, 6])
def test_micro_batches_add_up_to_the_whole_batch(parts):
    ids = random_ids(TINY["ours"], 6, 17)
    moved = []
    for micro_batches in (1, parts):
        torch.manual_seed(0)
        model = MiniGPT(TINY["ours"])
        before = torch.cat([p.detach().flatten() for p in model.parameters()])
        plain = torch.optim.SGD(model.parameters(), lr=1.0)  # moves by the gradient itself
        loss = training_step(model, [plain], ids[:, :-1], ids[:, 1:], micro_batches)
        after = torch.cat([p.detach().flatten() for p in model.parameters()])
        moved.append((loss, after - before))
    assert moved[0][0] == pytest.approx(moved[1][0], rel=1e-6)
    torch.testing.assert_close(moved[0][1], moved[1][1], rtol=1e-4, atol=1e-6)
    assert moved[0][1].abs().max() > 1e-3


def test_a_step_goes_to_the_models_device(monkeypatch):
    """The device "meta", which keeps no numbers and knows no autocast, stands for a GPU."""
    model = tiny(CONFIG).to("meta")
    seen = devices_read(model)

    def mixed_precision(enabled, device):
        seen.append((enabled, device))
        return nullcontext()

    monkeypatch.setattr("snippets.training.loop.mixed_precision", mixed_precision)
    ids = random_ids(CONFIG, 2, 9)
    with pytest.raises(RuntimeError, match="meta"):  # the loss has no number
        training_step(model, [], ids[:, :-1], ids[:, 1:], mixed=True)
    assert seen == [(True, "meta"), "meta"]


@pytest.mark.parametrize("asked", [True, False])
@pytest.mark.parametrize("fast", ["meta", "cpu"])
def test_the_models_device_is_asked_for_bfloat16(monkeypatch, asked, fast):
    monkeypatch.setattr("snippets.training.loop.has_fast_bfloat16", lambda device: device == fast)
    with torch.device("meta"):
        model = MiniGPT(CONFIG)
    monkeypatch.setattr("snippets.training.loop.MiniGPT", lambda _: model)
    assert fresh(mixed_precision=asked).mixed == (asked and fast == "meta")


def test_a_state_without_a_mark_is_left_alone(tmp_path):
    path = tmp_path / "state.safetensors"
    save_state(path, {"a": torch.ones(1)}, {"x": 1})
    assert not fresh().restore(path, "mark")


def test_a_state_holds_the_history_and_the_losses_since(tmp_path):
    path = tmp_path / "state.safetensors"
    training = fresh(eval_every=3)
    losses = take(training, 7)
    training.seconds = 1.5
    training.save(path, "mark")
    _, facts = load_state(path)
    assert facts["mark"] == "mark" and facts["step"] == 7 and facts["losses"] == losses[6:]
    second = fresh(eval_every=3)
    assert second.restore(path, "mark")
    assert second.history == training.history and second.seconds == 1.5
    assert [step for step, _, _ in second.history] == [3, 6]
    assert training.history[1][1] == pytest.approx(sum(losses[3:6]) / 3)


def test_the_learning_rate_follows_the_schedule():
    training, rates = fresh(muon_lr=0.1, adamw_lr=0.2), []
    for _ in training.steps():
        rates.append([group["lr"] for o in training.optimizers for group in o.param_groups])
    assert rates[0] == pytest.approx([0.05, 0.1]) and rates[2] == pytest.approx([0.1, 0.2])
    assert rates[-1] == pytest.approx([0.1 / 18, 0.2 / 18])
    assert training.step == SETTINGS.steps and not take(training, 1)


def test_sequences_grow_up_to_the_share_of_the_steps_and_go_on_after_a_stop(tmp_path):
    """Of 20 steps, 4 have a quarter of the context, 8 a half; the history has their losses."""
    settings = {"growth": 0.6, "eval_every": 4, "eval_windows": 3}
    training, lengths = fresh(**settings), []
    inner = training.batches

    def watched():
        for inputs, targets in inner:
            lengths.append((len(inputs), inputs.shape[1]))
            yield inputs, targets

    training.batches = watched()
    take(training, 4)
    T = CONFIG.context
    unseen = evaluate(training.model, DATA[:40], 3, context=T // 4)
    assert training.history[0][2] == pytest.approx(unseen)
    path = tmp_path / "state.safetensors"
    training.save(path, "mark")
    expected = take(training, 16)
    assert lengths == [(16, T // 4)] * 4 + [(8, T // 2)] * 8 + [(4, T)] * 8
    second = fresh(**settings)
    assert second.restore(path, "mark") and take(second, 16) == expected


def test_muon_gets_its_momentum():
    muon, _ = fresh(momentum=0.7).optimizers
    assert [group["momentum"] for group in muon.param_groups] == [0.7]
