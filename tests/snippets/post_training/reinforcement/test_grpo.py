"""GRPO's loss is trl's, and its advantages compare an answer with its group alone."""

from functools import partial

import pytest
import torch

from snippets.post_training.reinforcement.grpo import GRPOConfig, group_advantages, grpo_loss, train
from snippets.post_training.reinforcement.ppo import PPOConfig, Step
from snippets.post_training.reinforcement.rollouts import measure
from tests.snippets.post_training import trl_trainers
from tests.snippets.post_training.answers import (
    check_steps,
    check_training_stops,
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


@pytest.mark.parametrize("reward", [0.1, 0.7, 1000.1, -1e6 / 3])
def test_equals_teach_nothing_whatever_their_mean_is_rounded_to(reward: float) -> None:
    assert not group_advantages(torch.full((3, 7), reward)).any()
    mixed = torch.tensor([[reward] * 3, [0.0, 0.0, 1.0]])
    assert group_advantages(mixed)[1].isfinite().all() and not group_advantages(mixed)[0].any()


def test_a_group_of_one_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\(3, 1\)"):
        group_advantages(torch.ones(3, 1))
    with pytest.raises(ValueError, match="reference"):
        grpo_loss(NEW, OLD, REFERENCE[:2], GAINS, TEXTS.answer)


def test_training_raises_the_reward() -> None:
    settings = GRPOConfig(steps=25, prompts=4, group=12, lr=0.015)
    policy = toy_policy()
    steps = list(train(policy, toy_task(), settings))
    assert all(parameter.grad is None for parameter in policy.parameters())  # each has its own
    assert steps[0].kl < 1e-6 < 0.01 < steps[-1].kl
    assert sum(s.reward for s in steps[-5:]) > 3 * sum(s.reward for s in steps[:5])


def test_training_stops_where_kl_runs_away_or_a_reward_is_not_finite() -> None:
    settings = GRPOConfig(steps=30, prompts=3, group=6, lr=0.05, kl_limit=0.5)
    check_training_stops(partial(train, settings=settings), not_finite=float("inf"))


def test_a_reward_of_the_prompt_alone_teaches_nothing() -> None:
    """Answers are compared with those to the same prompt: an easy prompt is no good answer."""
    policy, as_it_was = toy_policy(), toy_policy().state_dict()
    task = toy_task()._replace(judge=lambda places, answers: [float(place) for place in places])
    list(train(policy, task, GRPOConfig(steps=2, prompts=4, group=6, lr=0.01, beta=0.0)))
    assert all(torch.equal(now, as_it_was[name]) for name, now in policy.state_dict().items())


def test_a_step_reports_the_policy_before_it() -> None:
    policy, task = toy_policy(), toy_task()
    steps = train(policy, task, GRPOConfig(steps=12, prompts=12, group=8, lr=0.015))
    for _ in range(11):
        next(steps)
    expected = measure(policy, toy_policy(), task, list(range(12)) * 20, seed=1)
    found = next(steps)
    assert found.kl == pytest.approx(expected.kl, rel=0.4)
    assert found.reward == pytest.approx(expected.reward, abs=0.15)


def course(**changes: float) -> list[Step]:
    settings = {"steps": 4, "prompts": 4, "group": 6, "lr": 0.015} | changes
    return list(train(toy_policy(), toy_task(), GRPOConfig(**settings)))  # type: ignore[arg-type]


@pytest.mark.parametrize("change", [{"seed": 1}, {"beta": 1.0}, {"group": 4}, {"lr": 0.01}])
def test_a_setting_has_an_effect(change: dict[str, float]) -> None:
    assert course() == course() != course(**change)


def test_where_answers_are_used_once_nothing_is_clipped() -> None:
    """The policy that learns is the one that wrote them: all ratios are 1."""
    assert [s.kl for s in course(clip=1e-3)] == pytest.approx([s.kl for s in course(clip=10.0)])


def test_a_high_price_keeps_the_policy_near_its_reference() -> None:
    assert course(steps=15, beta=3.0)[-1].kl < course(steps=15, beta=0.0)[-1].kl / 2


def test_two_answers_are_a_group() -> None:
    found = group_advantages(torch.tensor([[1.0, 0.0]]))
    torch.testing.assert_close(found, torch.tensor([[0.5**0.5, -(0.5**0.5)]]), atol=2e-4, rtol=0)


def test_what_is_not_stated_is_what_the_paper_took() -> None:
    """β = 0.04 (Shao et al. 2024, section 4.2), and PPO's clip."""
    tensors = (3 * NEW, OLD, REFERENCE, GAINS, TEXTS.answer)
    assert grpo_loss(*tensors) == grpo_loss(*tensors, 0.2, 0.04)


def test_a_step_reads_as_many_answers_as_one_of_ppo() -> None:
    assert GRPOConfig().prompts * GRPOConfig().group == PPOConfig().prompts


@pytest.mark.parametrize("name", ["steps", "lr", "clip", "kl_limit", "seed"])
def test_what_both_methods_have_is_alike(name: str) -> None:
    assert getattr(GRPOConfig(), name) == getattr(PPOConfig(), name)


def test_steps_are_short() -> None:
    settings = GRPOConfig(steps=3, prompts=2, group=6, lr=1e-3, beta=1e5)
    check_steps(lambda: train(toy_policy(), toy_task(), settings), 1e-3)
