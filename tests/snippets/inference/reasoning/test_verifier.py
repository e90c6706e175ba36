"""The verifier: what it begins with, what it may look at, and that it learns to tell."""

import math
import random
from unittest.mock import Mock

import pytest
import torch

from snippets.inference.reasoning import verifier as module
from snippets.inference.reasoning.sums import question
from snippets.inference.reasoning.thinking import CONFIG, encoded
from snippets.inference.reasoning.verifier import Verifier, score, train_verifier, verifier_loss
from snippets.training import short_training
from snippets.transformer.minigpt import MiniGPT


@pytest.fixture
def model() -> MiniGPT:
    torch.manual_seed(0)
    return MiniGPT(CONFIG).eval()


def shaken(model: MiniGPT) -> Verifier:
    """A verifier whose head is not zero."""
    verifier = Verifier(model)
    torch.nn.init.normal_(verifier.body.head.weight)
    return verifier.eval()


def test_it_begins_undecided_and_leaves_the_model_alone(model: MiniGPT) -> None:
    verifier = Verifier(model)
    assert score(verifier, ["10+11=21\n", "99+99=1"]) == [0.5, 0.5]
    torch.nn.init.ones_(verifier.body.embedding.weight)
    assert not torch.equal(model.embedding.weight, verifier.body.embedding.weight)
    assert model.head.weight is model.embedding.weight


def test_its_head_is_on_the_device_of_the_model(model: MiniGPT) -> None:
    assert {p.device.type for p in Verifier(model.to("meta")).parameters()} == {"meta"}


def test_a_score_is_read_at_the_last_token_of_its_text(model: MiniGPT) -> None:
    verifier = shaken(model)
    texts = ["10+11=21\n", "99+99=198+1=199\n", "10+11="]
    together = score(verifier, texts)
    alone = [torch.sigmoid(verifier(encoded([t])))[0, -1].item() for t in texts]
    assert together == pytest.approx(alone, abs=1e-5)
    assert score(verifier, texts, batch_size=1) == pytest.approx(together, abs=1e-5)


def test_the_loss_by_hand(model: MiniGPT) -> None:
    verifier = shaken(model)
    ids, right = encoded(["10+11=21\n", "10+12=9\n"]), torch.tensor([1.0, 0.0])
    said = verifier(ids).sigmoid().detach()
    by_hand = [-math.log(p) for p in said[0, 6:9]] + [-math.log(1 - p) for p in said[1, 6:8]]
    assert verifier_loss(verifier, ids, right, asked=6).item() == pytest.approx(
        sum(by_hand) / 5, abs=1e-5
    )


def test_it_learns_to_tell_a_mark_of_wrong_solutions(model: MiniGPT) -> None:
    rng = random.Random(0)
    asked = [(rng.randint(10, 40), rng.randint(10, 40)) for _ in range(64)]
    solutions = [f"{sum(t)}\n" if i % 2 else "7\n" for i, t in enumerate(asked)]
    verifier = train_verifier(model, asked, solutions, steps=30, batch_size=32)
    found = score(verifier, [question(t) + s for t, s in zip(asked, solutions, strict=True)])
    assert min(found[1::2]) > 0.5 > max(found[::2])


def test_what_does_not_fit(model: MiniGPT) -> None:
    with pytest.raises(ValueError, match="1 solutions for 2 problems"):
        train_verifier(model, [(10, 11), (12, 13)], ["21\n"], 1)
    with pytest.raises(ValueError, match="different sizes"):
        train_verifier(model, [(10, 11), (12, 13, 14)], ["21\n", "39\n"], 1)


def test_training_asks_of_solutions_alone_in_an_order_of_its_seed(
    model: MiniGPT, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses, rates = Mock(wraps=module.verifier_loss), Mock(wraps=short_training.set_learning_rate)
    monkeypatch.setattr(module, "verifier_loss", losses)
    monkeypatch.setattr(short_training, "set_learning_rate", rates)
    problems, solutions = [(10, 11), (12, 13), (14, 15)], ["21\n", "9\n", "29\n"]

    def trained(seed: int) -> Verifier:
        return train_verifier(model, problems, solutions, steps=4, seed=seed, batch_size=2)

    first, same, other = (trained(seed) for seed in (0, 0, 1))
    assert {call.args[-1] for call in losses.call_args_list} == {6}  # the length of a question
    factors = [call.args[1] for call in rates.call_args_list[:4]]
    assert factors[-1] < max(factors) == 1
    heads = [one.body.head.weight for one in (first, same, other)]
    assert torch.equal(heads[0], heads[1]) and not torch.equal(heads[0], heads[2])
    assert not first.training and all(p.grad is None for p in first.parameters())
    assert train_verifier(model, problems, solutions, steps=1)  # fewer than a batch


def test_a_verifier_is_trained_in_steps_of_batches(model: MiniGPT) -> None:
    with pytest.raises(ValueError, match="steps=0"):
        train_verifier(model, [(10, 11)], ["21\n"], 0)
    with pytest.raises(ValueError, match="batch_size=0"):
        train_verifier(model, [(10, 11)], ["21\n"], 1, batch_size=0)
