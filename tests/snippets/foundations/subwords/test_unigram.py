"""The ids are those of `tokenizers`, sums over ways are right, and training never gets worse."""

import math
from collections import Counter
from functools import cache
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models

from snippets.foundations.subwords.byte_level import cut
from snippets.foundations.subwords.unigram import (
    UnigramTokenizer,
    candidates,
    expected_counts,
    maximize,
    train,
    viterbi,
)
from snippets.foundations.texts.corpus import plays
from tests.snippets.foundations.varied import varied_strings

TOY = {"a": 0.2, "b": 0.2, "c": 0.1, "ab": 0.2, "bc": 0.2, "abc": 0.1}


@cache
def pieces():
    return train(Counter(cut(plays()["macbeth"])), vocab_size=800, longest=8)


def ways(text):
    """All ways to spell a text with the pieces of TOY."""
    for bars in product((False, True), repeat=max(0, len(text) - 1)):
        cuts = [0, *(i for i, bar in enumerate(bars, start=1) if bar), len(text)]
        way = [text[i:j] for i, j in pairwise(cuts)]
        if all(piece in TOY for piece in way):
            yield way, math.prod(TOY[piece] for piece in way)


def test_the_ids_are_those_of_tokenizers():
    ours = UnigramTokenizer(pieces())
    reference = Tokenizer(models.Unigram(pieces(), unk_id=0, byte_fallback=False))
    strings = varied_strings()
    for text, theirs in zip(strings, reference.encode_batch(strings), strict=True):
        assert ours.encode(text) == theirs.ids, repr(text)


@pytest.mark.parametrize(("score", "ids"), [(-10.5, [1, 3]), (-11.5, [0, 2])])
def test_an_unknown_character_weighs_what_it_weighs_in_tokenizers(score, ids):
    """Where a cut with one, x and yz, competes with another, xy and z: 10 nats below the worst."""
    some = [("<unk>", 0.0), ("xy", -20.0), ("yz", -1.0), ("z", score)]
    reference = Tokenizer(models.Unigram(some, unk_id=0, byte_fallback=False))
    assert UnigramTokenizer(some).encode("xyz") == reference.encode("xyz").ids == ids


@given(st.text("abc", min_size=1, max_size=7))
def test_viterbi_finds_the_best_of_all_ways(text):
    best = max(p for _, p in ways(text))
    found, score = viterbi(text, {piece: math.log(p) for piece, p in TOY.items()}, 3)
    assert math.exp(score) == pytest.approx(best)
    assert "".join(found) == text


@given(st.text("abc", min_size=1, max_size=7), st.integers(1, 5))
def test_expected_counts_are_means_over_all_ways(text, n):
    total = sum(p for _, p in ways(text))
    mean = Counter()
    for way, p in ways(text):
        for piece in way:
            mean[piece] += n * p / total
    expected, loss = expected_counts({text: n}, TOY, 3)
    assert loss == pytest.approx(-n * math.log(total))
    for piece in TOY:
        assert expected[piece] == pytest.approx(mean[piece])


def test_each_round_makes_the_text_more_probable():
    words = Counter(cut(plays()["macbeth"][:20_000]))
    probabilities = candidates(words, longest=6, most=500)
    losses = []
    for _ in range(6):
        expected, loss = expected_counts(words, probabilities, 6)
        probabilities = maximize(expected)
        losses.append(loss)
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-6)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.95 * losses[0]


def test_training_keeps_as_many_pieces_as_asked_for_and_all_characters():
    text = plays()["macbeth"]
    names = [piece for piece, _ in pieces()]
    assert len(names) == 800 and names[0] == "<unk>"
    assert set(text) <= set(names)
    assert {" the", " and"} <= set(names)
    ours = UnigramTokenizer(pieces())
    assert ours.decode(ours.encode(text[:5000])) == text[:5000]


def test_unknown_characters_in_a_row_are_one_id():
    tokenizer = UnigramTokenizer([("<unk>", 0.0), ("a", -1.0), ("ab", -1.5)])
    assert tokenizer.encode("aéèab") == [1, 0, 2]
    assert tokenizer.encode("") == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ([("a", -1.0)], "1 pieces need <unk> first"),
        ([("<unk>", 0.0), ("a", -1.0), ("a", -2.0)], "3 pieces need .* twice"),
        ([("<unk>", 0.0), ("a", 0.5)], r"\('a', 0.5\) is no piece"),
        ([("<unk>", 0.0), ("a", math.nan)], r"\('a', nan\) is no piece"),
        ([("<unk>", 0.0), ("", -1.0)], r"\('', -1.0\) is no piece"),
    ],
)
def test_a_wrong_vocabulary_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        UnigramTokenizer(wrong)


def test_what_is_wrong_is_named():
    tokenizer = UnigramTokenizer([("<unk>", 0.0), ("a", -1.0)])
    with pytest.raises(ValueError, match=r"U\+DC00 at position 1"):
        tokenizer.encode("a\udc00")
    with pytest.raises(ValueError, match="id 2 is not in the vocabulary of 2"):
        tokenizer.decode([2])
    with pytest.raises(ValueError, match=r"vocab_size=2.* 3 characters"):
        train({"abc": 1}, vocab_size=2)
    with pytest.raises(ValueError, match="can't spell 'ax'"):
        expected_counts({"ax": 1}, TOY, 3)


def test_bytes_are_no_text():
    with pytest.raises(TypeError, match="b'To be' is of the type bytes"):
        UnigramTokenizer([("<unk>", 0.0), ("a", -1.0)]).encode(b"To be")


def test_what_cannot_be_spelt_has_no_pieces():
    assert viterbi("ax", {"a": -1.0}, 1) == ([], -math.inf)
    assert viterbi("", {}, 1) == ([], 0.0)


def test_a_character_without_uses_keeps_a_trace_and_a_longer_piece_goes():
    assert maximize({"a": 3.0, "b": 0.0, "ab": 1.0, "ba": 0.0}) == {
        "a": 0.75, "b": pytest.approx(1e-9), "ab": 0.25
    }  # fmt: skip


def test_training_begins_with_the_runs_that_cover_most():
    """Of two that cover equally much, the first of the alphabet; what occurs once does not."""
    words = {"abc": 2, "bcd": 1, "xy": 1}
    letters = set("abcdxy")
    assert set(candidates(words, 3, 9)) == letters | {"abc", "ab", "bc"}
    assert set(candidates(words, 3, 1)) == letters | {"abc"}
    assert set(candidates(words, 2, 9)) == letters | {"ab", "bc"}
    found = candidates(words, 3, 9)
    assert found["bc"] / found["a"] == pytest.approx(3 / 2)


def test_as_few_pieces_as_there_are_characters_and_one():
    found = train({"abc": 3, "abcabc": 2}, vocab_size=4)
    assert [piece for piece, _ in found] == ["<unk>", "a", "b", "c"]
    for wrong in ({"vocab_size": 3}, {"vocab_size": 9, "rounds": 0}):
        with pytest.raises(ValueError, match="too few for 3 characters"):
            train({"abc": 3}, **wrong)
    with pytest.raises(ValueError, match="too few for 0 characters"):
        train({}, 9)


def test_unless_told_otherwise_pieces_have_up_to_ten_characters_and_two_rounds():
    words = {"abcdefghijklm": 50, "abcd": 20, "efgab": 10, "klmefg": 5}
    ours = train(words, 24)
    assert ours == train(words, 24, longest=10, rounds=2)
    for other in ({"longest": 9}, {"longest": 11}, {"rounds": 1}):
        assert train(words, 24, **other) != ours


def test_a_negative_id_is_unknown():
    with pytest.raises(ValueError, match="id -1 is not in the vocabulary of 1"):
        UnigramTokenizer([("<unk>", 0.0)]).decode([-1])
