"""Taking a direction out of word vectors, and asking whether what it stood for is gone.

Bolukbasi et al. (2016) remove the direction from "she" to "he"; Gonen and Goldberg (2019) show
that the words which leaned to one side before can still be told from those of the other.
"""

import torch
from torch import Tensor

from snippets.foundations.texts.data_files import data_file
from snippets.foundations.vectors.word_vectors import WordVectors

# Words that praise and words that blame, collected from reviews by Hu and Liu (2004).
FILES = {
    "positive-words.txt": "4e4ae30dd8ac3462d3ebca81c1ac903d8c9193cbfd86621a1c1ac23b92a90ed9",
    "negative-words.txt": "9d02f9384eac6ccc9c1ff74f7b6bfbd03ebf4d31f0c46ef637c008170f9af368",
}


def opinion_words(vectors: WordVectors) -> list[str]:
    """Those of 6,789 words of opinion that have a vector, in the order of the files.

    Raises FileNotFoundError where `wefe` is not installed, ValueError where a file was changed.
    """
    found = []
    for name, digest in FILES.items():
        with open(data_file("wefe==1.0.1", name, digest), encoding="latin-1") as file:
            found += [line.strip() for line in file if not line.startswith(";")]
    return [word for word in dict.fromkeys(found) if word in vectors.ids]


def without_direction(vectors: WordVectors, direction: Tensor) -> WordVectors:
    """The same words, their vectors at a right angle to a direction (C,): x - (x·d) d.

    ValueError where the direction is zero, or a vector has no other direction.
    """
    if not direction.any():
        raise ValueError("a zero vector has no direction")
    d = direction / direction.norm()
    along = vectors.vectors @ d  # (V,)
    return WordVectors(vectors.words, vectors.vectors - along[:, None] * d)  # (!)


def leaning(vectors: WordVectors, words: list[str], direction: Tensor, count: int
            ) -> tuple[list[str], list[str]]:  # fmt: skip
    """The `count` words that lie farthest against a direction, and as many farthest along it."""
    if not 0 < 2 * count <= len(words):
        raise ValueError(f"{count} words at either end of {len(words)}")
    along = torch.stack([vectors[word] for word in words]) @ direction
    order = along.argsort(stable=True).tolist()
    return [words[i] for i in order[:count]], [words[i] for i in order[-count:]]


def nearest_mean_accuracy(
    vectors: WordVectors, one: list[str], other: list[str], seed: int = 0
) -> float:
    """The share of held-out words that lie nearer to the mean of their own group: 0.5 is chance.

    Half of each group, drawn by chance, gives the two means; the other half is asked.
    """
    if min(len(one), len(other)) < 2:
        raise ValueError(f"groups of {len(one)} and {len(other)} words can't be halved")
    chance = torch.Generator().manual_seed(seed)
    halves = []
    for group in (one, other):
        E = torch.stack([vectors[word] for word in group])
        E = E[torch.randperm(len(E), generator=chance)]
        halves.append((E[: len(E) // 2].mean(dim=0), E[len(E) // 2 :]))
    (a, first), (b, second) = halves
    distances = [torch.cdist(group, torch.stack([a, b])) for group in (first, second)]
    right = [(d.argmin(dim=1) == place).float() for place, d in enumerate(distances)]
    return float(torch.cat(right).mean())
