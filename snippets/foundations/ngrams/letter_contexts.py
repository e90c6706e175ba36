"""Spelling to sound by counting: what does this letter, between these letters, stand for?

The baseline of a network that reads whole words. It learns from words with as many letters as
phones, where the first letter goes with the first phone and so on; so it says one phone per letter.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

SIDES = (2, 1, 0)  # letters to the left and right, the most telling context first


class LetterContexts:
    """The most frequent phone of each letter in its context, the widest that was seen.

    Raises ValueError where no word has as many letters as phones.
    """

    def __init__(self, pairs: Iterable[tuple[str, Sequence[str]]]) -> None:
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for word, phones in pairs:
            if len(word) == len(phones):
                for place, phone in enumerate(phones):
                    for side in SIDES:
                        counts[context(word, place, side)][phone] += 1
        if not counts:
            raise ValueError("no word has as many letters as phones")
        self.phones = {seen: phones.most_common(1)[0][0] for seen, phones in counts.items()}

    def __call__(self, word: str) -> tuple[str, ...]:
        """The phones of a word: one for each letter that was seen in training."""
        found = []
        for place in range(len(word)):
            known = (self.phones.get(context(word, place, side)) for side in SIDES)
            found += [phone for phone in known if phone][:1]
        return tuple(found)


def context(word: str, place: int, side: int) -> str:
    """A letter between `side` neighbours to each side; dots stand beyond the ends: `..tom`."""
    padded = "." * side + word + "." * side
    return padded[place : place + 2 * side + 1]


def edits(one: Sequence[str], other: Sequence[str]) -> int:
    """How few insertions, deletions and exchanges make one sequence of the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for number, left in enumerate(one, start=1):
        before, row[0] = row[0], number
        for place, right in enumerate(other, start=1):
            step = min(row[place], row[place - 1]) + 1
            before, row[place] = row[place], min(step, before + (left != right))
    return row[-1]
