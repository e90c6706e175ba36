"""BM25: a text matches a query by the words that both have, rare words more than common ones.

Robertson and Zaragoza (2009); the inverse document frequency is the one of Lucene, never negative.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

WORD = re.compile(r"\w+")
ENDING = re.compile(r"(?<=\w{3})(?:ingly|edly|ing|ies|ed|es|ly|s|e|y)$")


def terms(text: str) -> list[str]:
    """The words of a text in lower case."""
    return WORD.findall(text.lower())


def stems(text: str) -> list[str]:
    """The words of a text without common English endings: "cached" and "caches" become one."""
    return [ENDING.sub("", word) for word in terms(text)]


class BM25:
    """Scores texts for a query.

    Args:
        texts: what is searched.
        k1: how soon more of the same word stops to count; 0 asks only whether it is there.
        b: how much of a text's length is held against it, from 0 to 1.
        split: makes words of a text.

    Raises ValueError where there is no text, no word in any of them, or a setting out of its range.
    """

    def __init__(
        self,
        texts: Sequence[str],
        k1: float = 1.5,
        b: float = 0.75,
        split: Callable[[str], list[str]] = terms,
    ) -> None:
        if not texts:
            raise ValueError("the index is empty: there is no text to search")
        if k1 < 0 or not 0 <= b <= 1:
            raise ValueError(f"k1={k1} must not be negative, and b={b} must be from 0 to 1")
        counts = [Counter(split(text)) for text in texts]
        lengths = np.array([count.total() for count in counts], dtype=float)  # (N,)
        if not lengths.any():
            raise ValueError(f"none of the {len(texts)} texts has a word")
        self.size, self.split = len(texts), split
        slowness = k1 * (1 - b + b * lengths / lengths.mean())  # (N,)
        postings: dict[str, list[int]] = {}
        for number, count in enumerate(counts):
            for word in count:
                postings.setdefault(word, []).append(number)
        self.postings: dict[str, tuple[NDArray[np.intp], NDArray[np.float64]]] = {}
        for word, numbers in postings.items():
            where = np.array(numbers)
            often = np.array([counts[n][word] for n in numbers], dtype=float)
            rarity = log(1 + (self.size - len(where) + 0.5) / (len(where) + 0.5))
            self.postings[word] = where, rarity * often / (often + slowness[where])  # (!)

    def scores(self, query: str) -> NDArray[np.float64]:
        """A score for each text (N,), 0 where it has no word of the query."""
        found = np.zeros(self.size)
        for word in self.split(query):
            if word in self.postings:
                where, weights = self.postings[word]
                found[where] += weights
        return found
