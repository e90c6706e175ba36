"""The Word Embedding Association Test: are two lists of words tied to different ideas?

Caliskan, Bryson and Narayanan (2017) asked ten such questions of published word vectors, each
after a test that psychologists had made with people. The word lists come with the package `wefe`.
"""

import json
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from snippets.foundations.facts import load_facts
from snippets.foundations.texts.data_files import data_file
from snippets.foundations.vectors.word_vectors import WordVectors

FILE = (
    "wefe==1.0.1",
    "WEAT.json",
    "1a4a448a1825b29c67a7ebb7733343084b015f5b8ed720b2d9e193840a3d49a1",
)
EXACT_UP_TO = 20_000  # partitions that are all tried; of more, some are drawn


class Question(NamedTuple):
    """Which lists a test compares, and what the paper found in the same vectors."""

    x: str  # targets, by their names in the file
    y: str
    a: str  # attributes
    b: str
    published: float  # effect size with word2vec


_LISTS = {
    1: ("flowers", "insects", "pleasant_5", "unpleasant_5a"),
    2: ("instruments", "weapons", "pleasant_5", "unpleasant_5a"),
    3: ("european_american_names_5", "african_american_names_5",
        "pleasant_5", "unpleasant_5b"),
    4: ("european_american_names_7", "african_american_names_7",
        "pleasant_5", "unpleasant_5b"),
    5: ("european_american_names_7", "african_american_names_7",
        "pleasant_9", "unpleasant_9"),
    6: ("male_names", "female_names", "career", "family"),
    7: ("math", "arts", "male_terms", "female_terms"),
    8: ("science", "arts_2", "male_terms_2", "female_terms_2"),
    9: ("mental_disease", "physical_disease", "temporary", "permanent"),
    10: ("young_people_names", "old_people_names", "pleasant_9", "unpleasant_9"),
}  # fmt: skip


@cache
def questions() -> dict[int, Question]:
    """The ten tests by their numbers; ValueError or FileNotFoundError as `load_facts`."""
    published = load_facts("weat")
    return {n: Question(*lists, published[f"WEAT {n}"]["effect"]) for n, lists in _LISTS.items()}


def load_word_lists() -> dict[str, list[str]]:
    """The lists of words by name: "flowers", "male_terms", and 29 others.

    Raises FileNotFoundError where `wefe` is not installed, ValueError where the file was changed.
    """
    with open(data_file(*FILE), encoding="utf-8") as file:
        return {name: list(words) for name, words in json.load(file).items()}


def associations(vectors: WordVectors, words: Sequence[str], a: Sequence[str], b: Sequence[str]
                 ) -> Tensor:  # fmt: skip
    """s(w, A, B) of each word: its mean cosine to the words A, less that to the words B: (N,)."""
    W, A, B = (torch.stack([vectors[word] for word in list_]) for list_ in (words, a, b))
    return (W @ A.T).mean(dim=1) - (W @ B.T).mean(dim=1)  # (!)


def effect_size(x: Tensor, y: Tensor) -> float:
    """d: how far apart the means of two lists of associations are, in standard deviations of all.

    The paper's effect size. It lies between -2 and 2 for two lists of one length. The deviation is
    that of a sample (n - 1), as in the paper's own numbers, where these come out at all.
    ValueError where a list is empty, or all associations are equal.
    """
    if not len(x) or not len(y):
        raise ValueError(f"lists of {len(x)} and {len(y)} words: neither may be empty")
    deviation = torch.cat([x, y]).std(correction=1)
    if not deviation > 0:
        raise ValueError("all associations are equal, so nothing can be compared")
    return float((x.mean() - y.mean()) / deviation)  # (!)


class Chance(NamedTuple):
    """How often lists dealt out by chance differ as much: p, one-sided."""

    p: float
    standard_error: float  # of p, from drawing; 0 where all partitions were tried
    partitions: int  # tried or drawn


def permutation_test(x: Tensor, y: Tensor, draws: int = 100_000, seed: int = 0) -> Chance:
    """Deals the words of both lists out anew: how often is the first list so much higher?

    All partitions into lists of these sizes are tried if there are at most EXACT_UP_TO, else
    `draws` are drawn, and the observed one is counted with them, so p is never 0. A partition
    counts if it is as extreme as the observed. ValueError for an empty list or no draws.
    """
    if not len(x) or not len(y) or draws < 1:
        raise ValueError(f"lists of {len(x)} and {len(y)} words, {draws} draws")
    s = torch.cat([x, y]).double().numpy()
    observed = s[: len(x)].sum() - 1e-9  # the sum of one list decides: that of both is fixed
    if comb(len(s), len(x)) <= EXACT_UP_TO:
        dealt = np.array(list(combinations(range(len(s)), len(x))))  # (partitions, n)
        return Chance(float((s[dealt].sum(axis=1) >= observed).mean()), 0.0, len(dealt))
    random = np.random.default_rng(seed)
    as_extreme = 0
    for first in range(0, draws, 10_000):
        rows = np.tile(s, (min(10_000, draws - first), 1))
        dealt = random.permuted(rows, axis=1)[:, : len(x)]
        as_extreme += int((dealt.sum(axis=1) >= observed).sum())
    p = (as_extreme + 1) / (draws + 1)
    return Chance(p, float((p * (1 - p) / draws) ** 0.5), draws)


def counted_test(x: Tensor, y: Tensor, steps: int = 2_000) -> tuple[float, float]:
    """Bounds between which p lies, from *all* partitions, however many: they are not listed.

    Associations are rounded to whole numbers from 0 to `steps`. Then ways[k][t] counts how many
    choices of k words have the sum t, and each word adds to it those choices that contain it. The
    rounding moves the sum of one list by at most half a unit per word, hence two bounds.
    """
    if not len(x) or not len(y):
        raise ValueError(f"lists of {len(x)} and {len(y)} words: neither may be empty")
    s = np.concatenate([x.double().numpy(), y.double().numpy()])
    unit = max((s.max() - s.min()) / steps, 1e-12)
    whole = np.rint((s - s.min()) / unit).astype(int)
    n = len(x)
    ways: NDArray[np.float64] = np.zeros((n + 1, whole.sum() + 1))
    ways[0, 0] = 1
    for value in whole:
        ways[1:, value:] += ways[:-1, : ways.shape[1] - value].copy()  # (!)
    observed = ((s[:n] - s.min()) / unit).sum()
    low, high = (int(np.ceil(observed + shift - 1e-6)) for shift in (n / 2, -n / 2))
    total = ways[n].sum()
    return float(ways[n, low:].sum() / total), float(ways[n, max(high, 0) :].sum() / total)


class Found(NamedTuple):
    """What a test of word lists gave, and on how many words."""

    effect: float
    chance: Chance
    sizes: tuple[int, int, int, int]  # words that were used of X, Y, A and B
    missing: list[str]  # words without a vector, which were left out


def association_test(
    vectors: WordVectors,
    x: Sequence[str],
    y: Sequence[str],
    a: Sequence[str],
    b: Sequence[str],
    draws: int = 100_000,
) -> Found:
    """Effect size and p for targets X and Y and attributes A and B; words unknown are reported.

    Raises ValueError where X and Y are given with different lengths, as the test wants them equal;
    where a word stands in X and Y, or in A and B; and where no word of a list has a vector.
    """
    if len(x) != len(y):
        raise ValueError(f"targets of {len(x)} and {len(y)} words; the test wants as many of each")
    if both := sorted({*x} & {*y} | {*a} & {*b}):
        raise ValueError(f"{both[0]!r} stands in both of two lists that are compared")
    kept = [[word for word in list_ if word in vectors.ids] for list_ in (x, y, a, b)]
    if not all(kept):
        raise ValueError(f"no word of {[x, y, a, b][kept.index([])]} has a vector")
    s_x, s_y = (associations(vectors, targets, *kept[2:]) for targets in kept[:2])
    n_x, n_y, n_a, n_b = map(len, kept)
    missing = [word for list_ in (x, y, a, b) for word in list_ if word not in vectors.ids]
    chance = permutation_test(s_x, s_y, draws)
    return Found(effect_size(s_x, s_y), chance, (n_x, n_y, n_a, n_b), missing)
