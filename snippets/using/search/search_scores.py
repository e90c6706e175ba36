"""How good a search is: where the first right answer stands, and whether a difference is chance."""

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from snippets.using.search.chunks import Chunk

Ranks = Sequence[int | None]  # of the first right answer of each question; None where it is missing


def first_right(found: Iterable[Chunk], right: Collection[str]) -> int | None:
    """The rank, from 1, of the first right section among the sections found; each counts once.

    So short chunks have no advantage: five chunks of one section are one place in the list.
    """
    seen: dict[str, None] = {}
    for chunk in found:
        if chunk.where in right:
            return len(seen) + 1  # (!)
        seen.setdefault(chunk.where)
    return None


def recall_at(ranks: Ranks, k: int) -> float:
    """The share of questions with a right section among the first k; ValueError for none, k < 1."""
    if not ranks or k < 1:
        raise ValueError(f"{len(ranks)} questions and k={k}: both must be at least 1")
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks)  # (!)


def reciprocals(ranks: Ranks) -> NDArray[np.float64]:
    """1 / rank for each question, 0 where nothing right was found; their mean is the MRR."""
    return np.array([0.0 if rank is None else 1 / rank for rank in ranks])  # (!)


def paired_bootstrap(
    differences: Sequence[float] | NDArray[np.float64], samples: int = 10_000, seed: int = 0
) -> tuple[float, float]:
    """The 95% interval of a mean difference, question by question, over questions drawn anew.

    ValueError where there is no difference to draw from.
    """
    values = np.asarray(differences, dtype=float)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"differences of shape {values.shape}: one per question is needed")
    drawn = np.random.default_rng(seed).integers(len(values), size=(samples, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
