"""The loss is trl's, a score is the mean over an answer, and training finds what was preferred."""

import math
from unittest.mock import Mock

import pytest
import torch

from snippets.post_training.rewards import reward_model
from snippets.post_training.rewards.preferences import Pair, collect
from snippets.post_training.rewards.reward_model import (
    RewardConfig,
    RewardModel,
    bradley_terry_loss,
    margins,
    scores,
    train,
)
from snippets.training import short_training
from snippets.transformer.minigpt import device_of
from tests.snippets.post_training import trl_trainers
from tests.snippets.post_training.answers import (
    END,
    WANTED,
    random_rollouts,
    toy_policy,
    toy_task,
)
from tests.snippets.transformer.test_minigpt import TINY, tiny


def test_the_loss_is_trls() -> None:
    chosen, rejected = torch.randn(2, 9, generator=torch.Generator().manual_seed(0)) * 4
    ours, theirs = (
        loss(chosen, rejected) for loss in (bradley_terry_loss, trl_trainers.reward_loss)
    )
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_the_loss_is_that_of_a_choice() -> None:
    """The cross-entropy of the first of two, whose logits are the scores."""
    chosen, rejected = torch.tensor([0.3, -200.0, 5.0]), torch.tensor([0.1, 100.0, 5.0])
    both = torch.stack([chosen, rejected], dim=1)
    expected = torch.nn.functional.cross_entropy(both, torch.zeros(3, dtype=torch.long))
    torch.testing.assert_close(bradley_terry_loss(chosen, rejected), expected)
    same = bradley_terry_loss(chosen[2:], rejected[2:])
    assert same.item() == pytest.approx(math.log(2))
    torch.testing.assert_close(bradley_terry_loss(chosen + 9, rejected + 9), expected)


@pytest.mark.parametrize("shapes", [((0,), (0,)), ((2,), (3,)), ((2, 1), (2, 1))])
def test_scores_that_do_not_fit_are_refused(shapes: tuple) -> None:
    with pytest.raises(ValueError, match=r"must be \(N,\)"):
        bradley_terry_loss(*(torch.zeros(shape) for shape in shapes))


def with_head() -> RewardModel:
    model = RewardModel(tiny(TINY["ours"]))
    torch.manual_seed(0)
    torch.nn.init.normal_(model.body.head.weight)
    return model.eval()


@torch.no_grad()
def test_a_score_is_that_of_the_text_alone() -> None:
    """Neighbours and padding change nothing, and a different last token does."""
    model, texts = with_head(), random_rollouts()
    found = model(texts)
    for row, ids in enumerate(texts.ids):
        places = texts.answer[row].nonzero()[:, 0] + 1
        alone = model.body(ids[None, : places[-1] + 1])[0, places, 0].mean()
        torch.testing.assert_close(found[row], alone, atol=1e-5, rtol=1e-5)
    a, b = scores(model, [[1, 2], [1, 2]], [[5, 6], [5, 8]])
    assert a != b


def test_it_starts_without_an_opinion_and_leaves_the_policy_alone() -> None:
    policy = tiny(TINY["gpt2"])  # head and table are one tensor
    before = {name: p.clone() for name, p in policy.named_parameters()}
    model = RewardModel(policy)
    assert not model(random_rollouts()).any()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    assert all(torch.equal(p, before[name]) for name, p in policy.named_parameters())


def test_texts_go_to_the_models_device() -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    model = RewardModel(toy_policy().to("meta"))
    assert {parameter.device.type for parameter in model.parameters()} == {"meta"}
    texts = random_rollouts()
    assert texts.ids.device.type == "cpu" and model(texts).device.type == "meta"
    pairs = [Pair(0, [9, END], [WANTED, END])]
    assert margins(model, toy_task().prompts, pairs).device == device_of(model.body)


def test_training_finds_what_was_preferred() -> None:
    """Answers with one token, wherever it stands, to those with another in its place."""
    policy, prompts = toy_policy(), toy_task().prompts
    drawn = torch.randint(8, 31, (300, 4), generator=torch.Generator().manual_seed(0)).tolist()
    pairs = []
    for number, (*others, last) in enumerate(drawn):
        place = number % 3
        chosen, rejected = (
            [*others[:place], token, *others[place:], END] for token in (WANTED, last)
        )
        pairs.append(Pair(number % len(prompts), chosen, rejected))
    settings = RewardConfig(epochs=6, batch_size=16, muon_lr=0.01, adamw_lr=0.01)
    model = train(policy, prompts, pairs[60:], settings)
    assert not model.training and all(p.grad is None for p in model.parameters())
    assert (margins(model, prompts, pairs[:60]) > 0).float().mean() > 0.9
    with pytest.raises(ValueError, match="3 pairs don't fill a batch of 16"):
        train(policy, prompts, pairs[:3], settings)
    again = train(policy, prompts, pairs[60:], settings).state_dict()
    assert all(torch.equal(tensor, again[name]) for name, tensor in model.state_dict().items())


@torch.no_grad()
def test_scores_and_margins_are_the_models() -> None:
    model, task = with_head(), toy_task()
    pairs = collect(toy_policy(), task, list(range(12)) * 7, 0.1, torch.Generator().manual_seed(0))
    prompts = [task.prompts[pair.place] for pair in pairs]
    chosen = torch.tensor(scores(model, prompts, [pair.chosen for pair in pairs]))
    rejected = torch.tensor(scores(model, prompts, [pair.rejected for pair in pairs]))
    torch.testing.assert_close(
        margins(model, task.prompts, pairs), chosen - rejected, atol=1e-5, rtol=1e-4
    )


def test_a_model_without_finite_scores_is_stopped() -> None:
    policy, task = toy_policy(), toy_task()
    with torch.no_grad():
        policy.embedding.weight.fill_(math.nan)
    pairs = [Pair(0, [9, END], [WANTED, END])] * 16
    with pytest.raises(FloatingPointError, match="loss is nan at step 0"):
        train(policy, task.prompts, pairs, RewardConfig(batch_size=8))
    with pytest.raises(ValueError, match="answer 0 is nan, not finite"):
        scores(RewardModel(policy), [[1, 2]], [[5, 6]])


@torch.no_grad()
def test_many_answers_are_scored_as_few() -> None:
    model = with_head()
    prompts = [[1 + i % 5, 2 + i % 7] for i in range(300)]
    answers = [[1 + i % 11] * (1 + i % 4) for i in range(300)]
    few = [scores(model, [p], [a])[0] for p, a in zip(prompts, answers, strict=True)]
    assert scores(model, prompts, answers) == pytest.approx(few, abs=1e-5)


def course(**changes: float) -> list[float]:
    task = toy_task()
    pairs = collect(toy_policy(), task, list(range(12)) * 2, 0.1, torch.Generator().manual_seed(0))
    settings = {"epochs": 2, "batch_size": 8} | changes
    model = train(toy_policy(), task.prompts, pairs, RewardConfig(**settings))  # type: ignore[arg-type]
    return margins(model, task.prompts, pairs).tolist()


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"epochs": 3}, {"batch_size": 6}, {"muon_lr": 0.02}, {"adamw_lr": 0.02}],
)
def test_a_setting_has_an_effect(change: dict[str, float]) -> None:
    assert course() == course() != course(**change)


def test_steps_are_of_full_batches_at_rates_that_rise_and_fall(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loss, rate = Mock(wraps=bradley_terry_loss), Mock(wraps=short_training.set_learning_rate)
    monkeypatch.setattr(reward_model, "bradley_terry_loss", loss)
    monkeypatch.setattr(short_training, "set_learning_rate", rate)
    pairs = [Pair(0, [9, END], [WANTED, END])] * 11
    train(toy_policy(), toy_task().prompts, pairs, RewardConfig(epochs=3, batch_size=4))
    assert [len(call.args[0]) for call in loss.call_args_list] == [4] * 8  # one pair is left over
    factors = [call.args[1] for call in rate.call_args_list]
    assert len(factors) == 8 and factors[0] < max(factors) == 1 and factors[-1] < 0.5


def test_as_many_pairs_as_fill_a_batch_are_enough() -> None:
    pairs = [Pair(0, [9, END], [WANTED, END])] * 4
    model = train(toy_policy(), toy_task().prompts, pairs, RewardConfig(batch_size=4))
    assert margins(model, toy_task().prompts, pairs).shape == (4,)
