"""The quick way gives what the plain way gives, also where many pairs compete."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from snippets.foundations.subwords.byte_merging import JoinedRanks, merge, merge_long

SMALL = st.text("ab", min_size=1, max_size=4).map(str.encode)
WORDS = ["".join(word).encode() for n in (1, 2, 3) for word in product("ab", repeat=n)]
PAIRS = [pair for pair in product(WORDS, repeat=2) if len(b"".join(pair)) <= 4]


@given(st.text("ab", max_size=60).map(str.encode), st.permutations(PAIRS))
def test_both_ways_are_the_same(piece, merges):
    ranks = {pair: rank for rank, pair in enumerate(merges)}
    assert merge_long(piece, ranks) == merge(piece, ranks)
    assert b"".join(merge(piece, ranks)) == piece


@given(st.text("abc", max_size=60).map(str.encode), st.lists(SMALL, unique=True))
def test_both_ways_are_the_same_without_merges(piece, tokens):
    ranks = JoinedRanks(tokens)
    assert merge_long(piece, ranks) == merge(piece, ranks)


def test_the_earliest_merge_comes_first_and_the_leftmost_of_it():
    ranks = {(b"b", b"c"): 0, (b"a", b"b"): 1, (b"a", b"a"): 2}
    assert merge(b"abc", ranks) == [b"a", b"bc"]
    assert merge(b"aaa", ranks) == [b"aa", b"a"]
    assert merge(b"", ranks) == merge_long(b"", ranks) == []


def test_a_very_long_piece_is_no_trouble():
    tokens = ["".join(word).encode() for n in (1, 2, 3) for word in product("ab", repeat=n)]
    assert len(merge_long(b"ab" * 100_000, JoinedRanks(tokens))) > 60_000
