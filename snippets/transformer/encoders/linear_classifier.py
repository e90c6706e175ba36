"""Baselines for a text classifier: a bag of words, and one layer on a frozen encoder.

Both are logistic regression: a weight for each feature, found by minimising a loss that has a
single lowest point, so no seed is involved.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[^\w\s]")
STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)  # of the pull towards zero, to choose from


def words(text: str) -> set[str]:
    """The words and punctuation marks of a text and the pairs of neighbours, in lower case."""
    found = WORD.findall(text.lower())
    return {*found, *map(" ".join, pairwise(found))}


def bag_of_words(texts: Iterable[str], least: int = 2) -> dict[str, int]:
    """A column for each word or pair that occurs in at least ``least`` of the texts."""
    counts = Counter(word for text in texts for word in words(text))
    return {word: i for i, word in enumerate(sorted(w for w, n in counts.items() if n >= least))}


def in_bag(texts: Sequence[str], bag: dict[str, int]) -> Tensor:
    """One row per text, 1 where it contains a word of the bag: sparse, (texts, len(bag))."""
    pairs = [
        (row, bag[word]) for row, text in enumerate(texts) for word in words(text) if word in bag
    ]
    places = torch.tensor(sorted(pairs), dtype=torch.long).reshape(-1, 2).T
    shape = (len(texts), len(bag))
    ones = torch.ones(places.shape[1])
    return torch.sparse_coo_tensor(places, ones, shape, check_invariants=True).coalesce()


def logits(features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Features @ weight + bias: features (n, F), dense or sparse, and weights (F,) -> (n,)."""
    if not features.is_sparse:
        return features @ weight + bias
    rows, columns = features.indices()
    parts = features.values() * weight.index_select(0, columns)
    zeros = torch.zeros(len(features), device=features.device)
    return zeros.index_add(0, rows, parts) + bias  # quicker than a product


def logistic_regression(features: Tensor, labels: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    """Weights and bias that minimise −Σ ln p(label) + strength/2 · |w|², by L-BFGS.

    Args:
        features: (n, F), dense or sparse.
        labels: (n,), 0 or 1.
        strength: how strongly the weights are pulled towards zero.

    Returns:
        Weights (F,) and a bias (): the logit of label 1 is features @ weights + bias.

    Raises:
        ValueError: a strength that is not above 0, or not one label for each row.
    """
    if not strength > 0:
        raise ValueError(f"strength={strength} must be above 0")
    if len(features) != len(labels):
        raise ValueError(f"{len(features)} rows of features have {len(labels)} labels")
    weight = torch.zeros(features.shape[1], device=features.device, requires_grad=True)
    bias = torch.zeros((), device=features.device, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        z = logits(features, weight, bias)  # (n,)
        surprise = F.binary_cross_entropy_with_logits(z, labels.float(), reduction="sum")
        total = (surprise + strength / 2 * weight.square().sum()) / len(labels)  # (!)
        total.backward()
        return total

    optimizer.step(loss)
    return weight.detach(), bias.detach()


def fit_and_predict(
    training: tuple[Tensor, Tensor], validation: tuple[Tensor, Tensor], test: Tensor
) -> tuple[Tensor, float]:
    """Probabilities of label 1 for the test rows, (n,), and the strength that was used.

    The strength is the one of ``STRENGTHS`` with the lowest loss on the validation rows.
    """
    fits = {strength: logistic_regression(*training, strength) for strength in STRENGTHS}

    def loss(strength: float) -> float:
        z = logits(validation[0], *fits[strength])
        return F.binary_cross_entropy_with_logits(z, validation[1].float()).item()

    best = min(STRENGTHS, key=loss)
    return logits(test, *fits[best]).sigmoid(), best
