"""Has the training text seen the test? Runs of words that stand in both."""

import re
from collections.abc import Iterable, Iterator, Sequence

WORD = re.compile(r"[a-z']+")


def runs(text: str, length: int) -> Iterator[str]:
    """Each run of `length` neighbouring words, without case and punctuation."""
    words = WORD.findall(text.lower())
    for place in range(len(words) - length + 1):
        yield " ".join(words[place : place + length])


def contaminated(tests: Sequence[str], training: Iterable[str], length: int = 8) -> list[bool]:
    """For each test text, whether some run of `length` words of it stands in a training text.

    Only the runs of the tests are kept, for training texts are long and tests are few. A test of
    fewer words has no run, and so is never found. Raises ValueError for a `length` below 1.
    """
    if length < 1:
        raise ValueError(f"runs of {length} words")
    wanted = [set(runs(test, length)) for test in tests]
    sought = set().union(*wanted)
    seen = {run for text in training for run in runs(text, length) if run in sought}  # (!)
    return [not seen.isdisjoint(own) for own in wanted]
