"""Equal to bm25s, and what the formula promises."""

import math
import random

import bm25s  # type: ignore[import-untyped]
import numpy as np
import pytest

from snippets.using.search.bm25 import BM25, stems, terms

TEXTS = [
    "The cat sat on the mat.",
    "A dog sat on a log, and the dog barked.",
    "Cats and dogs!",
    "Nothing of the kind",
]


def random_texts(count, seed=0):
    drawn = random.Random(seed)
    return [
        " ".join(f"w{drawn.randint(0, 30)}" for _ in range(drawn.randint(1, 40)))
        for _ in range(count)
    ]


@pytest.mark.parametrize(("k1", "b"), [(1.5, 0.75), (1.2, 0.0), (0.5, 1.0)])
def test_it_equals_bm25s(k1, b):
    texts = random_texts(60)
    theirs = bm25s.BM25(method="lucene", k1=k1, b=b, dtype="float64")
    theirs.index([terms(text) for text in texts], show_progress=False)
    ours = BM25(texts, k1, b)
    for query in random_texts(20, seed=1):
        known = [word for word in terms(query) if word in ours.postings]
        expected = theirs.get_scores(known) if known else np.zeros(60)
        np.testing.assert_allclose(ours.scores(query), expected, rtol=1e-5)


def test_one_score_by_hand():
    ours = BM25(["a b", "a a c c"], k1=1.0, b=1.0)  # lengths 2 and 4, their mean 3
    rarity = math.log(1 + (2 - 1 + 0.5) / (1 + 0.5))
    assert ours.scores("c")[1] == pytest.approx(rarity * 2 / (2 + 4 / 3))
    assert ours.scores("c")[0] == 0


def test_a_rare_word_counts_more_and_repetition_counts_less_and_less():
    ours = BM25(["x y", "x z", "x z"])
    assert ours.scores("y")[0] > ours.scores("x")[0] > 0
    often = BM25([" ".join(["x"] * n + ["y"] * (9 - n)) for n in (1, 2, 8)]).scores("x")
    assert often[0] < often[1] < often[2] < 8 * often[0]


def test_a_longer_text_needs_more_unless_b_is_zero():
    texts = ["x", "x y z z z z", "z"]
    assert BM25(texts).scores("x")[0] > BM25(texts).scores("x")[1]
    level = BM25(texts, b=0).scores("x")
    assert level[0] == level[1]


def test_words_without_case_or_signs():
    assert terms("Cats' naïve √D, 2 times") == ["cats", "naïve", "d", "2", "times"]
    assert BM25(TEXTS).scores("DOG")[1] > 0


def test_endings_are_cut():
    assert len(set(stems("caching caches cached cache"))) == 1
    assert stems("is the bed") == ["is", "the", "bed"]
    assert BM25(TEXTS, split=stems).scores("cat")[2] > 0 == BM25(TEXTS).scores("cat")[2]


def test_another_language_or_no_words_find_nothing():
    ours = BM25(TEXTS)
    for query in ("Wo schläft die Katze?", "?!", ""):
        assert not ours.scores(query).any()


def test_what_can_not_be_searched_is_refused():
    with pytest.raises(ValueError, match="empty"):
        BM25([])
    with pytest.raises(ValueError, match="2 texts"):
        BM25(["", "?"])
    for k1, b in ((-1, 0.5), (1, 1.1), (1, -0.1)):
        with pytest.raises(ValueError, match=f"k1={k1}"):
            BM25(TEXTS, k1, b)


def test_without_k1_a_word_is_there_or_not():
    found = BM25(["x", "x x x y", "y"], k1=0).scores("x")
    assert found[0] == found[1] > 0 == found[2]


def test_settings_that_are_not_stated_are_those_of_bm25s():
    theirs = bm25s.BM25(method="lucene", dtype="float64")
    theirs.index([terms(text) for text in TEXTS], show_progress=False)
    np.testing.assert_allclose(
        BM25(TEXTS).scores("dog on the mat"), theirs.get_scores(terms("dog on the mat")), rtol=1e-5
    )


def test_a_stem_has_three_letters_at_least():
    assert stems("repeatedly seemingly cities lived lucky odd") == [
        *("repeat", "seem", "cit", "liv", "luck", "odd")
    ]
