"""Five tasks for the harness, made by rule from the text of a play: nobody wrote the questions.

Each shows a model `WINDOW` characters of the play and asks how it goes on. The right choice is what
stands there; the wrong ones are made from it, or taken from elsewhere in the same play.
"""

import re
from collections.abc import Callable, Mapping

import numpy as np

from snippets.training.evaluation.harness import Question

WINDOW = 80  # characters of the beginning; with the longest choice, MiniGPT's context holds it

LINE = re.compile(r"^(?![^a-z]+:$).{20,46}$", re.MULTILINE)  # of a speech, not a speaker's name
SPEAKER = re.compile(r"(?<=\n\n)[^a-z\n]{2,30}:\n")
WORD = re.compile(r"(?<= )[a-z]{5,}(?= )")  # within a line, so its place shows by no capital

Make = Callable[[str, np.random.Generator], list[Question]]


def _question(beginning: str, right: str, wrong: list[str], rng: np.random.Generator) -> Question:
    """A question whose choices come in random order."""
    order = rng.permutation(1 + len(wrong))
    choices = [right, *wrong]
    return Question(
        beginning[-WINDOW:], tuple(choices[place] for place in order), int(order.argmin())
    )


def spelling(play: str, rng: np.random.Generator) -> list[Question]:
    """A line as it is, and with two neighbouring letters of a word exchanged."""
    found = []
    for line in LINE.finditer(play, WINDOW):
        words = list(WORD.finditer(line[0]))
        if not words:
            continue
        word = words[rng.integers(len(words))]
        place = word.start() + int(rng.integers(1, len(word[0]) - 2))
        left, right = line[0][place], line[0][place + 1]
        if left != right:
            wrong = line[0][:place] + right + left + line[0][place + 2 :]  # (!)
            found.append(_question(play[: line.start()], line[0], [wrong], rng))
    return found


def word_order(play: str, rng: np.random.Generator) -> list[Question]:
    """A line as it is, and with two neighbouring words exchanged, both without capital or comma."""
    found = []
    for line in LINE.finditer(play, WINDOW):
        words = line[0].split(" ")
        plain = [word.isalpha() and word.islower() for word in words]
        places = [
            place
            for place in range(1, len(words) - 1)
            if plain[place] and plain[place + 1] and words[place] != words[place + 1]
        ]
        if places:
            place = places[rng.integers(len(places))]
            words[place : place + 2] = words[place + 1], words[place]
            found.append(_question(play[: line.start()], line[0], [" ".join(words)], rng))
    return found


def missing_word(play: str, rng: np.random.Generator) -> list[Question]:
    """A word and the rest of its line, and the same with three other words of that length."""
    others: dict[int, list[str]] = {}
    for word in sorted(set(WORD.findall(play))):
        others.setdefault(len(word), []).append(word)
    found = []
    for line in LINE.finditer(play, WINDOW):
        for word in list(WORD.finditer(line[0]))[:1]:
            same = [other for other in others[len(word[0])] if other != word[0]]
            if len(same) >= 3:
                rest = line[0][word.end() :]
                wrong = [other + rest for other in rng.choice(same, 3, replace=False)]
                beginning = play[: line.start() + word.start()]
                found.append(_question(beginning, word[0] + rest, wrong, rng))
    return found


def next_line(play: str, rng: np.random.Generator) -> list[Question]:
    """A line, and three other lines of the play."""
    lines = list(LINE.finditer(play, WINDOW))
    found = []
    for line in lines:
        drawn = dict.fromkeys(lines[place][0] for place in rng.integers(len(lines), size=8))
        wrong = [other for other in drawn if other != line[0]]  # as drawn: no order gives it away
        if len(wrong) >= 3:
            found.append(_question(play[: line.start()], line[0], wrong[:3], rng))
    return found


def next_speaker(play: str, rng: np.random.Generator) -> list[Question]:
    """Who speaks next, and three others of the play."""
    names = sorted(set(SPEAKER.findall(play)))
    found = []
    for name in SPEAKER.finditer(play, WINDOW):
        others = [other for other in names if other != name[0]]
        if len(others) >= 3:
            wrong = [str(other) for other in rng.choice(others, 3, replace=False)]
            found.append(_question(play[: name.start()], name[0], wrong, rng))
    return found


TASKS: Mapping[str, Make] = {
    "spelling": spelling,
    "word order": word_order,
    "missing word": missing_word,
    "next line": next_line,
    "next speaker": next_speaker,
}


def draw(make: Make, plays: Mapping[str, str], count: int, seed: int = 0) -> list[Question]:
    """`count` questions of a task, equally many from each play, drawn at random.

    Raises ValueError where `count` is no multiple of the number of plays, or a play has too few.
    """
    each, rest = divmod(count, len(plays)) if plays else (0, 1)
    if rest or each < 1:
        raise ValueError(f"{count} questions can't be shared out over {len(plays)} plays")
    rng = np.random.default_rng(seed)
    found: list[Question] = []
    for name, play in plays.items():
        questions = make(play, rng)
        if len(questions) < each:
            raise ValueError(f"{name} yields {len(questions)} questions, not {each}")
        found += [questions[place] for place in rng.choice(len(questions), each, replace=False)]
    return found
