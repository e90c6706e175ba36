"""A language model as a function: from the tokens so far to a probability for each next one.

Whether counts give these probabilities or a network, a text gets its probability from them by the
chain rule, and is written from them by the same loop.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from snippets.foundations.ngrams.kneser_ney import KneserNey
from snippets.foundations.ngrams.ngram import NGram

LanguageModel = Callable[[list[int]], NDArray[np.float64]]  # ids so far -> (V,), sums to 1


def surprisals(model: LanguageModel, ids: Sequence[int]) -> NDArray[np.float64]:
    """The −ln P of each token of ids (N,) but the first, given all before it: (N - 1,), in nats.

    By the chain rule their sum is −ln P of the text, given its first token. Raises ValueError for a
    text of fewer than two tokens, or an id that the model gives no probability.
    """
    text = list(ids)
    if len(text) < 2:
        raise ValueError(f"in a text of {len(text)} tokens there is none to predict")
    found = []
    for t in range(1, len(text)):
        p = model(text[:t])  # (V,)
        if not 0 <= text[t] < len(p):
            raise ValueError(f"id {text[t]} is not in the vocabulary of {len(p)}")
        found.append(-np.log(p[text[t]]))
    return np.array(found)


def generate(
    model: LanguageModel, ids: Sequence[int], count: int, rng: np.random.Generator
) -> list[int]:
    """The ids, and `count` more, each drawn with the probability that the model gives to it.

    Raises ValueError where there is no token to begin with, or a negative count.
    """
    text = list(ids)
    if not text or count < 0:
        raise ValueError(f"{count} tokens cannot follow a text of {len(text)}")
    for _ in range(count):
        p = model(text)  # (V,)
        text.append(int(rng.choice(len(p), p=p)))
    return text


def as_language_model(model: NGram | KneserNey) -> LanguageModel:
    """An n-gram model as such a function. It looks at the last order - 1 tokens, and no further."""

    def next_probabilities(ids: list[int]) -> NDArray[np.float64]:
        history = ids[-max(1, model.order - 1) :]
        each = [[*history, token] for token in range(model.vocab_size)]
        return np.exp([model.log_probabilities(run)[-1] for run in each])

    return next_probabilities
