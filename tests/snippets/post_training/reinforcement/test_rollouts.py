"""Answers are written as `generate` would, and masks, likelihoods and divergences fit them."""

import math
from statistics import mean

import pytest
import torch
from torch.distributions import Categorical, kl_divergence
from torch.nn import functional as F

from snippets.inference.generation import generate
from snippets.post_training.reinforcement.rollouts import (
    Ids,
    Rollouts,
    Runaway,
    check_divergence,
    check_rewards,
    divergences,
    masked_mean,
    measure,
    picked,
    rewarded,
    write,
)
from tests.snippets.post_training.answers import random_rollouts, toy_policy, toy_task
from tests.snippets.transformer.test_minigpt import TINY, tiny

MODEL = tiny(TINY["ours"])
END = 7


def test_the_mask_holds_the_answer_and_nothing_else() -> None:
    texts = Rollouts.of([[1, 2, 3], [4]], [[5], [6, 7, 8, 9]])
    assert texts.ids.tolist() == [[1, 2, 3, 5, 0], [4, 6, 7, 8, 9]]
    assert texts.answer.int().tolist() == [[0, 0, 1, 0], [1, 1, 1, 1]]
    assert texts.ids[:, 1:][texts.answer].tolist() == [5, 6, 7, 8, 9]
    assert texts.rows(torch.tensor([1])).answer.sum() == 4


@pytest.mark.parametrize(
    ("prompts", "answers", "said"),
    [([[1]], [[]], "answer 0 is empty"), ([[1], []], [[2], [2]], "prompt 1 is empty"),
     ([], [], "no answers")],
)  # fmt: skip
def test_nothing_is_refused(prompts: list, answers: list, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Rollouts.of(prompts, answers)


def test_cold_answers_are_those_of_generate() -> None:
    """Of unequal prompts, with ends at unequal places."""
    prompts = [[1, 2, 3], [4], [5, 6], [9, 8, 7, 6]]
    found = write(MODEL, prompts, END, 8, torch.Generator(), temperature=0)
    for prompt, answer in zip(prompts, found, strict=True):
        alone = generate(MODEL, prompt, 8, temperature=0, stop=[END])
        assert prompt + answer == alone


def test_answers_end_at_the_end_or_at_the_longest_and_follow_the_seed() -> None:
    prompts = [[1, 2, 3]] * 40

    def again(seed: int) -> list[list[int]]:
        return write(MODEL, prompts, END, 9, torch.Generator().manual_seed(seed))

    found = again(0)
    assert all(END not in answer[:-1] for answer in found)
    assert all(answer[-1] == END or len(answer) == 9 for answer in found)
    assert found == again(0) != again(1)


def test_answers_are_drawn_as_the_model_says() -> None:
    """The first token of many answers to one prompt is as frequent as its probability."""
    prompt, count = [3, 1, 2], 4000
    found = write(MODEL, [prompt] * count, END, 1, torch.Generator().manual_seed(0))
    shares = torch.bincount(torch.tensor(found)[:, 0], minlength=31) / count
    with torch.no_grad():
        expected = MODEL(torch.tensor([prompt]))[0, -1].softmax(-1)
    assert (shares - expected).abs().max() < 4 * 0.5 / math.sqrt(count)


def test_likelihoods_are_those_of_each_text_alone() -> None:
    texts = random_rollouts()
    with torch.no_grad():
        found = picked(MODEL(texts.ids[:, :-1]), texts.ids)
        for row, ids in enumerate(texts.ids):
            alone = ids[: int(texts.answer[row].nonzero().max()) + 2]
            loss = F.cross_entropy(MODEL(alone[None, :-1])[0], alone[1:], reduction="none")
            torch.testing.assert_close(found[row, : len(loss)], -loss, atol=1e-5, rtol=1e-5)


def test_the_mean_is_over_answers_tokens_only() -> None:
    values = torch.tensor([[1.0, 2, 9], [3, 9, 9]])
    answer = torch.tensor([[True, True, False], [True, False, False]])
    assert masked_mean(values, answer) == 2


def test_divergence_is_that_of_torch_and_what_samples_tell() -> None:
    torch.manual_seed(0)
    ours, theirs = torch.randn(5, 3, 11), torch.randn(5, 3, 11)
    answer = torch.tensor([[True, True, False]] * 5)
    per_token = kl_divergence(Categorical(logits=ours), Categorical(logits=theirs))
    expected = (per_token * answer).sum(-1)
    torch.testing.assert_close(divergences(ours, theirs, answer), expected, atol=1e-5, rtol=1e-5)
    assert divergences(ours, ours, answer).abs().max() < 1e-6
    drawn = Categorical(logits=ours).sample((20_000,))  # (20000, 5, 3)
    ratio = Categorical(logits=ours).log_prob(drawn) - Categorical(logits=theirs).log_prob(drawn)
    torch.testing.assert_close((ratio * answer).sum(-1).mean(0), expected, atol=0.08, rtol=0)


@pytest.mark.parametrize("nats", [20.5, math.nan, math.inf])
def test_a_runaway_is_stopped_with_step_and_value(nats: float) -> None:
    assert check_divergence(3, 19.9, 20) == 19.9
    with pytest.raises(Runaway, match=rf"step 17: KL of {nats:.3g} nats .* limit 20"):
        check_divergence(17, nats, 20)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
def test_a_reward_that_is_not_finite_is_refused(wrong: float) -> None:
    assert check_rewards([0.5, 1]).tolist() == [0.5, 1]
    with pytest.raises(ValueError, match=rf"answer 1 is {wrong}, not finite"):
        check_rewards([0.5, wrong])


def test_measured_is_what_answers_of_the_policy_say() -> None:
    policy, reference, task = toy_policy(), tiny(TINY["ours"], scale=0.3), toy_task()
    places = list(range(12)) * 8

    @torch.no_grad()
    def exact(prompt: Ids, answer: Ids) -> float:
        """The KL divergence at each token of one answer, summed."""
        ids, start = torch.tensor([[*prompt, *answer[:-1]]]), len(prompt) - 1
        ours, theirs = (Categorical(logits=m(ids)[0, start:]) for m in (policy, reference))
        return kl_divergence(ours, theirs).sum().item()

    found = measure(policy, reference, task, places, seed=0)
    prompts = [task.prompts[place] for place in places]
    generator = torch.Generator().manual_seed(0)
    answers = write(policy, prompts, task.end, task.longest, generator)
    assert found.reward == pytest.approx(sum(task.judge(places, answers)) / len(answers))
    assert found.length == sum(map(len, answers)) / len(answers)
    texts = Rollouts.of(prompts, answers)
    with torch.no_grad():
        ratio = picked(policy(texts.ids[:, :-1]), texts.ids) - picked(
            reference(texts.ids[:, :-1]), texts.ids
        )
    drawn = (ratio * texts.answer).sum(-1)  # one sample of the KL divergence per answer
    error = drawn.std().item() / len(answers) ** 0.5
    assert abs(found.kl - drawn.mean().item()) < 5 * error
    assert found.kl == pytest.approx(mean(map(exact, prompts, answers)), rel=1e-4)
    assert measure(policy, policy, task, places, seed=0).kl == pytest.approx(0, abs=1e-5)


def test_answers_and_rewards_are_of_the_prompts_at_their_places() -> None:
    policy, task = toy_policy(), toy_task()
    places = [3, 0, 3]
    texts, rewards = rewarded(policy, task, places, torch.Generator().manual_seed(0))
    prompts = [task.prompts[place] for place in places]
    answers = write(policy, prompts, task.end, task.longest, torch.Generator().manual_seed(0))
    assert torch.equal(texts.ids, Rollouts.of(prompts, answers).ids)
    assert rewards.tolist() == pytest.approx(task.judge(places, answers))
    spoilt = task._replace(judge=lambda places, answers: [math.nan] * len(places))
    with pytest.raises(ValueError, match="answer 0 is nan"):
        rewarded(policy, spoilt, places, torch.Generator())


def test_each_prompt_is_drawn_before_any_comes_again() -> None:
    drawn = toy_task(9).some(22, torch.Generator().manual_seed(0))
    assert sorted(drawn[:9]) == sorted(drawn[9:18]) == list(range(9)) and len(drawn) == 22
    assert len({*drawn[18:]}) == 4 and drawn[:9] != list(range(9))


def test_answers_go_to_a_device_together() -> None:
    texts = Rollouts.of([[1, 2]], [[3]]).to(torch.device("meta"))
    assert texts.ids.device.type == texts.answer.device.type == "meta"


def test_a_divergence_may_reach_its_limit() -> None:
    assert check_divergence(0, 20.0, 20) == 20


def test_a_temperature_of_one_is_that_of_the_policy() -> None:
    one, stated = (
        write(MODEL, [[1, 2]] * 20, END, 6, torch.Generator().manual_seed(0), *more)
        for more in ((), (1.0,))
    )
    assert one == stated


def test_prompts_are_drawn_as_the_generator_says() -> None:
    one, same, other = (
        toy_task().some(12, torch.Generator().manual_seed(seed)) for seed in (0, 0, 1)
    )
    assert one == same != other
