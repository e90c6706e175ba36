"""Sequences of random tokens that begin anew: nothing but the repetition can be predicted."""

from dataclasses import dataclass

import torch
from torch import Tensor

VOCAB, LENGTH = 32, 40  # tokens to choose from, and tokens of a sequence
PERIODS = (8, 20)  # after so many tokens, at least and at most, a sequence begins anew


@dataclass(frozen=True)
class Repeats:
    """Sequences (B, T), each with its period: from there on, tokens are those one period before."""

    ids: Tensor
    periods: Tensor  # (B,)

    def again(self) -> Tensor:
        """Where the current token stood one period before, so that its next is known: (B, T)."""
        at = torch.arange(self.ids.shape[1], device=self.ids.device)
        return at >= self.periods[:, None]  # (B, T)

    def after_earlier(self) -> Tensor:
        """The place after the earlier occurrence of each token, (B, T); 0 where there is none."""
        at = torch.arange(self.ids.shape[1], device=self.ids.device)
        return (at - self.periods[:, None] + 1).clamp(min=0)


def repeats(
    batch: int,
    generator: torch.Generator,
    periods: tuple[int, int] = PERIODS,
    length: int = LENGTH,
    vocab: int = VOCAB,
) -> Repeats:
    """A batch of them, with tokens and periods drawn evenly.

    The period differs from sequence to sequence, or a head could learn the distance instead of
    looking for the token. ValueError where a period is below 2, or so long that nothing is read
    twice.
    """
    low, high = periods
    if not 2 <= low <= high < length:
        raise ValueError(f"periods={periods} must be from 2 to below length={length}")
    drawn = torch.randint(low, high + 1, (batch,), generator=generator)  # (B,)
    first = torch.randint(vocab, (batch, high), generator=generator)  # (B, high)
    at = torch.arange(length) % drawn[:, None]  # (B, T)
    return Repeats(first.gather(1, at), drawn)


def shuffled(made: Repeats, generator: torch.Generator) -> Tensor:
    """The ids (B, T) with each later reading in an order of its own: same tokens, no sequence.

    The first reading stays as it is; each later one holds the same tokens as often.
    """
    at = torch.arange(made.ids.shape[1], device=made.ids.device)
    reading = at // made.periods[:, None]  # (B, T): 0 in the first reading
    key = reading + torch.rand(made.ids.shape, generator=generator).to(at.device)
    key = torch.where(reading == 0, at / len(at), key)  # the first stays in its order
    return made.ids.gather(1, key.argsort(dim=1))
