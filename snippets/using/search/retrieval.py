"""Finding texts by meaning: embeddings, a ranking by cosine, and rankings combined."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor
from torch.nn import functional as F

from snippets.using.search.bm25 import BM25
from snippets.using.search.chunks import Chunk

LONGEST = 256  # tokens: MiniLM's published setting; what comes after them is not read


@torch.inference_mode()
def embed(texts: Sequence[str], tokenizer: Any, model: Any, batch_size: int = 32) -> Tensor:
    """A unit vector for each text, the mean of its tokens' states: (N, C).

    Texts of similar length are read together, so that little is padding. ValueError for no text.
    """
    if not texts:
        raise ValueError("there is no text to embed")
    order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    vectors = torch.empty(len(texts), model.config.hidden_size)
    for start in range(0, len(order), batch_size):
        some = order[start : start + batch_size]
        batch = tokenizer(
            [texts[i] for i in some],
            padding=True,
            truncation=True,
            max_length=LONGEST,
            return_tensors="pt",
        ).to(model.device)
        states = model(**batch).last_hidden_state  # (B, T, C)
        shown = batch["attention_mask"][..., None]  # (B, T, 1): 0 where padding is
        mean = (states * shown).sum(1) / shown.sum(1)  # (B, C) (!)
        vectors[some] = F.normalize(mean, dim=-1).cpu()
    return vectors


def ranking(scores: ArrayLike, above: float = -np.inf) -> list[int]:
    """The places of scores (N,) from the highest down, without those that are not above a bound."""
    values = np.asarray(scores, dtype=float)
    order = np.argsort(-values, kind="stable")
    return [int(i) for i in order if values[i] > above]


def fuse(rankings: Iterable[Sequence[int]], k: float = 60) -> list[int]:
    """Reciprocal rank fusion: each ranking gives 1 / (k + rank); the sums are ranked.

    Cormack et al. (2009), who took k = 60. Raises ValueError where k is negative.
    """
    if k < 0:
        raise ValueError(f"k={k} must not be negative")
    sums: dict[int, float] = {}
    for one in rankings:
        for rank, place in enumerate(one, start=1):
            sums[place] = sums.get(place, 0.0) + 1 / (k + rank)  # (!)
    return sorted(sums, key=lambda place: (-sums[place], place))


class Index:
    """Chunks that can be searched by words, by meaning, and by both.

    What is searched is a chunk's heading and its text. ValueError where there is no chunk.
    """

    def __init__(self, chunks: Sequence[Chunk], tokenizer: Any, model: Any) -> None:
        texts = [f"{chunk.heading}. {chunk.text}" for chunk in chunks]
        self.chunks, self.tokenizer, self.model = list(chunks), tokenizer, model
        self.bm25 = BM25(texts)
        self.vectors = embed(texts, tokenizer, model)  # (N, C)

    def by_words(self, query: str) -> list[int]:
        """The chunks that share a word with the query, best first."""
        return ranking(self.bm25.scores(query), above=0)

    def by_meaning(self, query: str) -> list[int]:
        """All chunks, by the cosine of their vectors with the query's."""
        return ranking(self.vectors @ embed([query], self.tokenizer, self.model)[0])

    def search(self, query: str, count: int = 3) -> list[Chunk]:
        """The best chunks by both. ValueError for a blank query or a count below 1."""
        if not query.strip() or count < 1:
            raise ValueError(f"a blank query, or a count below 1: {query!r}, {count}")
        found = fuse([self.by_words(query), self.by_meaning(query)])
        return [self.chunks[i] for i in found[:count]]
