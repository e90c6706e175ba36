"""A direction is gone from all vectors; groups are told apart only where they differ."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from snippets.foundations.vectors.google_news import load_google_news
from snippets.foundations.vectors.word_vectors import WordVectors
from snippets.society import debiasing
from snippets.society.debiasing import (
    leaning,
    nearest_mean_accuracy,
    opinion_words,
    without_direction,
)


def random_vectors(count: int, seed: int = 0) -> WordVectors:
    chance = torch.Generator().manual_seed(seed)
    return WordVectors([f"w{i}" for i in range(count)], torch.randn(count, 6, generator=chance))


def test_what_is_left_is_at_a_right_angle_and_nothing_else_changed() -> None:
    vectors, direction = random_vectors(20), torch.tensor([3.0, 0, 0, 4.0, 0, 0])
    left = without_direction(vectors, direction)
    assert torch.allclose(left.vectors @ direction, torch.zeros(20), atol=1e-6)
    basis = torch.eye(6)[[1, 2, 4, 5]]
    before, after = vectors.vectors @ basis.T, left.vectors @ basis.T
    assert torch.allclose(before / before.norm(dim=1, keepdim=True),
                          after / after.norm(dim=1, keepdim=True), atol=1e-6)  # fmt: skip
    again = without_direction(left, direction)
    assert torch.allclose(again.vectors, left.vectors, atol=1e-6)


def test_words_lean_to_the_ends_of_a_direction() -> None:
    vectors = WordVectors(["a", "b", "c", "d"], torch.tensor([[1.0, 0], [-1, 0], [1, 1], [-1, 3]]))
    ends = leaning(vectors, ["a", "b", "c", "d"], torch.tensor([1.0, 0]), 1)
    assert ends == (["b"], ["a"])
    for count in (0, 3):
        with pytest.raises(ValueError, match="at either end of 4"):
            leaning(vectors, ["a", "b", "c", "d"], torch.tensor([1.0, 0]), count)


def test_only_groups_that_differ_are_nearest_mean_accuracy() -> None:
    vectors = random_vectors(800)
    words = vectors.words
    assert 0.42 < nearest_mean_accuracy(vectors, words[:400], words[400:]) < 0.58
    one, other = leaning(vectors, words, torch.eye(6)[0], 200)
    assert nearest_mean_accuracy(vectors, one, other) > 0.95
    hidden = without_direction(vectors, torch.eye(6)[0])  # coordinates here are independent,
    assert (
        0.38 < nearest_mean_accuracy(hidden, one, other) < 0.62
    )  # so nothing else tells them apart


def test_words_that_are_asked_gave_no_mean() -> None:
    """Of 400 coordinates, 40 words that gave one would lie much nearer to it, by chance alone."""
    chance = torch.Generator().manual_seed(0)
    words = [f"w{i}" for i in range(80)]
    vectors = WordVectors(words, torch.randn(80, 400, generator=chance))
    assert 0.25 < nearest_mean_accuracy(vectors, words[:40], words[40:]) < 0.75


def test_opinion_words_have_vectors_and_come_once() -> None:
    vectors = load_google_news()
    words = opinion_words(vectors)
    assert len(words) == len({*words}) > 6000 and {"beautiful", "abysmal"} <= {*words}
    assert all(word in vectors.ids for word in words)


def test_what_can_not_be_done_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = random_vectors(4)
    with pytest.raises(ValueError, match="no direction"):
        without_direction(vectors, torch.zeros(6))
    with pytest.raises(ValueError, match="can't be halved"):
        nearest_mean_accuracy(vectors, ["w0"], ["w1", "w2"])
    monkeypatch.setattr(debiasing, "FILES", dict.fromkeys(debiasing.FILES, "0" * 64))
    with pytest.raises(ValueError, match="SHA-256"):
        opinion_words(vectors)


def test_both_ends_may_take_all_words_and_two_words_may_be_halved() -> None:
    vectors = WordVectors(["a", "b", "c", "d"], torch.tensor([[1.0, 0], [-1, 0], [3, 1], [-1, 3]]))
    ends = leaning(vectors, ["a", "b", "c", "d"], torch.tensor([1.0, 0]), 2)
    assert ends == (["b", "d"], ["c", "a"])  # the farthest stand outside
    assert nearest_mean_accuracy(vectors, ["a", "c"], ["b", "d"]) == 1
    many = random_vectors(40)
    words = many.words
    assert nearest_mean_accuracy(many, words[:20], words[20:]) == nearest_mean_accuracy(
        many, words[:20], words[20:], seed=0
    )


def test_words_of_opinion_are_all_of_both_files_praise_first() -> None:
    class All(dict[str, int]):
        def __contains__(self, word: object) -> bool:
            return True

    everything: Any = SimpleNamespace(ids=All())
    words = opinion_words(everything)
    assert abs(len(words) - 6789) < 10 and words.index("zippy") < words.index("abysmal")
    assert not any(";" in word or word != word.strip() for word in words)
