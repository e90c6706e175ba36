"""One answer from many samples, and how often it is right: votes, scores, and pass@k.

Each problem has M recorded samples. What is wanted is the accuracy with N < M of them, for *any* N
of them, not for those that happened to come first.
"""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

Answer = TypeVar("Answer", bound=Hashable)


# --8<-- [start:choose]
def majority(answers: Sequence[Answer]) -> Answer:
    """The most frequent answer; of equally frequent ones, the one that came first."""
    return Counter(answers).most_common(1)[0][0]


def best_of(answers: Sequence[Answer], scores: Sequence[float]) -> Answer:
    """The answer with the highest score."""
    return max(zip(scores, answers, strict=True), key=lambda pair: pair[0])[1]


# --8<-- [end:choose]


# --8<-- [start:pass-at]
def pass_at(k: int, right: int, count: int) -> float:
    """How likely k of `count` samples, `right` of which are right, hold a right one.

    1 − C(count − right, k) / C(count, k), without bias (Chen et al. 2021, equation 1). Raises
    ValueError unless 0 <= right <= count and 1 <= k <= count.
    """
    if not (0 <= right <= count and 1 <= k <= count):
        raise ValueError(f"k={k}, right={right}, count={count} don't fit each other")
    return 1 - math.comb(count - right, k) / math.comb(count, k)


# --8<-- [end:pass-at]


# --8<-- [start:best-at]
def best_at(k: int, right: ArrayLike, scores: ArrayLike) -> float:
    """How likely the best-scored of k samples is right, over all choices of k of the M samples.

    In order of their scores, the sample at place i (from 0, the lowest first) is the best of k if
    the other k − 1 are among the i below it: C(i, k − 1) choices of C(M, k). Samples of one score
    share the luck. Raises ValueError where lengths differ, or for k outside 1 to M.
    """
    labels = np.asarray(right, float)  # (M,)
    values = np.asarray(scores, float)  # (M,)
    if labels.ndim != 1 or labels.shape != values.shape:
        raise ValueError(f"labels {labels.shape} and scores {values.shape} are not both (M,)")
    if not 1 <= k <= len(labels):
        raise ValueError(f"k={k} of {len(labels)} samples")
    order = np.argsort(values, kind="stable")
    _, group = np.unique(values[order], return_inverse=True)  # samples of one score: one group
    shared = np.bincount(group, labels[order]) / np.bincount(group)  # mean label of each
    ways = [math.comb(place, k - 1) for place in range(len(labels))]
    return float(np.dot(shared[group], np.array(ways, float)) / math.comb(len(labels), k))


# --8<-- [end:best-at]


# --8<-- [start:vote-at]
def vote_at(
    k: int,
    answers: Sequence[int | None],
    truth: int,
    draws: int = 100,
    weights: Sequence[float] | None = None,
    seed: int = 0,
) -> float:
    """How often the vote of k samples is right, over random choices of k of the M samples.

    Each sample has one vote, or as much as its weight. A tie for the most votes counts as the share
    of right answers among the tied. Raises ValueError for k outside 1 to M.
    """
    if not 1 <= k <= len(answers):
        raise ValueError(f"k={k} of {len(answers)} samples")
    names = {a: i for i, a in enumerate(dict.fromkeys([truth, *answers]))}  # truth has number 0
    voted = np.array([names[a] for a in answers])  # (M,)
    votes = np.ones(len(voted)) if weights is None else np.asarray(weights, float)
    rng = np.random.default_rng(seed)
    total: float = 0
    for _ in range(1 if k == len(voted) else draws):
        some = rng.choice(len(voted), k, replace=False)
        sums: NDArray[np.float64] = np.bincount(voted[some], votes[some], len(names))
        tied = sums > sums.max() - 1e-9
        total += tied[0] / tied.sum()
    return total / (1 if k == len(voted) else draws)


# --8<-- [end:vote-at]
