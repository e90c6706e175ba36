"""PPO's parts obey the papers' formulas, written out as sums, and trl's where it has them."""

from functools import partial

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from snippets.post_training.reinforcement.ppo import (
    PPOConfig,
    Step,
    ValueHead,
    advantages,
    clipped_gain,
    penalized_rewards,
    policy_loss,
    train,
    update,
    value_loss,
)
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
NEW, OLD, REFERENCE, VALUES, GAINS = random_likelihoods(TEXTS, 5)


@given(gamma=st.sampled_from([1.0, 0.9]), lam=st.sampled_from([0.0, 0.5, 0.95, 1.0]))
def test_advantages_are_the_sum_of_discounted_surprises(gamma: float, lam: float) -> None:
    """Schulman et al. 2016, equation 16, as the sum that it is, for each answer alone."""
    found, returns = advantages(GAINS, VALUES, TEXTS.answer, gamma, lam)
    assert not found[~TEXTS.answer].any()
    for row, answer in enumerate(TEXTS.answer):
        r, v = GAINS[row, answer].tolist(), [*VALUES[row, answer].tolist(), 0.0]
        delta = [r[t] + gamma * v[t + 1] - v[t] for t in range(len(r))]
        for t, got in enumerate(found[row, answer].tolist()):
            expected = sum((gamma * lam) ** k * delta[t + k] for k in range(len(r) - t))
            assert got == pytest.approx(expected, abs=1e-5)
            assert returns[row, answer][t].item() == pytest.approx(expected + v[t], abs=1e-5)


def test_with_lambda_1_an_advantage_is_what_came_less_what_was_expected() -> None:
    found, returns = advantages(GAINS, VALUES, TEXTS.answer, 1.0, 1.0)
    for row, answer in enumerate(TEXTS.answer):
        to_come = GAINS[row, answer].flip(0).cumsum(0).flip(0)
        torch.testing.assert_close(returns[row, answer], to_come, atol=1e-5, rtol=1e-5)
        assert torch.allclose(found[row, answer], to_come - VALUES[row, answer], atol=1e-5)


def test_rewards_sum_to_the_score_less_the_penalty() -> None:
    scores = torch.arange(len(NEW)).float()
    found = penalized_rewards(scores, NEW, REFERENCE, TEXTS.answer, beta=0.3)
    penalty = ((NEW - REFERENCE) * TEXTS.answer).sum(-1)
    torch.testing.assert_close(found.sum(-1), scores - 0.3 * penalty, atol=1e-5, rtol=1e-5)
    free = penalized_rewards(scores, NEW, REFERENCE, TEXTS.answer, beta=0.0)
    for row, answer in enumerate(TEXTS.answer):  # all of the score at the answer's last token
        assert free[row, int(answer.nonzero().max())] == scores[row]
        assert free[row].count_nonzero() == (scores[row] != 0)


def test_the_policy_loss_is_trls() -> None:
    """GRPOTrainer's with one advantage per token, no KL term, and a mean over all tokens."""
    ours = policy_loss(NEW, OLD, GAINS, TEXTS.answer, clip=0.2)
    theirs = trl_trainers.grpo("bnpo", NEW, OLD, REFERENCE, GAINS, TEXTS.answer, 0.2, 0.0)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_the_policy_loss_by_hand() -> None:
    """Ratios 2 and 1/2: clipped at 1.2 and 0.8 where that makes the gain smaller."""
    answer = torch.ones(1, 4, dtype=torch.bool)
    new = torch.tensor([[2.0, 2.0, 0.5, 0.5]]).log()
    gains = clipped_gain(new, torch.zeros(1, 4), torch.tensor([[1.0, -1.0, 1.0, -1.0]]), 0.2)
    torch.testing.assert_close(gains, torch.tensor([[1.2, -2.0, 0.5, -0.8]]))
    loss = policy_loss(new, torch.zeros(1, 4), torch.ones(1, 4), answer)
    assert loss.item() == pytest.approx(-(1.2 + 1.2 + 0.5 + 0.5) / 4)


def test_the_first_step_follows_the_policy_gradient() -> None:
    new = OLD.clone().requires_grad_()
    policy_loss(new, OLD, GAINS, TEXTS.answer).backward()
    assert new.grad is not None
    expected = -GAINS * TEXTS.answer / TEXTS.answer.sum()  # of the mean of −A ln π
    torch.testing.assert_close(new.grad, expected, atol=1e-6, rtol=1e-5)


def test_a_token_that_moved_too_far_has_no_gradient() -> None:
    new = torch.tensor([[0.5, -0.5]], requires_grad=True)
    answer = torch.ones(1, 2, dtype=torch.bool)
    policy_loss(new, torch.zeros(1, 2), torch.tensor([[1.0, -1.0]]), answer).backward()
    assert new.grad is not None and not new.grad.any()


def test_the_value_loss_is_the_mean_square_over_answers() -> None:
    expected = (VALUES - GAINS)[TEXTS.answer].square().mean()
    torch.testing.assert_close(value_loss(VALUES, GAINS, TEXTS.answer), expected)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match=r"old \(6, 3\) and answer"):
        policy_loss(NEW, OLD[:, :3], GAINS, TEXTS.answer)
    with pytest.raises(ValueError, match="without a token"):
        value_loss(VALUES, GAINS, torch.zeros_like(TEXTS.answer))
    with pytest.raises(ValueError, match="values"):
        advantages(GAINS, VALUES[:1], TEXTS.answer)


def test_the_value_head_leaves_the_policy_as_it_is() -> None:
    policy = toy_policy()
    head = ValueHead(policy)
    logits, values = head(TEXTS.ids)
    torch.testing.assert_close(logits, policy(TEXTS.ids))
    assert values.shape == TEXTS.ids.shape and not values.any()
    with torch.no_grad():
        head.read.weight.copy_(policy.head.weight[3:4])  # it reads what the policy's own head reads
        logits, values = head(TEXTS.ids)
        torch.testing.assert_close(values, logits[..., 3])
    before = len(policy.norm._forward_hooks)
    with pytest.raises(ValueError, match="context"):
        head(torch.zeros(1, 99, dtype=torch.long))
    assert len(policy.norm._forward_hooks) == before == 0


def test_training_raises_the_reward() -> None:
    policy = toy_policy()
    steps = list(train(policy, toy_task(), PPOConfig(steps=30, prompts=12, lr=0.01)))
    assert all(parameter.grad is None for parameter in policy.parameters())  # each has its own
    assert steps[0].kl < 1e-6 < 0.01 < steps[-1].kl
    assert sum(s.reward for s in steps[-5:]) > 3 * sum(s.reward for s in steps[:5])


def test_a_high_price_keeps_the_policy_near_its_reference() -> None:
    def end(beta: float) -> float:
        settings = PPOConfig(steps=15, prompts=12, lr=0.01, beta=beta)
        return list(train(toy_policy(), toy_task(), settings))[-1].kl

    assert end(beta=1.0) < end(beta=0.0) / 3


def test_training_stops_where_kl_runs_away_or_a_reward_is_not_finite() -> None:
    settings = PPOConfig(steps=30, prompts=12, lr=0.05, kl_limit=0.5)
    check_training_stops(partial(train, settings=settings), not_finite=float("nan"))


def test_the_value_head_learns_the_return() -> None:
    """Where each answer scores 3 and nothing else counts, 3 is to be expected at each token."""
    both, reference = ValueHead(toy_policy()), toy_policy()
    optimizer = torch.optim.Adam(both.read.parameters(), lr=0.1)
    settings = PPOConfig(updates=1, beta=0.0, lam=1.0)
    for _ in range(150):
        update(both, reference, optimizer, TEXTS, torch.full((6,), 3.0), settings)
    values = both(TEXTS.ids[:, :-1])[1][TEXTS.answer]
    torch.testing.assert_close(values, torch.full_like(values, 3.0), atol=0.2, rtol=0)


def test_a_step_has_so_many_updates() -> None:
    both = ValueHead(toy_policy())
    counted: list[int] = []
    optimizer = torch.optim.SGD(both.parameters(), lr=0.0)
    optimizer.register_step_post_hook(lambda *_: counted.append(1))
    update(both, toy_policy(), optimizer, TEXTS, torch.ones(6), PPOConfig(updates=3))
    assert len(counted) == 3


def test_a_step_reports_the_policy_before_it() -> None:
    policy, task = toy_policy(), toy_task()
    steps = train(policy, task, PPOConfig(steps=12, prompts=96, lr=0.01))
    for _ in range(11):
        next(steps)
    expected = measure(policy, toy_policy(), task, list(range(12)) * 20, seed=1)
    found = next(steps)
    assert found.kl == pytest.approx(expected.kl, rel=0.4)
    assert found.reward == pytest.approx(expected.reward, abs=0.15)


def course(bonus: float = 0.0, **changes: float) -> list[Step]:
    task = toy_task()
    judge = lambda places, answers: [r + bonus for r in task.judge(places, answers)]  # noqa: E731
    settings = {"steps": 4, "prompts": 12, "lr": 0.01} | changes
    made = PPOConfig(**settings)  # type: ignore[arg-type]
    return list(train(toy_policy(), task._replace(judge=judge), made))


@pytest.mark.parametrize(
    "change",
    [
        *({"seed": 1}, {"lam": 0.0}, {"clip": 1e-3}, {"updates": 1}, {"value_lr": 0.1}),
        *({"value_weight": 0.0}, {"beta": 0.5}, {"lr": 0.005}),
    ],
)
def test_a_setting_has_an_effect(change: dict[str, float]) -> None:
    assert course() == course() != course(**change)


def test_what_every_answer_gets_teaches_nothing() -> None:
    """Advantages count from their mean, even where the value head knows nothing."""
    changes = {"lam": 1.0, "value_weight": 0.0, "beta": 0.0}
    plain, raised = ([s.kl for s in course(bonus, **changes)] for bonus in (0.0, 5.0))
    assert plain == pytest.approx(raised, rel=0.01, abs=1e-6)


def test_tensors_stay_on_the_device_they_came_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tried on PyTorch's device without numbers, whose values no check can look at."""
    monkeypatch.setattr(
        "snippets.post_training.reinforcement.ppo.check_shapes", lambda *_, **__: None
    )
    answer = torch.ones(2, 3, dtype=torch.bool, device="meta")
    values, scores = torch.zeros(2, 3, device="meta"), torch.zeros(2, device="meta")
    rewards = penalized_rewards(scores, values, values, answer, beta=0.1)
    found = [rewards, *advantages(rewards, values, answer)]
    found += ValueHead(toy_policy().to("meta"))(torch.zeros(2, 3, dtype=torch.long, device="meta"))
    assert {tensor.device.type for tensor in found} == {"meta"}


def test_what_is_not_stated_is_what_the_papers_took() -> None:
    """Clipped at 0.2 (Schulman et al. 2017, table 3), λ = 0.95, and nothing discounted."""
    losses = [policy_loss(3 * NEW, OLD, GAINS, TEXTS.answer, *more) for more in ((), (0.2,))]
    assert losses[0] == losses[1]
    plain, stated = (advantages(GAINS, VALUES, TEXTS.answer, *more) for more in ((), (1.0, 0.95)))
    assert all(map(torch.equal, plain, stated))


def test_steps_are_short_and_the_value_head_has_a_rate_of_its_own() -> None:
    settings = PPOConfig(steps=2, prompts=12, lr=1e-3, value_lr=2e-3, value_weight=1e4)
    check_steps(lambda: train(toy_policy(), toy_task(), settings), 1e-3, 2e-3)


def test_a_value_is_one_number() -> None:
    policy = toy_policy()
    read = ValueHead(policy).read
    assert read.weight.shape == (1, policy.config.d_model) and read.bias.shape == (1,)
