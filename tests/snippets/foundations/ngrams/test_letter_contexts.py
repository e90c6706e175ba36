"""Spelling to sound by counting, and how far two sequences are apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.foundations.ngrams.letter_contexts import LetterContexts, context, edits

words = st.text("abc", max_size=7)


def test_the_widest_known_context_decides() -> None:
    pairs = [("cat", "KAT"), ("cot", "KOT"), ("ice", "ISE"), ("ace", "ASE"), ("cent", "SEN")]
    model = LetterContexts(pairs)
    assert model("cat") == ("K", "A", "T")
    assert model("cut") == ("K", "T"), "u was never seen; c is K before most letters"
    assert model("ice")[1] == "S"


def test_words_of_other_lengths_teach_nothing() -> None:
    assert LetterContexts([("a", "X"), ("aa", "Y")])("a") == ("X",)
    with pytest.raises(ValueError, match="as many letters"):
        LetterContexts([("aa", "Y")])


def test_context() -> None:
    assert [context("tom", place, 2) for place in range(3)] == ["..tom", ".tom.", "tom.."]
    assert context("tom", 1, 0) == "o"


def test_edits_by_hand() -> None:
    assert edits("kitten", "sitting") == 3
    assert edits("", "abc") == edits("abc", "") == 3
    assert edits(("T", "AH"), ("T", "AA")) == 1


@given(words, words, words)
def test_edits_measure_a_distance(a: str, b: str, c: str) -> None:
    assert edits(a, b) == edits(b, a)
    assert (edits(a, b) == 0) == (a == b)
    assert edits(a, c) <= edits(a, b) + edits(b, c)
    assert edits(a + c, b + c) == edits(a, b)


def test_two_letters_to_each_side_come_before_one_and_one_before_none() -> None:
    taught = [("abcde", "ABYDE"), ("zbcdz", "ZBXDZ"), ("zbcdz", "ZBXDZ"), *[("c", "Q")] * 5]
    model = LetterContexts(taught)
    assert model("aabcdee")[3] == "Y"
    assert model("ebcda")[2] == "X"
    assert model("xcy") == ("Q",)
