"""DPO's loss is trl's, and vanishes with the pairs that it has learned."""

import math

import pytest
import torch

from snippets.post_training.reinforcement.dpo import (
    DPOConfig,
    DPOStep,
    answer_log_likelihoods,
    dpo_loss,
    train,
)
from snippets.post_training.reinforcement.ppo import PPOConfig
from snippets.post_training.reinforcement.rollouts import Rollouts, Runaway, measure
from snippets.post_training.rewards.preferences import Pair, collect
from tests.snippets.post_training import trl_trainers
from tests.snippets.post_training.answers import (
    END,
    check_steps,
    random_likelihoods,
    random_rollouts,
    toy_policy,
    toy_task,
)
from tests.snippets.transformer.test_minigpt import TINY, tiny

TEXTS = random_rollouts(8)
POLICY, REFERENCE = random_likelihoods(TEXTS, 2)


@pytest.mark.parametrize("beta", [0.1, 0.5])
def test_the_loss_is_trls(beta: float) -> None:
    (chosen, rejected), (r_chosen, r_rejected) = (
        (x * TEXTS.answer).sum(-1).chunk(2) for x in (POLICY, REFERENCE)
    )
    ours = dpo_loss(chosen, rejected, r_chosen, r_rejected, beta)
    theirs = trl_trainers.dpo(POLICY, REFERENCE, TEXTS.answer, beta)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_at_the_reference_it_is_ln_2_and_pushes_a_pair_apart() -> None:
    """The slope in the chosen answer is −β/2 at first: half the weight that a wrong pair has."""
    reference = torch.tensor([-10.0, -12.0])
    chosen, rejected = reference.clone().requires_grad_(), reference.clone().requires_grad_()
    loss = dpo_loss(chosen, rejected, reference, reference, beta=0.2)
    loss.backward()
    assert loss.item() == pytest.approx(math.log(2))
    assert chosen.grad is not None and rejected.grad is not None
    torch.testing.assert_close(chosen.grad, torch.full((2,), -0.2 / 2 / 2))
    torch.testing.assert_close(rejected.grad, -chosen.grad)


def test_only_the_margin_counts() -> None:
    a, b, c, d = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(dpo_loss(a + 3, b + 3, c, d), dpo_loss(a, b, c, d))
    assert dpo_loss(a + 300, b, c, d) < 1e-6 < dpo_loss(a, b, c, d)


def test_an_answers_likelihood_is_that_of_its_tokens() -> None:
    model = tiny(TINY["ours"])
    with torch.no_grad():
        found = answer_log_likelihoods(model, TEXTS)
        logits = model(TEXTS.ids[:, :-1]).log_softmax(-1)
    for row, answer in enumerate(TEXTS.answer):
        places = answer.nonzero()[:, 0]
        expected = sum(logits[row, t, TEXTS.ids[row, t + 1]] for t in places)
        torch.testing.assert_close(found[row], expected, atol=1e-5, rtol=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    some, none = torch.zeros(3), torch.zeros(0)
    with pytest.raises(ValueError, match="N > 0"):
        dpo_loss(none, none, none, none)
    with pytest.raises(ValueError, match=r"\(2,\)"):
        dpo_loss(some, some[:2], some, some)
    with pytest.raises(ValueError, match="beta=0"):
        dpo_loss(some, some, some, some, beta=0)


def test_training_on_pairs_raises_the_reward() -> None:
    policy, task = toy_policy(), toy_task()
    places = list(range(len(task.prompts))) * 20
    pairs = collect(policy, task, places, 0.02, torch.Generator().manual_seed(0))
    before = measure(policy, toy_policy(), task, places, seed=1)
    losses = list(
        train(policy, task.prompts, pairs, DPOConfig(steps=40, batch_size=24, lr=0.01, beta=0.1))
    )
    after = measure(policy, toy_policy(), task, places, seed=1)
    assert losses[0].loss == pytest.approx(math.log(2), abs=1e-5) and before.kl < 1e-6
    assert len(losses) == 40 and all(p.grad is None for p in policy.parameters())
    assert losses[-1].loss < 0.67 and losses[-1].right > 0.7
    assert after.reward > 1.5 * before.reward and after.kl > 0.01


def test_training_stops_where_kl_runs_away() -> None:
    policy, task = toy_policy(), toy_task()
    pairs = collect(policy, task, range(12), 0.02, torch.Generator().manual_seed(0))
    settings = DPOConfig(steps=60, batch_size=6, lr=0.1, beta=0.1, kl_limit=0.5)
    with pytest.raises(Runaway, match=r"step \d+: KL of"):
        list(train(policy, task.prompts, pairs, settings))


def test_no_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match="no pairs"):
        next(train(toy_policy(), toy_task().prompts, [], DPOConfig()))


LONGER = [Pair(place, [9, 9, 9, END], [9, END]) for place in range(12)]


def course(pairs: list[Pair], **changes: float) -> list[DPOStep]:
    settings = {"steps": 4, "batch_size": 4, "lr": 0.01, "beta": 0.1} | changes
    made = DPOConfig(**settings)  # type: ignore[arg-type]
    return list(train(toy_policy(), toy_task().prompts, pairs, made))


@pytest.mark.parametrize("change", [{"seed": 1}, {"beta": 0.5}, {"batch_size": 3}, {"lr": 0.02}])
def test_a_setting_has_an_effect(change: dict[str, float]) -> None:
    pairs = collect(toy_policy(), toy_task(), range(12), 0.02, torch.Generator().manual_seed(0))
    assert course(pairs) == course(pairs) != course(pairs, **change)


def test_an_implied_reward_is_no_likelihood() -> None:
    """A longer answer stays less likely than a shorter one, and is preferred all the same."""
    steps = course(LONGER)
    assert len(steps) == 4 and steps[-1].right == 1
    policy = toy_policy()
    list(train(policy, toy_task().prompts, LONGER, DPOConfig(4, 4, 0.01, 0.1)))
    for pair in LONGER:
        asked = [toy_task().prompts[pair.place]] * 2
        both = answer_log_likelihoods(policy, Rollouts.of(asked, [pair.chosen, pair.rejected]))
        assert both[0] < both[1]


def test_what_is_reported_is_per_answer() -> None:
    """Copies of one pair: a larger batch has the same loss and the same divergence."""
    few, many = (course(LONGER[:1] * 8, batch_size=size) for size in (2, 8))
    for a, b in zip(few, many, strict=True):
        assert a == pytest.approx(b, rel=1e-3, abs=1e-6)
    assert few[-1].kl > 1e-4


def test_before_the_first_step_no_pair_is_right_and_beta_is_a_tenth() -> None:
    assert course(LONGER)[0].right == 0  # all implied rewards are equal
    a, b, c, d = torch.randn(4, 5, generator=torch.Generator().manual_seed(0))
    assert dpo_loss(a, b, c, d) == dpo_loss(a, b, c, d, beta=0.1)


def test_answers_of_a_step_limit_and_seed_are_those_of_ppo() -> None:
    assert PPOConfig().prompts == 2 * DPOConfig().batch_size
    assert (PPOConfig().kl_limit, PPOConfig().seed) == (DPOConfig().kl_limit, DPOConfig().seed)


def test_steps_are_short() -> None:
    settings = DPOConfig(steps=3, batch_size=4, lr=1e-3, beta=1e4)
    check_steps(lambda: train(toy_policy(), toy_task().prompts, LONGER, settings), 1e-3)
