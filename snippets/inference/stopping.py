"""When a text is over: once it holds certain ids, or certain characters.

A rule is a function that is given the new ids of a text, prompt excluded, after each one, and says
whether to stop.
"""

from collections.abc import Callable, Sequence
from typing import Protocol


class Decoding(Protocol):
    """What is needed of a tokenizer here."""

    def decode(self, ids: Sequence[int]) -> str:
        """From ids to text."""


# --8<-- [start:stop-at-ids]
Stop = Callable[[Sequence[int]], bool]


def stop_at_ids(stops: Sequence[int | Sequence[int]]) -> Stop:
    """Stops after one of these ids, or after one of these runs of ids.

    Raises ValueError for an empty run.
    """
    runs = [[stop] if isinstance(stop, int) else list(stop) for stop in stops]
    check_stops(runs)
    return lambda new: any(list(new[-len(run) :]) == run for run in runs)


def stop_rule(stop: Sequence[int | Sequence[int]] | Stop | None) -> Stop:
    """The rule that an argument `stop` means: itself, or one for these ids, or never to stop."""
    return stop if callable(stop) else stop_at_ids(stop or [])


# --8<-- [end:stop-at-ids]


# --8<-- [start:stop-at-text]
def stop_at_text(tokenizer: Decoding, stops: Sequence[str]) -> Stop:
    """Stops once the new text holds one of these strings, however tokens may have split it.

    A string need not come as the ids that it has alone: with subwords, it may begin inside one
    token and end inside another. So the text is searched. Raises ValueError for an empty string.
    """
    check_stops(stops)

    def over(new: Sequence[int]) -> bool:
        text = tokenizer.decode(new)
        return any(stop in text for stop in stops)

    return over


def cut_after(text: str, stops: Sequence[str]) -> str:
    """The text up to the end of the stop that ends first; all of it, where there is none.

    The token that completes a stop may have more text after it.
    """
    ends = [text.index(stop) + len(stop) for stop in stops if stop in text]
    return text[: min(ends, default=len(text))]


# --8<-- [end:stop-at-text]


def check_stops(stops: Sequence[Sequence[int] | str]) -> None:
    """Raise a ValueError where a stop is empty."""
    if not all(len(stop) for stop in stops):
        raise ValueError("an empty stop would end the text before it begins")
