"""Word vectors and what can be asked of them: neighbours, and analogies scored over a whole set."""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

# Written down before any vectors were asked; which of them count depends on the vocabulary.
MALE_AND_FEMALE = (
    ("actor", "actress"), ("boy", "girl"), ("boys", "girls"), ("brother", "sister"),
    ("brothers", "sisters"), ("duke", "duchess"), ("father", "mother"), ("fathers", "mothers"),
    ("gentleman", "lady"), ("gentlemen", "ladies"), ("god", "goddess"),
    ("grandfather", "grandmother"), ("he", "she"), ("himself", "herself"), ("host", "hostess"),
    ("husband", "wife"), ("husbands", "wives"), ("king", "queen"), ("kings", "queens"),
    ("man", "woman"), ("men", "women"), ("nephew", "niece"), ("prince", "princess"),
    ("son", "daughter"), ("sons", "daughters"), ("uncle", "aunt"), ("widower", "widow"),
)  # fmt: skip


class WordVectors:
    """Words and their vectors, scaled to length 1: so a dot product is a cosine."""

    def __init__(self, words: Sequence[str], vectors: Tensor) -> None:
        self.words, self.ids = list(words), {word: place for place, word in enumerate(words)}
        if vectors.ndim != 2 or not len(self.ids) == len(self.words) == len(vectors):
            raise ValueError(f"{len(self.ids)} different words, vectors {tuple(vectors.shape)}")
        lengths = vectors.norm(dim=1, keepdim=True)
        if not bool((lengths > 0).all()):
            word = self.words[int(lengths.argmin())]
            raise ValueError(f"the vector of {word!r} has no direction")
        self.vectors = vectors / lengths  # (V, C)

    def __getitem__(self, word: str) -> Tensor:
        """The vector of a word, (C,); ValueError where it is unknown."""
        if word not in self.ids:
            raise ValueError(f"{word!r} is not among the {len(self.words)} words")
        return self.vectors[self.ids[word]]

    def nearest(
        self, vector: Tensor, n: int = 8, without: Collection[str] = ()
    ) -> list[tuple[str, float]]:
        """The n words with the largest cosine to a vector (C,), each with its cosine.

        Raises ValueError where the vector is zero.
        """
        if not vector.any():
            raise ValueError("a zero vector has no direction")
        cosines = self.vectors @ (vector / vector.norm())  # (V,)
        order = cosines.argsort(descending=True).tolist()
        found = [(self.words[i], float(cosines[i])) for i in order[: n + len(without)]]
        return [(word, cosine) for word, cosine in found if word not in without][:n]

    def neighbours(self, word: str, n: int = 8) -> list[str]:
        """The n words nearest to a word, without itself."""
        return [other for other, _ in self.nearest(self[word], n, without=[word])]

    def among(self, words: Collection[str]) -> "WordVectors":
        """Only those of these words that are known, in their old order."""
        kept = [place for place, word in enumerate(self.words) if word in words]
        return WordVectors([self.words[place] for place in kept], self.vectors[kept])


# --8<-- [start:analogies]
def pairs_by_ending(words: Collection[str], ending: str, least: int = 4) -> list[tuple[str, str]]:
    """All (w, w + ending) of which both are words, with w of at least so many letters; sorted."""
    known = set(words)
    return [(w, w + ending) for w in sorted(known) if len(w) >= least and w + ending in known]


def analogy_scores(vectors: WordVectors, pairs: Sequence[tuple[str, str]]) -> dict[str, float]:
    """All questions "a is to b as c is to what?" that the pairs (a, b), (c, d) give.

    Returns:
        How many "questions" there are, and which share of them the nearest word answers: to
        b - a + c with a, b and c "left out", as in the papers; with "all allowed"; and to c alone,
        with a, b and c left out, so with "no offset" at all. "returns c" is how often the nearest
        of all words is c itself.

    Raises:
        ValueError: an unknown word, or no two pairs of four different words.
    """
    questions = [(*p, *q) for p in pairs for q in pairs if len({*p, *q}) == 4]
    if unknown := [w for pair in pairs for w in pair if w not in vectors.ids]:
        raise ValueError(f"{unknown[0]!r} is not among the {len(vectors.words)} words")
    if not questions:
        raise ValueError(f"{len(pairs)} pairs give no question of four different words")
    right = dict.fromkeys(("left out", "all allowed", "no offset", "returns c"), 0)
    E, ids = vectors.vectors, torch.tensor([[vectors.ids[w] for w in q] for q in questions])
    for part in ids.split(512):
        a, b, c, d = part.T  # each (Q,)
        offset, alone = (E[b] - E[a] + E[c]) @ E.T, E[c] @ E.T  # (Q, V)
        right["all allowed"] += int((offset.argmax(1) == d).sum())
        right["returns c"] += int((offset.argmax(1) == c).sum())
        for name, scores in (("left out", offset), ("no offset", alone)):
            scores.scatter_(1, part[:, :3], -torch.inf)
            right[name] += int((scores.argmax(1) == d).sum())
    shares = {name: count / len(questions) for name, count in right.items()}
    return {"questions": len(questions), **shares}


# --8<-- [end:analogies]
