"""How the loss falls with the size of a model and of its text: five numbers, and their fit."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# --8<-- [start:law]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class ScalingLaw:
    """L(N, D) = E + A / N^α + B / D^β, the loss after D tokens (Hoffmann et al. 2022, eq. 2).

    Attributes:
        E: what no model of this kind gets below, in nats per token.
        A: the scale of the part that a larger model makes smaller.
        B: the scale of the part that more text makes smaller.
        alpha: how fast the loss falls with N, the number of parameters.
        beta: how fast it falls with D, the number of tokens.
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    def loss(self, N: Any, D: Any) -> Any:
        """Nats per token; for arrays, an array."""
        return self.E + self.A / N**self.alpha + self.B / D**self.beta

    def best_split(self, C: Any) -> tuple[Any, Any]:
        """N and D of the lowest loss where 6 · N · D = C operations may be spent (eq. 4 there)."""
        G = (self.alpha * self.A / (self.beta * self.B)) ** (1 / (self.alpha + self.beta))
        share = self.beta / (self.alpha + self.beta)
        N = G * (C / 6) ** share  # (!)
        return N, C / 6 / N

    def tokens_for(self, loss: float, N: Any) -> Any:
        """D with which N parameters reach a loss; infinite where no amount of text is enough."""
        missing = np.asarray(loss - self.E - self.A / N**self.alpha)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(missing > 0, (self.B / missing) ** (1 / self.beta), np.inf)


# --8<-- [end:law]


def fit(N: ArrayLike, D: ArrayLike, L: ArrayLike) -> ScalingLaw:
    """The law whose relative errors have the least sum of squares.

    For given exponents the law is a straight sum, E · 1 + A · N^−α + B · D^−β, so the other three
    numbers follow from a linear equation. The exponents are searched for on a grid, which then
    closes in on the best pair, so there is no starting point to choose.

    Args:
        N: (n,) parameters of each run.
        D: (n,) tokens of each run.
        L: (n,) losses.

    Raises:
        ValueError: fewer than six runs, lengths that differ, a number that is not positive, or runs
            that no law of this form with positive parts fits.
    """
    N, D, L = checked(N, D, L)
    center, width = (0.8, 0.8), 0.75  # exponents from 0.05 to 1.55
    for _ in range(6):
        alpha, beta = (np.linspace(max(c - width, 0.02), c + width, 25) for c in center)
        errors, numbers = on_grid(N, D, L, alpha, beta)
        i, j = np.unravel_index(errors.argmin(), errors.shape)
        if not np.isfinite(errors[i, j]):
            raise ValueError(f"no law with positive E, A and B fits the {len(L)} runs")
        center, width = (alpha[i], beta[j]), width / 4
    E, A, B = numbers[i, j]
    return ScalingLaw(float(E), float(A), float(B), float(center[0]), float(center[1]))


def on_grid(N: Array, D: Array, L: Array, alpha: Array, beta: Array) -> tuple[Array, Array]:
    """For all pairs of exponents: the mean squared relative error (a, b), and E, A, B (a, b, 3)."""
    ones = np.ones((len(alpha), len(beta), len(L)))
    sizes = (N[0] / N) ** alpha[:, None, None] * ones  # (a, b, n), near 1: well conditioned
    texts = (D[0] / D) ** beta[:, None] * ones
    terms = np.stack([ones, sizes, texts], axis=-1) / L[:, None]  # (a, b, n, 3)
    squares = terms.mT @ terms  # (a, b, 3, 3)
    numbers = np.linalg.solve(squares, terms.mT @ np.ones((len(L), 1)))[..., 0]  # (a, b, 3)
    errors = ((terms @ numbers[..., None])[..., 0] - 1) ** 2
    scales = np.stack([ones[..., 0], N[0] ** alpha[:, None] * ones[..., 0],
                       D[0] ** beta * ones[..., 0]], axis=-1)  # fmt: skip
    return np.where(numbers.min(-1) < 0, np.inf, errors.mean(-1)), numbers * scales


def checked(N: ArrayLike, D: ArrayLike, L: ArrayLike) -> tuple[Array, Array, Array]:
    """As arrays of one length, all positive; ValueError otherwise, or for fewer than six runs."""
    arrays = [np.asarray(values, dtype=float) for values in (N, D, L)]
    lengths = {array.shape for array in arrays}
    if len(lengths) > 1 or arrays[0].ndim != 1 or len(arrays[0]) < 6:
        raise ValueError(f"six runs or more, (n,) each of N, D and L, are needed, not {lengths}")
    for name, array in zip("NDL", arrays, strict=True):
        if not (np.isfinite(array).all() and array.min() > 0):
            raise ValueError(f"{name}={array.tolist()} are not all positive")
    return arrays[0], arrays[1], arrays[2]


def bootstrap(
    N: ArrayLike, D: ArrayLike, L: ArrayLike, draws: int = 200, seed: int = 0
) -> Iterator[ScalingLaw]:
    """Laws fitted to runs drawn from these with replacement, as many as there are (Efron 1979).

    How far they lie apart says how much the law depends on which runs were made; it doesn't say
    whether the form of the law is right. A draw that nothing fits is drawn again.
    """
    N, D, L = checked(N, D, L)
    generator = np.random.default_rng(seed)
    for _ in range(draws):
        while True:
            chosen = generator.integers(len(L), size=len(L))
            try:
                yield fit(N[chosen], D[chosen], L[chosen])
                break
            except (ValueError, np.linalg.LinAlgError):
                continue


def cheapest_over_a_lifetime(
    law: ScalingLaw, loss: float, served: float
) -> tuple[float, float, float]:
    """N and D that reach a loss with the fewest operations, training and use together.

    Training costs 6 · N · D, and each of the `served` tokens 2 · N (Sardana et al. 2024, eq. 2).
    Returns N, D and the operations. ValueError where no model reaches the loss.
    """
    if loss <= law.E:
        raise ValueError(f"loss={loss} is not above E={law.E}, which no model gets below")
    smallest = (law.A / (loss - law.E)) ** (1 / law.alpha)  # reaches it with infinite text only
    N = smallest * np.logspace(0.001, 4, 4000)
    D = law.tokens_for(loss, N)
    cost = 6 * N * D + 2 * N * served  # (!)
    best = int(cost.argmin())
    return float(N[best]), float(D[best]), float(cost[best])
