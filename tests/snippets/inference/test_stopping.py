"""Where a text ends: after ids, after runs of ids, after characters however they were split."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snippets.inference.stopping import cut_after, stop_at_ids, stop_at_text


class Pieces:
    """A tokenizer whose tokens are pieces of text of several lengths."""

    PIECES = ("a", "b", "ab", "ba", "aab", "")

    def decode(self, ids):
        return "".join(self.PIECES[i] for i in ids)


ids = st.lists(st.integers(0, 5), min_size=1, max_size=12)
texts = st.text("ab", min_size=1, max_size=4)


def first_stop(rule, new):
    """After how many ids the rule stops; None: never."""
    return next((n for n in range(1, len(new) + 1) if rule(new[:n])), None)


@given(ids, st.lists(texts, min_size=1, max_size=3))
def test_a_string_is_found_as_soon_as_it_is_there_however_it_was_split(new, stops):
    n = first_stop(stop_at_text(Pieces(), stops), new)
    whole = Pieces().decode(new)
    assert (n is None) == (not any(stop in whole for stop in stops))
    if n is not None:
        before, text = Pieces().decode(new[: n - 1]), Pieces().decode(new[:n])
        assert not any(stop in before for stop in stops)
        cut = cut_after(text, stops)
        assert text.startswith(cut) and len(cut) > len(before)
        assert any(cut.endswith(stop) for stop in stops)
        assert not any(stop in cut[:-1] for stop in stops)


@given(ids, st.lists(ids, max_size=3))
def test_a_run_of_ids_ends_where_it_was_said(new, runs):
    rule = stop_at_ids(runs)
    for n in range(1, len(new) + 1):
        ended = any(new[max(0, n - len(run)) : n] == run for run in runs)
        assert rule(new[:n]) == ended


def test_one_id_is_a_run_of_one():
    assert stop_at_ids([3])([1, 3])
    assert not stop_at_ids([3])([3, 1])
    assert not stop_at_ids([])([3, 1])


def test_without_a_stop_nothing_is_cut():
    assert cut_after("abc", ["x"]) == cut_after("abc", []) == "abc"
    assert cut_after("one, two", ["two", ","]) == "one,"


@pytest.mark.parametrize("make", [stop_at_ids, lambda stops: stop_at_text(Pieces(), stops)])
def test_an_empty_stop_is_refused(make):
    with pytest.raises(ValueError, match="empty stop would end the text before it begins"):
        make([""])
