"""Neighbours are by cosine, and analogies are scored as the definitions in words say."""

import pytest
import torch

from snippets.foundations.vectors.word_vectors import (
    MALE_AND_FEMALE,
    WordVectors,
    analogy_scores,
    pairs_by_ending,
)


@pytest.fixture
def plane() -> WordVectors:
    vectors = torch.tensor([[2.0, 0.0], [3.0, 1.0], [0.0, 5.0], [-1.0, 0.0]])
    return WordVectors(["east", "nearly", "north", "west"], vectors)


def test_the_nearest_is_the_one_of_the_smallest_angle_whatever_its_length(
    plane: WordVectors,
) -> None:
    assert plane.neighbours("east", 3) == ["nearly", "north", "west"]
    torch.testing.assert_close(plane.vectors.norm(dim=1), torch.ones(4))
    [(word, cosine)] = plane.nearest(torch.tensor([0.5, 0.0]), 1)
    assert word == "east" and cosine == pytest.approx(1)


def test_words_that_are_left_out_make_room_for_others(plane: WordVectors) -> None:
    found = plane.nearest(plane["east"], 2, without=["east", "nearly"])
    assert [word for word, _ in found] == ["north", "west"]


def test_a_zero_vector_is_near_nothing(plane: WordVectors) -> None:
    with pytest.raises(ValueError, match="no direction"):
        plane.nearest(torch.zeros(2))


def test_among_keeps_vectors_and_order(plane: WordVectors) -> None:
    few = plane.among({"west", "east", "unknown"})
    assert few.words == ["east", "west"]
    torch.testing.assert_close(few["west"], plane["west"])


@pytest.mark.parametrize(
    ("words", "vectors", "message"),
    [
        (["a", "a"], torch.ones(2, 3), "1 different words"),
        (["a"], torch.ones(2, 3), r"\(2, 3\)"),
        (["a"], torch.ones(3), r"\(3,\)"),
        (["a", "b"], torch.tensor([[1.0], [0.0]]), "'b' has no direction"),
    ],
)
def test_words_and_vectors_must_fit(words: list[str], vectors: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WordVectors(words, vectors)


def test_an_unknown_word_is_named(plane: WordVectors) -> None:
    with pytest.raises(ValueError, match="'south' is not among the 4 words"):
        plane["south"]
    with pytest.raises(ValueError, match="'south' is not among the 4 words"):
        analogy_scores(plane, [("east", "south"), ("north", "west")])


def test_pairs_are_found_by_their_ending() -> None:
    words = ["walk", "walking", "king", "be", "being", "even", "evening", "rise"]
    assert pairs_by_ending(words, "ing") == [("even", "evening"), ("walk", "walking")]
    assert ("be", "being") in pairs_by_ending(words, "ing", least=2)


def test_where_the_offset_is_exact_all_questions_are_answered() -> None:
    """c + (b - a) is d itself, and nearer to d than to c."""
    roots = torch.eye(4)
    shift = torch.tensor([0.0, 0, 0, 0, 3.0])
    plain = torch.cat([roots, torch.zeros(4, 1)], 1)
    words = [f"{kind}{number}" for kind in ("man", "woman") for number in range(4)]
    vectors = WordVectors(words, torch.cat([plain, plain + shift]))
    pairs = [(f"man{n}", f"woman{n}") for n in range(4)]
    scores = analogy_scores(vectors, pairs)
    assert scores["questions"] == 12
    assert scores["left out"] == scores["all allowed"] == 1
    assert scores["returns c"] == 0


def test_an_offset_too_short_returns_c_unless_it_is_left_out() -> None:
    vectors = WordVectors(
        ["a", "b", "c", "d", "far"],
        torch.tensor([[1.0, 0, 0], [1.0, 0, 0.1], [0, 1.0, 0], [0, 1.0, 0.3], [-1.0, -1, 0]]),
    )
    scores = analogy_scores(vectors, [("a", "b"), ("c", "d")])
    assert scores["questions"] == 2
    assert scores["left out"] == scores["no offset"] == 1
    assert scores["returns c"] + scores["all allowed"] <= 1
    assert scores["returns c"] >= 0.5


def test_it_agrees_with_asking_one_question_at_a_time() -> None:
    torch.manual_seed(0)
    words = [f"w{n}" for n in range(60)]
    vectors = WordVectors(words, torch.randn(60, 5))
    pairs = [(words[2 * n], words[2 * n + 1]) for n in range(30)]
    right = dict.fromkeys(("left out", "all allowed", "no offset", "returns c"), 0)
    questions = [(a, b, c, d) for a, b in pairs for c, d in pairs if a != c]
    for a, b, c, d in questions:
        offset = vectors[b] - vectors[a] + vectors[c]
        right["left out"] += vectors.nearest(offset, 1, without=[a, b, c])[0][0] == d
        right["no offset"] += vectors.nearest(vectors[c], 1, without=[a, b, c])[0][0] == d
        right["all allowed"] += vectors.nearest(offset, 1)[0][0] == d
        right["returns c"] += vectors.nearest(offset, 1)[0][0] == c
    scores = analogy_scores(vectors, pairs)
    assert scores.pop("questions") == len(questions) == 870  # more than one part
    assert scores == pytest.approx({name: n / 870 for name, n in right.items()})


def test_pairs_that_share_a_word_give_no_question() -> None:
    vectors = WordVectors(["his", "her", "him"], torch.eye(3))
    with pytest.raises(ValueError, match="2 pairs give no question"):
        analogy_scores(vectors, [("his", "her"), ("him", "her")])


def test_no_word_is_in_two_pairs() -> None:
    words = [word for pair in MALE_AND_FEMALE for word in pair]
    assert len(set(words)) == len(words)


def test_eight_are_nearest_unless_told_otherwise() -> None:
    vectors = WordVectors([f"w{n}" for n in range(12)], torch.eye(12) + 0.1)
    assert len(vectors.nearest(vectors["w0"])) == len(vectors.neighbours("w0")) == 8


def test_a_short_word_is_no_root_unless_asked_for() -> None:
    words = ["fly", "flying", "walk", "walking"]
    assert pairs_by_ending(words, "ing") == [("walk", "walking")]
    assert pairs_by_ending(words, "ing", least=3)[0] == ("fly", "flying")
