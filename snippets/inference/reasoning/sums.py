"""Sums of several numbers: a task that a program can grade, answered at once or step by step."""

import hashlib
import math
import random
import re
from collections.abc import Callable

from snippets.checks import check_positive
from snippets.foundations.tokenizers import CharTokenizer

TOKENIZER = CharTokenizer("\n+=0123456789")  # V = 13
END, PLUS, EQUALS = TOKENIZER.encode("\n+=")

NUMBERS = range(10, 30)  # what is added
Terms = tuple[int, ...]  # the numbers to add


def question(terms: Terms) -> str:
    """The prompt, such as "17+26+19=": three characters for each number."""
    return "+".join(map(str, terms)) + "="


def direct(terms: Terms, rng: random.Random) -> str:
    """The sum and nothing else, such as "62", and the end of the line."""
    return f"{sum(terms)}\n"


def steps(terms: Terms, rng: random.Random) -> str:
    """The numbers in any order, with the sum so far after each: "19+17=36+26=62"."""
    first, *others = rng.sample(terms, len(terms))
    total, text = first, str(first)
    for term in others:
        total += term
        text += f"+{term}={total}"
    return text + "\n"


Style = Callable[[Terms, random.Random], str]
STYLES: dict[str, Style] = {"direct": direct, "thinking": steps}


def answer(solution: str) -> int | None:
    """The number that a solution ends in; None where it does not end, or not in a number."""
    found = re.fullmatch(r"(?:[\d+=]*=)?(\d+)\n", solution)
    return int(found[1]) if found else None


def is_held_out(terms: Terms) -> bool:
    """Whether a problem is for testing: about one in five, the same on every machine.

    The order of the numbers makes no difference: the same sum in another order is the same problem.
    """
    key = "+".join(map(str, sorted(terms)))
    return hashlib.blake2b(key.encode(), digest_size=1).digest()[0] < 51  # of 256


def draw_problem(size: int, held_out: bool, rng: random.Random) -> Terms:
    """Numbers drawn until they are a problem of the side asked for."""
    check_positive(size=size)
    while True:
        terms = tuple(rng.choices(NUMBERS, k=size))
        if is_held_out(terms) is held_out:
            return terms


def how_many(size: int) -> int:
    """The number of different problems of a size, on both sides together."""
    return math.comb(len(NUMBERS) + size - 1, size)


def problems(count: int, size: int, held_out: bool, seed: int = 0) -> list[Terms]:
    """Different problems of `size` numbers; ValueError for more than a tenth of all there are."""
    check_positive(count=count, size=size)
    if count > how_many(size) // 10:
        raise ValueError(f"count={count} different problems of size={size} are too many to draw")
    rng = random.Random(seed)
    found: dict[Terms, Terms] = {}
    while len(found) < count:
        terms = draw_problem(size, held_out, rng)
        found.setdefault(tuple(sorted(terms)), terms)
    return list(found.values())
