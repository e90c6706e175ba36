"""The chain rule makes one distribution over all texts, and the loop draws from it."""

import itertools

import numpy as np
import pytest

from snippets.foundations.autoregressive import as_language_model, generate, surprisals
from snippets.foundations.ngrams.kneser_ney import KneserNey
from snippets.foundations.ngrams.ngram import NGram

TEXT = np.random.default_rng(0).integers(0, 3, 200).tolist()
MODELS: list[NGram | KneserNey] = [
    NGram(TEXT, 0, 3),
    NGram(TEXT, 3, 3),
    KneserNey(TEXT, 1, 3),
    KneserNey(TEXT, 3, 3),
]


@pytest.mark.parametrize("model", MODELS)
def test_the_probabilities_of_all_texts_of_a_length_sum_to_one(model: NGram | KneserNey) -> None:
    texts = [[2, *rest] for rest in itertools.product(range(3), repeat=4)]
    total = sum(np.exp(-surprisals(as_language_model(model), text).sum()) for text in texts)
    assert total == pytest.approx(1)


@pytest.mark.parametrize("model", MODELS)
def test_surprisals_are_the_log_probabilities_of_the_counts(model: NGram | KneserNey) -> None:
    text = [0, 2, 1, 1, 0, 2, 2, 1]
    np.testing.assert_allclose(
        surprisals(as_language_model(model), text), -model.log_probabilities(text)
    )


def test_the_history_is_as_long_as_the_order_allows() -> None:
    model = as_language_model(NGram(TEXT, 3, 3))
    np.testing.assert_allclose(model([0, 0, 1, 2]), model([1, 2]))
    assert not np.allclose(model([0, 2]), model([1, 2]))


def test_tokens_are_drawn_as_often_as_the_model_says() -> None:
    def model(ids: list[int]) -> np.ndarray:
        return np.array([0.7, 0.3]) if ids[-1] == 0 else np.array([1.0, 0.0])

    text = generate(model, [1], 4000, np.random.default_rng(0))
    assert len(text) == 4001 and text[0] == 1
    assert (1, 1) not in itertools.pairwise(text)
    after_0 = [b for a, b in itertools.pairwise(text) if a == 0]
    assert np.mean(after_0) == pytest.approx(0.3, abs=0.04)


def test_a_model_sees_all_that_was_drawn() -> None:
    """Each token is the number of tokens before it: it can be told only from all of them."""
    count = generate(lambda ids: np.eye(9)[len(ids)], [0], 8, np.random.default_rng(0))
    assert count == list(range(9))


def test_what_was_given_stays_as_it_was() -> None:
    given = [0, 1]
    generate(as_language_model(MODELS[1]), given, 3, np.random.default_rng(0))
    assert given == [0, 1]


def test_refusals() -> None:
    model = as_language_model(MODELS[1])
    with pytest.raises(ValueError, match="a text of 1 tokens"):
        surprisals(model, [0])
    with pytest.raises(ValueError, match="a text of 0"):
        generate(model, [], 3, np.random.default_rng(0))
    with pytest.raises(ValueError, match="-1 tokens"):
        generate(model, [0], -1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="id 7 is not in the vocabulary of 3"):
        surprisals(model, [0, 1, 7, 1])


@pytest.mark.parametrize("wrong", [-1, 3])
def test_an_id_just_outside_the_vocabulary_is_named(wrong: int) -> None:
    with pytest.raises(ValueError, match=f"id {wrong} is not in the vocabulary of 3"):
        surprisals(lambda ids: np.full(3, 1 / 3), [0, wrong])
