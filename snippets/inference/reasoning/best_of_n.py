"""One answer from many samples, and how often it is right: votes, scores, and pass@k.

Each problem has M recorded samples. What is wanted is the accuracy with N < M of them, for *any* N
of them, not for those that happened to come first.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def pass_at(k: int, right: int, count: int) -> float:
    """How likely k of `count` samples, `right` of which are right, hold a right one.

    1 − C(count − right, k) / C(count, k), without bias (Chen et al. 2021, equation 1). Raises
    ValueError unless 0 <= right <= count and 1 <= k <= count.
    """
    if not (0 <= right <= count and 1 <= k <= count):
        raise ValueError(f"k={k}, right={right}, count={count} don't fit each other")
    return 1 - math.comb(count - right, k) / math.comb(count, k)


def best_at(k: int, worth: ArrayLike, scores: ArrayLike) -> float:
    """The mean worth of the best-scored of k samples, over all choices of k of the M samples.

    Where right samples are worth 1 and wrong ones 0, that is how likely the best-scored is right.

    In order of their scores, the sample at place i (from 0, the lowest first) is the best of k if
    the other k − 1 are among the i below it: C(i, k − 1) choices of C(M, k), which is k / M at the
    top, and one place down (i − k + 1) / i times as much. Samples of one score share the luck.
    Raises ValueError where lengths differ, or for k outside 1 to M.
    """
    values, ratings = np.asarray(worth, float), np.asarray(scores, float)  # (M,) each
    if values.ndim != 1 or values.shape != ratings.shape:
        raise ValueError(f"worth {values.shape} and scores {ratings.shape} are not both (M,)")
    M = len(values)
    if not 1 <= k <= M:
        raise ValueError(f"k={k} of {M} samples")
    order = np.argsort(ratings, kind="stable")
    ranked = ratings[order]
    group = np.cumsum(np.append(False, ranked[1:] != ranked[:-1]))  # samples of one score: a group
    shared = np.bincount(group, values[order]) / np.bincount(group)  # mean worth of each
    place = np.arange(M - 1, k - 1, -1)  # from the top
    ways = k / M * np.cumprod(np.append(1, (place - k + 1) / place))  # C(i, k − 1) / C(M, k) (!)
    return float(shared[group][k - 1 :][::-1] @ ways)


def vote_at(
    k: int,
    answers: Sequence[int | None],
    truth: int,
    draws: int = 100,
    weights: Sequence[float] | None = None,
    seed: int = 0,
) -> float:
    """How often the vote of k samples is right, over random choices of k of the M samples.

    Each sample has one vote, or as much as its weight; one without an answer has none. A tie for
    the most votes counts as the share of right answers among the tied. Raises ValueError for k
    outside 1 to M.
    """
    if not 1 <= k <= len(answers):
        raise ValueError(f"k={k} of {len(answers)} samples")
    names = {a: i for i, a in enumerate(dict.fromkeys([truth, *answers]))}  # the truth is number 0
    table = np.zeros((len(answers), len(names)))  # (M, A): the vote of each sample
    table[range(len(answers)), [names[a] for a in answers]] = 1.0 if weights is None else weights
    table[[a is None for a in answers]] = 0.0
    places = np.random.default_rng(seed).random((draws, len(answers))).argsort(axis=1)
    sums = table[places[:, :k]].sum(axis=1)  # (draws, A) (!)
    tied = (sums > 0) & (sums > sums.max(axis=1, keepdims=True) - 1e-9)
    return float((tied[:, 0] / np.maximum(tied.sum(axis=1), 1)).mean())


def accuracies(
    k: int,
    answers: Sequence[Sequence[int | None]],
    truth: Sequence[int],
    scores: Sequence[Sequence[float]] | None = None,
) -> dict[str, float]:
    """The mean over problems of what k samples give: by vote and by check.

    With scores also by the highest score ("verifier") and by a vote in which each sample counts as
    much as its score ("both"). Each problem has M answers, and as many scores. Raises ValueError
    where the numbers of problems differ.
    """
    right = [[a == t for a in row] for row, t in zip(answers, truth, strict=True)]
    found = {
        "vote": [vote_at(k, row, t, draws=50) for row, t in zip(answers, truth, strict=True)],
        "check": [pass_at(k, sum(labels), len(labels)) for labels in right],
    }
    if scores is not None:
        found["verifier"] = [best_at(k, r, s) for r, s in zip(right, scores, strict=True)]
        rows = zip(answers, truth, scores, strict=True)
        found["both"] = [vote_at(k, row, t, draws=50, weights=s) for row, t, s in rows]
    return {method: sum(values) / len(values) for method, values in found.items()}


def measured(record: Mapping[str, Any], name: str, k: int) -> dict[str, list[float]]:
    """By method, the accuracy of k samples for each seed of what `load_arithmetic` reads.

    `name` is whose samples: "direct", "thinking", or "sharp", at a lower temperature.
    """
    truth = [sum(terms) for terms in record["problems"]]
    models = [one[name] for one in record["seeds"]]
    runs = [accuracies(k, one["answers"], truth, one.get("scores")) for one in models]
    return {method: [run[method] for run in runs] for method in runs[0]}
