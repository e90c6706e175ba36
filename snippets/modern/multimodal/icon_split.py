"""Which icons a model may learn from: families of names on one side, and no twin on the other.

Icons come in forms: filled, in outline, crossed out, in a box. A random split would put one form of
a picture before the model and another into the test.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# What a name adds for another form of the same picture.
VARIANTS = {"outline", "off", "variant", "box", "circle", "multiple"}
VARIANTS |= {"bold", "thick", "thin", "small", "large", "medium"}
HELD_OUT = 10  # one family in so many is kept for the test
TWIN = 0.98  # from this similarity on, two pictures count as the same


def caption(name: str) -> str:
    """The words of a name: "cloud-upload-outline" is "cloud upload outline".

    Raises:
        ValueError: a name without a word.
    """
    words = name.replace("-", " ").split()
    if not words:
        raise ValueError(f"the name {name!r} has no words")
    return " ".join(words)


def family(name: str) -> str:
    """The name without what only tells forms of one picture apart: variants and numbers."""
    first, *rest = caption(name).split()
    return " ".join([first, *(w for w in rest if w not in VARIANTS and not w.isdigit())])


def is_held_out(name: str) -> bool:
    """Whether a name's family is one of the tenth that is kept for the test."""
    digest = blake2b(family(name).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % HELD_OUT == 0


def nearest(
    pictures: NDArray[np.uint8], others: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """For each of (N, S, S) the most similar of (M, S, S): the cosine of their pixels, and where.

    Raises:
        ValueError: pictures of two sizes, or no others.
    """
    if pictures.shape[1:] != others.shape[1:] or not len(others):
        raise ValueError(f"{pictures.shape} can't be compared with {others.shape}")
    rows = [x.reshape(len(x), -1).astype(np.float32) for x in (pictures, others)]
    a, b = (x / np.linalg.norm(x, axis=1, keepdims=True).clip(1e-9) for x in rows)
    similar = a @ b.T  # (N, M)
    best = similar.argmax(axis=1)
    return similar[np.arange(len(a)), best], best


def split_icons(
    names: Sequence[str], pictures: NDArray[np.uint8]
) -> tuple[list[int], list[int], list[int]]:
    """The places of icons to learn from, to test on, and of twins, which are for neither.

    Families stay together. A held-out picture that is nearly one of the training is a twin.

    Raises:
        ValueError: not one picture per name.
    """
    if len(names) != len(pictures):
        raise ValueError(f"{len(names)} names for {len(pictures)} pictures")
    training = [i for i, name in enumerate(names) if not is_held_out(name)]
    others = [i for i, name in enumerate(names) if is_held_out(name)]
    similar, _ = nearest(pictures[others], pictures[training])
    test = [i for i, s in zip(others, similar, strict=True) if s < TWIN]
    twins = [i for i, s in zip(others, similar, strict=True) if s >= TWIN]
    return training, test, twins


class Icons(NamedTuple):
    """All icons, and the places of those to learn from, to test on, and of twins."""

    names: list[str]
    pictures: NDArray[np.uint8]  # (N, S, S)
    training: list[int]
    test: list[int]
    twins: list[int]

    def captions(self, places: Sequence[int]) -> list[str]:
        """The captions of some."""
        return [caption(self.names[i]) for i in places]

    def ink(self, places: Sequence[int]) -> Tensor:
        """The pictures of some, (n, S, S), from 0 to 1."""
        return torch.from_numpy(self.pictures[list(places)]).float() / 255
