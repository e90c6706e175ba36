"""Which of two answers is better: pairs, and raters who choose as people do, with some noise.

The raters are simulated. What they find good is the program that checks verse; how sure they are is
a number. A difference of two utilities with Gumbel noise is logistic, so that they choose as
Bradley and Terry (1952) say.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.chat import END, render
from snippets.post_training.reinforcement.rollouts import Ids, Rollouts, Task, check_rewards, write
from snippets.post_training.verse import Prompt, parts, prompts, syllables, words_of
from snippets.transformer.minigpt import MiniGPT


@dataclass(frozen=True)
class Pair:
    """Two answers to a prompt, given by its place, of which one was preferred.

    Raises:
        ValueError: an answer is empty, or both are the same.
    """

    place: int
    chosen: Ids
    rejected: Ids
    gap: float = 0.0  # the utility of the chosen answer less that of the other: who errs has < 0

    def __post_init__(self) -> None:
        if not len(self.chosen) or not len(self.rejected):
            lengths = f"{len(self.chosen)} and {len(self.rejected)} tokens"
            raise ValueError(f"a pair for prompt {self.place} has an empty answer: {lengths}")
        if list(self.chosen) == list(self.rejected):
            raise ValueError(f"the answers of a pair for prompt {self.place} are equal: no choice")


def sides(prompts: Sequence[Ids], pairs: Sequence[Pair]) -> Rollouts:
    """The chosen answers of N pairs, then the rejected ones, (2N, T + 1)."""
    asked = [prompts[pair.place] for pair in pairs]
    answers = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
    return Rollouts.of(asked * 2, answers)


def preference(first: Tensor, second: Tensor, noise: float) -> Tensor:
    """The probability that a rater prefers the first answer, from the utilities of both.

    σ((first − second) / noise): Bradley and Terry 1952. With little noise the better one nearly
    always wins; with much, it is a coin toss. Raises ValueError for noise that is not positive.
    """
    if not noise > 0:
        raise ValueError(f"noise={noise} must be above 0")
    return ((first - second) / noise).sigmoid()


def agreement(probability: Tensor) -> float:
    """How often two raters choose alike who each prefer the first with these probabilities."""
    return (probability**2 + (1 - probability) ** 2).mean().item()


def collect(
    policy: MiniGPT,
    task: Task,
    places: Sequence[int],
    noise: float,
    generator: torch.Generator,
    taste: float = 0.0,
) -> list[Pair]:
    """Two sampled answers to each prompt, and which of them a rater preferred.

    The utility of an answer is its reward, and `taste` for each of its tokens: raters who like long
    answers. Where both answers are the same, there is no pair.
    """
    prompts = [task.prompts[place] for place in places]
    first, second = (
        [
            a
            for some in batched(prompts)
            for a in write(policy, some, task.end, task.longest, generator)
        ]
        for _ in range(2)
    )
    utilities = [
        check_rewards(task.judge(places, answers)) + taste * torch.tensor([len(a) for a in answers])
        for answers in (first, second)
    ]
    likes = torch.rand(len(places), generator=generator) < preference(*utilities, noise)  # type: ignore[call-arg,arg-type]
    gaps = (utilities[0] - utilities[1]).tolist()
    rows = zip(places, first, second, likes.tolist(), gaps, strict=True)
    return [
        Pair(place, a, b, gap) if liked else Pair(place, b, a, -gap)
        for place, a, b, liked, gap in rows
        if a != b
    ]


def batched(prompts: Sequence[Ids], size: int = 128) -> list[Sequence[Ids]]:
    """Prompts in portions, so that few are padded and none waits long for the longest."""
    return [prompts[i : i + size] for i in range(0, len(prompts), size)]


def metre(prompt: Prompt, answer: str) -> float:
    """How close a line comes to the syllables asked for: 1 if exact, 1/2 if one off, then 1/3, ...

    0 for an answer that does not end, that has a word which isn't in the dictionary, or that begins
    with another letter than was asked for.
    """
    found = parts(prompt, answer)
    if not (found["ended"] and found["words"] and found["letter"]):
        return 0.0
    counts = syllables(words_of(answer.removesuffix(END)))
    return 1 / (1 + min(abs(count - prompt.syllables) for count in counts))  # (!)


def verse_task(tokenizer: CharTokenizer, held_out: bool, longest: int = 60) -> Task:
    """Verse by instruction, judged by its metre."""
    asked = prompts(held_out)

    def judge(places: Sequence[int], answers: Sequence[Ids]) -> list[float]:
        texts = [tokenizer.decode(ids) for ids in answers]
        return [metre(asked[place], text) for place, text in zip(places, texts, strict=True)]

    ids = [tokenizer.encode(render(prompt.text)) for prompt in asked]
    return Task(ids, judge, tokenizer.ids[END], longest)
