"""GRPO's loss is trl's, and its advantages compare an answer with its group alone."""

import pytest
import torch

from snippets.post_training.grpo import GRPOConfig, group_advantages, grpo_loss, train
from snippets.post_training.rollouts import Runaway
from tests.snippets.post_training import trl_trainers
from tests.snippets.post_training.answers import (
    random_likelihoods,
    random_rollouts,
    toy_policy,
    toy_task,
)

TEXTS = random_rollouts()
NEW, OLD, REFERENCE = random_likelihoods(TEXTS, 3)
GAINS = torch.tensor([1.0, -0.7, 0.2, 0.0, -1.3, 0.8])


@pytest.mark.parametrize(("clip", "beta"), [(0.2, 0.04), (0.1, 0.0), (0.3, 1.0)])
def test_the_loss_is_trls(clip: float, beta: float) -> None:
    ours = grpo_loss(NEW, OLD, REFERENCE, GAINS, TEXTS.answer, clip, beta)
    tensors = (NEW, OLD, REFERENCE, GAINS, TEXTS.answer)
    theirs = trl_trainers.grpo("grpo", *tensors, clip, beta)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_each_answer_counts_the_same_whatever_its_length() -> None:
    """At the start of a step, the gradients of an answer's tokens sum to −A / B."""
    new = OLD.clone().requires_grad_()
    grpo_loss(new, OLD, OLD, GAINS, TEXTS.answer).backward()
    assert new.grad is not None
    torch.testing.assert_close(new.grad.sum(-1), -GAINS / len(GAINS), atol=1e-6, rtol=1e-5)
    assert not new.grad[~TEXTS.answer].any()


def test_advantages_are_those_of_the_group() -> None:
    rewards = torch.tensor([[1.0, 2.0, 3.0], [0.5, 0.5, 0.5], [10.0, 20.0, 30.0]])
    found = group_advantages(rewards)
    torch.testing.assert_close(found[0], torch.tensor([-1.0, 0.0, 1.0]), atol=2e-4, rtol=0)
    torch.testing.assert_close(found[2], found[0], atol=2e-4, rtol=0)  # units do not matter
    assert not found[1].any()  # nothing to learn from equals


def test_a_group_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, 1\)"):
        group_advantages(torch.ones(3, 1))
    with pytest.raises(ValueError, match="reference"):
        grpo_loss(NEW, OLD, REFERENCE[:2], GAINS, TEXTS.answer)


def test_training_raises_the_reward() -> None:
    settings = GRPOConfig(steps=25, prompts=4, group=12, lr=0.015)
    steps = list(train(toy_policy(), toy_task(), settings))
    assert steps[0].kl < 1e-6 < 0.01 < steps[-1].kl
    assert sum(s.reward for s in steps[-5:]) > 3 * sum(s.reward for s in steps[:5])


def test_training_stops_where_kl_runs_away_or_a_reward_is_not_finite() -> None:
    settings = GRPOConfig(steps=30, prompts=3, group=6, lr=0.05, kl_limit=0.5)
    with pytest.raises(Runaway, match=r"step \d+: KL of"):
        list(train(toy_policy(), toy_task(), settings))
    broken = toy_task()._replace(judge=lambda places, answers: [float("inf")] * len(places))
    with pytest.raises(ValueError, match="not finite"):
        next(train(toy_policy(), broken, settings))
