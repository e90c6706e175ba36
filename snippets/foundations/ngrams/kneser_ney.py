"""Modified Kneser–Ney smoothing: of all ways to count, the one that predicts best.

An n-gram model whose short histories don't count how often a token occurred but in how many
different places, and whose counts each give up a little to what was never seen.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from snippets.foundations.ngrams.ngram import checked, look_up, run_codes


def discounts(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """What a run seen 0, 1, 2, or at least 3 times gives up of its count: (4,), the first is 0.

    Estimated from how many runs occur once, twice, three and four times (Chen and Goodman 1999).
    Where there are none of some of these, as in a tiny text, it is 1/2, 3/4 and 9/10.
    """
    once, twice, thrice, four = (int((counts == times).sum()) for times in (1, 2, 3, 4))
    if not min(once, twice, thrice, four):
        return np.array([0, 0.5, 0.75, 0.9])
    y = once / (once + 2 * twice)  # (!)
    found = [0, 1 - 2 * y * twice / once, 2 - 3 * y * thrice / twice, 3 - 4 * y * four / thrice]
    return np.clip(found, 0, [0, 1, 2, 3])


class KneserNey:
    """Predicts a token from the `order` - 1 tokens before it (interpolated, modified Kneser–Ney).

    A history h of full length has the counts of the tokens that followed it. Shorter ones count
    the different tokens that stood before (h, w) instead: "Francisco" is frequent, but only after
    "San", so it is no good guess elsewhere. Each count gives up its discount D, and what a history
    saves goes to what the history shorter by one says (Kneser and Ney 1995; Chen and Goodman 1999):
    P(w | h) = (count(h, w) - D(count(h, w)) + (sum of the D's of h) * P(w | shorter h)) / count(h).
    Raises ValueError for ids out of range, a text shorter than the order, or an order that 64 bits
    cannot hold.
    """

    def __init__(self, ids: ArrayLike, order: int, vocab_size: int) -> None:
        if order < 1 or vocab_size < 1 or vocab_size**order > 2**62:
            raise ValueError(f"order={order} with vocab_size={vocab_size} cannot be counted")
        self.order, self.vocab_size = order, vocab_size
        text, self.tables = checked(ids, vocab_size, order), []
        runs, counts = np.unique(run_codes(text, order, vocab_size), return_counts=True)
        for length in range(order, 0, -1):
            histories, first = np.unique(runs // vocab_size, return_index=True)
            totals = np.add.reduceat(counts, first)  # count(h) of each
            less = discounts(counts)
            saved = np.add.reduceat(less[np.minimum(counts, 3)], first)
            self.tables.append((runs, counts, less, histories, totals, saved))
            # Each run, less its first token: how many different tokens stood before the rest?
            runs, counts = np.unique(runs % vocab_size ** (length - 1), return_counts=True)
        self.tables.reverse()

    def log_probabilities(self, ids: ArrayLike) -> NDArray[np.float64]:
        """The ln P of each token of ids (N,) but the first, given those before it: (N - 1,)."""
        text = checked(ids, self.vocab_size)
        p = np.full(len(text), 1 / self.vocab_size)
        for length, (runs, counts, less, histories, totals, saved) in enumerate(self.tables, 1):
            if length > len(text):
                break
            codes = run_codes(text, length, self.vocab_size)
            count = look_up(runs, counts, codes)
            total = look_up(histories, totals, codes // self.vocab_size)
            rest = look_up(histories, saved, codes // self.vocab_size)
            here = p[length - 1 :]  # a view: the first tokens have no history of this length
            known = count - less[np.minimum(count, 3)] + rest * here
            here[:] = np.where(total > 0, known / np.maximum(total, 1), here)
        return np.log(p[1:])
