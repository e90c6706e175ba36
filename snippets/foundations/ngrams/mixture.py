"""Two language models as one: each token's probability is a weighted mean of what both say."""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def mixed(log_p: ArrayLike, log_q: ArrayLike, share: float) -> NDArray[np.float64]:
    """The ln of `share` P + (1 - `share`) Q, for ln P and ln Q of the same tokens: both (N,).

    The sum of both over a vocabulary is 1, so that of the mixture is.

    Raises:
        ValueError: the share lies outside (0, 1), or there is not one ln Q for each ln P.
    """
    p, q = np.asarray(log_p, dtype=np.float64), np.asarray(log_q, dtype=np.float64)
    if not 0 < share < 1 or p.shape != q.shape:
        raise ValueError(f"a share of {share} in (0, 1) of {p.shape} and {q.shape} tokens")
    return np.logaddexp(np.log(share) + p, np.log1p(-share) + q)  # (!)


def best_share(log_p: ArrayLike, log_q: ArrayLike, rounds: int = 50) -> float:
    """The share of P with which the mixture gives these tokens the highest probability.

    Expectation–maximisation (Dempster et al. 1977): the new share is how much of each token's
    mixed probability came from P, on average over the tokens. No round makes it worse.
    """
    share, p = 0.5, np.asarray(log_p, dtype=np.float64)
    for _ in range(rounds):
        came_from_p = np.exp(np.log(share) + p - mixed(p, log_q, share))  # (!)
        share = float(came_from_p.mean().clip(1e-6, 1 - 1e-6))
    return share
