"""The smallest language model: a table with a row of scores for each token, learnt or counted.

Row i of the weights holds the logits of what follows token i; their softmax is the prediction.
Trained to the end, it predicts what counting would have said, token by token.
"""

import re

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from snippets.checks import check_positive
from snippets.foundations.ngrams.ngram import checked, run_codes


def letters(text: str) -> str:
    """The text in small letters; everything between words becomes one space: 27 characters."""
    return re.sub("[^a-z]+", " ", text.lower())


def pair_counts(ids: ArrayLike, vocab_size: int) -> Tensor:
    """How often token j came right after token i: (V, V), a row for each i, as 64-bit floats.

    Raises:
        ValueError: fewer than two ids, or one outside the vocabulary.
    """
    text = checked(ids, vocab_size)
    if len(text) < 2:
        raise ValueError(f"{len(text)} token has no pairs; at least 2 are needed")
    pairs = np.bincount(run_codes(text, 2, vocab_size), minlength=vocab_size**2)
    return torch.from_numpy(pairs).reshape(vocab_size, vocab_size).double()


def pair_shares(counts: Tensor) -> Tensor:
    """The counted model, P(j | i): (V, V), each row of the counts divided by its sum.

    Raises:
        ValueError: nothing ever followed one of the tokens, so its row has no shares.
    """
    totals = counts.sum(-1, keepdim=True)  # (V, 1)
    if not totals.all():
        token = int((totals == 0).nonzero()[0, 0])
        raise ValueError(f"nothing follows token {token}: its row of counts is empty")
    return counts / totals


def bigram_loss(weights: Tensor, counts: Tensor) -> Tensor:
    """The mean of -ln p over all pairs of a text, in nats: a tensor of one number.

    It is the loss of the pairs one by one, since equal pairs have equal losses.
    """
    return -(counts * weights.log_softmax(-1)).sum() / counts.sum()


def bigram_gradient(weights: Tensor, counts: Tensor) -> Tensor:
    """The gradient of ``bigram_loss`` by hand: (V, V), (expected - counted) / number of pairs."""
    expected = counts.sum(-1, keepdim=True) * weights.softmax(-1)  # (V, V)
    return (expected - counts) / counts.sum()


def fit_pairs(counts: Tensor, steps: int = 2000, rate: float = 2.0) -> Tensor:
    """Weights learnt from all pairs at once, each row from its own mean loss: (V, V), from zeros.

    So a rare token's row moves as fast as a frequent one's. Below a rate of 4 no step of a row
    makes its loss larger, because the curvature of a row's loss is at most 1/2.

    Raises:
        ValueError: no steps, a rate not in (0, 4), or a token that nothing follows.
    """
    check_positive(steps=steps, rate=rate)
    if rate >= 4:
        raise ValueError(f"rate={rate} must be below 4, or rows may bounce")
    shares, weights = pair_shares(counts), torch.zeros_like(counts)
    for _ in range(steps):
        weights -= rate * (weights.softmax(-1) - shares)
    return weights
