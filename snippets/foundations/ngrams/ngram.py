"""An n-gram model: how often did each token follow these few tokens before? Count, and mix.

The oldest language model there is, and the baseline that a neural one has to beat. It is made of
counts, so making it takes one look at the text and no training.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def run_codes(ids: NDArray[np.int64], length: int, vocab_size: int) -> NDArray[np.int64]:
    """Each run of `length` neighbouring ids (N,) as one whole number: (N - length + 1,).

    The ids are the digits of the number, in base V, so run // V is the run without its last id.
    """
    codes = np.zeros(len(ids) - length + 1, dtype=np.int64)
    for place in range(length):
        codes = codes * vocab_size + ids[place : place + len(codes)]  # (!)
    return codes


class NGram:
    """Predicts a token from the `order` - 1 tokens before it; order 0 takes all for equally likely.

    A history h that was followed count(h) times, by k different tokens, makes an estimate out of
    its counts and of what the history shorter by one says (Witten and Bell 1991, method C):
    P(w | h) = (count(h, w) + k P(w | shorter h)) / (count(h) + k).
    So nothing is impossible, and a history that was always followed by something new trusts itself
    least. Raises ValueError for ids out of range, a text shorter than the order, or an order that
    64 bits cannot hold.
    """

    def __init__(self, ids: ArrayLike, order: int, vocab_size: int) -> None:
        if order < 0 or vocab_size < 1 or vocab_size**order > 2**62:
            raise ValueError(f"order={order} with vocab_size={vocab_size} cannot be counted")
        self.order, self.vocab_size = order, vocab_size
        text, self.tables = checked(ids, vocab_size, order), []
        for length in range(1, order + 1):
            runs, counts = np.unique(run_codes(text, length, vocab_size), return_counts=True)
            histories, first, kinds = np.unique(
                runs // vocab_size, return_index=True, return_counts=True
            )  # runs are sorted, so those that begin alike lie together; kinds is the k of each
            totals = np.add.reduceat(counts, first)  # count(h) of each
            self.tables.append((runs, counts, histories, totals, kinds))

    def log_probabilities(self, ids: ArrayLike) -> NDArray[np.float64]:
        """The ln P of each token of ids (N,) but the first, given those before it: (N - 1,)."""
        text = checked(ids, self.vocab_size)
        p = np.full(len(text), 1 / self.vocab_size)
        for length, (runs, counts, histories, totals, kinds) in enumerate(self.tables, start=1):
            if length > len(text):
                break
            codes = run_codes(text, length, self.vocab_size)
            count = look_up(runs, counts, codes)  # (!)
            total = look_up(histories, totals, codes // self.vocab_size)  # (!)
            kind = look_up(histories, kinds, codes // self.vocab_size)
            here = p[length - 1 :]  # a view: the first tokens have no history of this length
            here[:] = np.where(total > 0, (count + kind * here) / np.maximum(total + kind, 1), here)
        return np.log(p[1:])


def look_up(
    keys: NDArray[np.int64], values: NDArray[np.int64], wanted: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The value beside each wanted key, 0 where there is none; keys are sorted."""
    order = np.argsort(wanted)  # in order, they are found several times as fast
    places = np.empty_like(order)
    places[order] = np.minimum(np.searchsorted(keys, wanted[order]), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], 0)


def checked(ids: ArrayLike, vocab_size: int, order: int = 1) -> NDArray[np.int64]:
    """Ids as an array (N,); a ValueError where N < `order`, N = 0, or an id is out of range."""
    text = np.asarray(ids, dtype=np.int64)
    if text.ndim != 1 or len(text) == 0:
        raise ValueError(f"ids of shape {text.shape} are no text: they need (N,) with N > 0")
    if text.min() < 0 or text.max() >= vocab_size:
        wrong = text.min() if text.min() < 0 else text.max()
        raise ValueError(f"id {wrong} is not in the vocabulary of {vocab_size}")
    if len(text) < order:
        raise ValueError(f"a text of {len(text)} tokens has no run of order={order}")
    return text
