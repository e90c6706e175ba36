"""Raters choose as Bradley and Terry say, and what is no choice is refused."""

import math

import pytest
import torch

from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.chat import TEMPLATE
from snippets.post_training.rewards.preferences import (
    Pair,
    agreement,
    batched,
    collect,
    metre,
    preference,
    sides,
    verse_task,
)
from snippets.post_training.verse import Prompt, prompts
from tests.snippets.post_training.answers import toy_policy, toy_task


def test_preference_is_what_gumbel_noise_on_utilities_makes() -> None:
    """The first is chosen where its utility and its noise sum to more."""
    torch.manual_seed(0)
    noise = torch.distributions.Gumbel(0.0, 0.3).sample((200_000, 2))
    wins = (0.5 + noise[:, 0] > 0.2 + noise[:, 1]).float().mean()
    expected = preference(torch.tensor(0.5), torch.tensor(0.2), 0.3)
    torch.testing.assert_close(wins, expected, atol=0.005, rtol=0)


def test_preference_by_hand() -> None:
    first, second = torch.tensor([0.5, 0.75, 0.0]), torch.tensor([0.5, 0.5, 1.0])
    found = preference(first, second, 0.25)
    expected = [0.5, 1 / (1 + math.exp(-1)), 1 / (1 + math.exp(4))]
    torch.testing.assert_close(found, torch.tensor(expected))
    torch.testing.assert_close(preference(second, first, 0.25), 1 - found)
    with pytest.raises(ValueError, match="noise=0"):
        preference(first, second, 0)


def test_agreement_of_two_raters() -> None:
    assert agreement(torch.tensor([0.5])) == 0.5
    assert agreement(torch.tensor([1.0, 0.0])) == 1
    assert agreement(torch.tensor([0.84])) == pytest.approx(0.84**2 + 0.16**2)


@pytest.mark.parametrize(
    ("chosen", "rejected", "said"),
    [([], [1], "empty answer: 0 and 1"), ([1], [], "empty"), ([1, 2], (1, 2), "equal: no choice")],
)
def test_no_choice_is_no_pair(chosen: list, rejected: list, said: str) -> None:
    with pytest.raises(ValueError, match=f"prompt 4.*{said}"):
        Pair(4, chosen, rejected)


def test_sides_have_the_chosen_first() -> None:
    texts = sides([[1, 2], [3]], [Pair(0, [5], [6, 7]), Pair(1, [8, 9], [5])])
    answers = [row[mask].tolist() for row, mask in zip(texts.ids[:, 1:], texts.answer, strict=True)]
    assert answers == [[5], [8, 9], [6, 7], [5]]
    assert texts.ids[:, 0].tolist() == [1, 3, 1, 3]


def test_with_little_noise_the_better_answer_is_chosen() -> None:
    policy, task = toy_policy(), toy_task()
    pairs = collect(policy, task, range(12), 1e-4, torch.Generator().manual_seed(0))
    assert pairs and all(pair.gap >= 0 for pair in pairs)
    for pair in pairs:
        good, bad = task.judge([pair.place] * 2, [pair.chosen, pair.rejected])
        assert good - bad == pytest.approx(pair.gap, abs=1e-6)


def test_with_noise_raters_err_as_often_as_they_should() -> None:
    policy, task = toy_policy(), toy_task()
    generator = torch.Generator().manual_seed(0)
    pairs = collect(policy, task, list(range(12)) * 60, 0.3, generator)
    gaps = torch.tensor([pair.gap for pair in pairs]).abs()
    expected = preference(gaps, torch.zeros_like(gaps), 0.3)[gaps > 0].mean().item()
    right = [pair.gap > 0 for pair in pairs if pair.gap]
    error = math.sqrt(expected * (1 - expected) / len(right))
    assert abs(sum(right) / len(right) - expected) < 4 * error


def test_a_taste_for_length_is_part_of_the_utility() -> None:
    policy, task = toy_policy(), toy_task()
    generator = torch.Generator().manual_seed(0)
    pairs = collect(policy, task, list(range(12)) * 4, 1e-4, generator, taste=100.0)
    assert all(len(pair.chosen) >= len(pair.rejected) for pair in pairs)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (f"To be, or not to be{TEMPLATE.end}", 1),
        (f"To be, or not{TEMPLATE.end}", 1 / 3),
        (f"To be, or not to be, now{TEMPLATE.end}", 1 / 2),
        ("To be, or not to be", 0),
        (f"To be, or xqzx to be{TEMPLATE.end}", 0),
        (TEMPLATE.end, 0),
    ],
)
def test_metre_counts_syllables_of_lines_that_end(answer: str, expected: float) -> None:
    assert metre(Prompt("T", 6), answer) == pytest.approx(expected)
    assert metre(Prompt("S", 6), answer) == 0


def test_the_task_judges_verse() -> None:
    characters = [chr(i) for i in range(32, 127)]
    tokenizer = CharTokenizer([*characters, "\n", *TEMPLATE.tokens])
    for held_out in (False, True):
        task, asked = verse_task(tokenizer, held_out), prompts(held_out)
        place = next(place for place, prompt in enumerate(asked) if prompt.letter == "T")
        text = f"{TEMPLATE.user}{asked[place].text}{TEMPLATE.end}{TEMPLATE.assistant}"
        assert tokenizer.decode(task.prompts[place]) == text and len(task.prompts) == len(asked)
        answer = f"To be, or not to be{TEMPLATE.end}"
        found = task.judge([place], [tokenizer.encode(answer)])
        assert found == [metre(asked[place], answer)] and found[0] > 0
        assert task.end == tokenizer.ids[TEMPLATE.end] and task.longest == 60
        assert verse_task(tokenizer, held_out, longest=9).longest == 9


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_reward_that_is_not_finite_makes_no_pairs(wrong: float) -> None:
    task = toy_task()._replace(judge=lambda places, answers: [1.0, wrong])
    with pytest.raises(ValueError, match=f"answer 1 is {wrong}, not finite"):
        collect(toy_policy(), task, [0, 1], 0.1, torch.Generator().manual_seed(0))


def test_two_equal_answers_make_no_pair() -> None:
    """A policy that writes nothing but the end gives nobody a choice."""
    policy, task = toy_policy(), toy_task()
    pairs = collect(policy, task._replace(longest=1), list(range(12)) * 20, 0.1,
                    torch.Generator().manual_seed(0))  # fmt: skip
    assert 0 < len(pairs) < 240 and all(pair.chosen != pair.rejected for pair in pairs)


def test_a_word_of_two_pronunciations_counts_as_it_fits_better() -> None:
    """The dictionary has "fire" with one syllable and with two."""
    for asked, expected in ((1, 1), (2, 1), (3, 1 / 2)):
        assert metre(Prompt("F", asked), f"Fire{TEMPLATE.end}") == pytest.approx(expected)


def test_portions_are_all_prompts_in_their_order() -> None:
    prompts = [[n] for n in range(300)]
    portions = batched(prompts)
    assert [ids for some in portions for ids in some] == prompts
    assert max(map(len, portions)) == 128


def test_answers_are_drawn_at_the_temperature_of_the_policy() -> None:
    """A token comes as often as the policy says it does."""
    policy, task = toy_policy(), toy_task()
    with torch.no_grad():
        policy.head.weight.mul_(200.0)  # with opinions
        p = policy(torch.tensor([list(task.prompts[0])]))[0, -1].softmax(-1)
    generator = torch.Generator().manual_seed(0)
    pairs = collect(policy, task._replace(longest=1), [0] * 3000, 1.0, generator)
    both = torch.tensor([[*pair.chosen, *pair.rejected] for pair in pairs]).flatten()
    unequal = p * (1 - p) / (1 - p.square().sum())  # equal answers make no pair
    found = both.bincount(minlength=len(p)) / len(both)
    torch.testing.assert_close(found, unequal, atol=0.03, rtol=0)
    assert p.max() > 0.1


def test_pairs_and_choices_are_those_of_the_generator_alone() -> None:
    policy, task = toy_policy(), toy_task()
    found = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        found.append(collect(policy, task, range(12), 1.0, torch.Generator().manual_seed(0)))
    assert found[0] == found[1]
    assert found[0] != collect(policy, task, range(12), 1.0, torch.Generator().manual_seed(1))
