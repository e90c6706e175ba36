"""MiniLM's vectors are those of its published recipe; rankings and their fusion obey their laws."""

from functools import cache

import pytest
import torch
from torch.nn import functional as F

from snippets.transformer.encoders.pretrained import load_minilm
from snippets.using.search.chunks import Chunk
from snippets.using.search.retrieval import LONGEST, Index, embed, fuse, ranking

CHUNKS = [
    Chunk("a.md", "Cats", "A cat is a small animal that purrs."),
    Chunk("b.md", "Loans", "The bank lends money at interest."),
    Chunk("c.md", "Rain", "Water falls from the clouds."),
]


@cache
def minilm():
    return load_minilm()


@cache
def index():
    return Index(CHUNKS, *minilm())


def test_a_vector_is_the_normalised_mean_of_the_states_alone():
    tokenizer, model = minilm()
    texts = ["One short text.", "Another text, which is a good deal longer than the first one is."]
    found = embed(texts, tokenizer, model)
    for text, vector in zip(texts, found, strict=True):
        with torch.no_grad():
            states = model(**tokenizer(text, return_tensors="pt")).last_hidden_state[0]
        torch.testing.assert_close(vector, F.normalize(states.mean(0), dim=0), atol=1e-5, rtol=0)


def test_neither_order_nor_batches_change_a_vector():
    texts = [chunk.text for chunk in CHUNKS]
    whole = embed(texts, *minilm())
    torch.testing.assert_close(
        embed(texts[::-1], *minilm(), batch_size=1).flip(0), whole, atol=1e-5, rtol=0
    )
    torch.testing.assert_close(whole.norm(dim=1), torch.ones(3))


def test_what_comes_after_the_longest_is_not_read():
    start = "word " * (LONGEST - 2)  # and two special tokens
    one, other = embed([start + "cat", start + "loan"], *minilm())
    assert torch.equal(one, other)


def test_meaning_finds_what_shares_no_word():
    assert index().by_words("kitten")[:1] == []
    assert index().by_meaning("kitten")[0] == 0
    assert index().by_meaning("thunderstorm")[0] == 2
    assert index().search("kitten", 1) == [CHUNKS[0]]


def test_words_are_found_in_headings_too():
    assert index().by_words("loans") == [1]


def test_a_ranking_goes_down_and_keeps_equals_in_order():
    assert ranking([0.1, 0.9, 0.1, 0.5]) == [1, 3, 0, 2]
    assert ranking([0.0, 2.0, 0.0], above=0) == [1]


def test_fusion_adds_reciprocal_ranks():
    assert fuse([[0, 1, 2], [1, 2, 0]]) == [1, 0, 2]  # 1/61 + 1/62; 1/61 + 1/63; 1/62 + 1/63
    assert fuse([[3, 4], []]) == [3, 4]
    assert fuse([[0, 1], [2, 3, 1]], k=0) == [0, 2, 1, 3]
    assert fuse([[0, 1], [2, 3, 1]]) == [1, 0, 2, 3]
    assert fuse([]) == []


def test_what_can_not_be_searched_is_refused():
    with pytest.raises(ValueError, match="no text"):
        embed([], None, None)
    with pytest.raises(ValueError, match="empty"):
        Index([], None, None)
    for query, count in (("  ", 3), ("cat", 0)):
        with pytest.raises(ValueError, match="blank"):
            index().search(query, count)
    with pytest.raises(ValueError, match="k=-1"):
        fuse([[0]], k=-1)


def test_sixty_is_the_constant_of_fusion():
    """Cormack et al. (2009): twice at rank 62 is then as good as once at rank 1."""
    other = iter(range(100, 1000))
    for place, twice in ((0, 1), (1, 0)):
        rankings = [[place], *([*(next(other) for _ in range(61)), twice] for _ in range(2))]
        assert [found for found in fuse(rankings) if found in (0, 1)] == [0, 1]
        assert [found for found in fuse(rankings, k=59) if found in (0, 1)] == [place, twice]
        assert [found for found in fuse(rankings, k=61) if found in (0, 1)] == [twice, place]


def test_three_chunks_are_found_unless_told_otherwise():
    found = Index([*CHUNKS, Chunk("d.md", "Sun", "The sun is a star.")], *minilm()).search("cat")
    assert len(found) == 3 and found[0] == CHUNKS[0]
