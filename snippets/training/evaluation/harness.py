"""A small evaluation harness: questions with choices, and which choice a model finds likeliest.

A language model answers no questions; it gives probabilities to texts. So each choice is put
behind the question's beginning, and the one that gets the highest probability is the answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.utils.rnn import pad_sequence

from snippets.foundations.ngrams.kneser_ney import KneserNey
from snippets.foundations.tokenizers import CharTokenizer
from snippets.transformer.minigpt import MiniGPT, device_of

# --8<-- [start:question]
Scorer = Callable[[Sequence[str]], list[NDArray[np.float64]]]
"""Of each text, the ln P of its characters but the first: what the harness asks of a model."""


@dataclass(frozen=True)
class Question:
    """The beginning of a text, and choices of how it goes on, one of which is right.

    Raises ValueError for an empty beginning or choice, a choice that comes twice, or an answer
    that is the place of none.
    """

    context: str
    choices: tuple[str, ...]
    answer: int  # the place of the right choice

    def __post_init__(self) -> None:
        if not self.context or "" in self.choices:
            raise ValueError(f"an empty beginning or choice: {self.context!r}, {self.choices}")
        if len(set(self.choices)) < max(2, len(self.choices)):
            raise ValueError(f"not two or more different choices: {self.choices}")
        if not 0 <= self.answer < len(self.choices):
            raise ValueError(f"answer {self.answer} of {len(self.choices)} choices")


# --8<-- [end:question]


# --8<-- [start:score]
def choice_scores(questions: Sequence[Question], scorer: Scorer) -> list[NDArray[np.float64]]:
    """The ln P of each choice after its beginning: an array (choices,) for each question."""
    texts = [q.context + choice for q in questions for choice in q.choices]  # (!)
    said = iter(scorer(texts))
    return [np.array([next(said)[-len(choice) :].sum() for choice in q.choices]) for q in questions]


def hits(
    questions: Sequence[Question],
    scores: Sequence[NDArray[np.float64]],
    per_character: bool = False,
) -> NDArray[np.bool_]:
    """Whether the right choice has the highest score, or score per character: (questions,)."""
    found = []
    for question, score in zip(questions, scores, strict=True):
        lengths = [len(choice) for choice in question.choices]
        best = int(np.argmax(score / lengths if per_character else score))  # (!)
        found.append(best == question.answer)
    return np.array(found)


# --8<-- [end:score]


def wilson(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """An interval for the accuracy that `right` answers of `count` come from (Wilson 1927).

    For z = 1.96 it covers the true one in about 95 of 100 evaluations. Raises ValueError where
    `right` lies outside 0 to `count`, or `count` is 0.
    """
    if not 0 <= right <= count or count < 1:
        raise ValueError(f"{right} of {count} answers can't be right")
    share, weight = right / count, z**2 / count
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * float(np.sqrt(share * (1 - share) / count + weight / count / 4))
    return middle - half, middle + half


def scorer_of_counts(model: KneserNey, tokenizer: CharTokenizer) -> Scorer:
    """What an n-gram model says of texts, one after the other."""
    return lambda texts: [model.log_probabilities(tokenizer.encode(text)) for text in texts]


def scorer_of_network(model: MiniGPT, tokenizer: CharTokenizer, batch_size: int = 64) -> Scorer:
    """What MiniGPT says of texts, many at a time; ValueError for one longer than its context."""

    @torch.no_grad()
    def score(texts: Sequence[str]) -> list[NDArray[np.float64]]:
        device, found = device_of(model), []
        for first in range(0, len(texts), batch_size):
            ids = [
                torch.tensor(tokenizer.encode(text)) for text in texts[first : first + batch_size]
            ]
            if (most := max(map(len, ids)) - 1) > model.config.context:
                raise ValueError(f"{most} characters exceed the context of {model.config.context}")
            batch = pad_sequence(ids, batch_first=True)  # padded at the end, where nobody looks
            batch = batch.to(device)
            said = model(batch[:, :-1]).float().log_softmax(-1)  # (B, T, V)
            said = said.gather(-1, batch[:, 1:, None])[..., 0].cpu()  # (B, T)
            found += [row[: len(i) - 1].double().numpy() for row, i in zip(said, ids, strict=True)]
        return found

    return score
