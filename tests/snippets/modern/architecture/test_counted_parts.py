"""Parts and spans: sums, and what a window cuts off."""

import pytest

from snippets.modern.architecture.counted_parts import (
    Count,
    Span,
    attention_matrices,
    experts,
    feed_forward,
    head,
    matrix,
    spans,
    vector,
)


def test_counts_are_those_of_the_chapter() -> None:
    assert vector(10 * 4) == Count(40, 40, 0)
    assert matrix(4, 6, bias=True) == Count(30, 30, 24)
    assert experts(matrix(4, 6, bias=True), number=8, chosen=2) == Count(240, 60, 48)
    assert head(4, 10, tied=True) == Count(0, 0, 40)
    assert head(4, 10, tied=False) == matrix(4, 10)


def test_several_layers_are_their_sum() -> None:
    one = feed_forward(4, 6, gated=True, bias=True)
    assert one.times(3) == one + one + one
    assert one == matrix(4, 6, True) + matrix(4, 6, True) + matrix(6, 4, True)
    assert feed_forward(4, 6, gated=False) == matrix(4, 6) + matrix(6, 4)


def test_grouped_queries_have_fewer_numbers_in_keys_and_values_only() -> None:
    every, grouped = (attention_matrices(8, 4, n, 2, (False, False)) for n in (4, 1))
    assert every.learned - grouped.learned == 2 * 8 * 3 * 2


@pytest.mark.parametrize(("tokens", "seen"), [(3, 3), (5, 5), (9, 5)])
def test_a_window_is_the_most_that_is_seen(tokens: int, seen: int) -> None:
    assert Span(1, 2, 4, window=5).seen(tokens) == seen
    assert Span(1, 2, 4).seen(tokens) == tokens


def test_layers_with_and_without_a_window_are_two_spans() -> None:
    assert spans(6, 2, 4) == (Span(6, 2, 4),)
    assert spans(6, 2, 4, window=5) == (Span(6, 2, 4, 5),)
    assert spans(6, 2, 4, window=5, windowed=4) == (Span(4, 2, 4, 5), Span(2, 2, 4))
    assert spans(6, 2, 4, window=5, windowed=0) == (Span(6, 2, 4),)


def test_biases_of_attention_stand_where_they_are_said_to() -> None:
    """By hand: 3 heads of 5 on 1 of keys and values, so 25 numbers come in and 15 go out."""
    plain = attention_matrices(8, 3, 1, 5, (False, False))
    assert plain == matrix(8, 25) + matrix(15, 8) == Count(320, 320, 320)
    assert attention_matrices(8, 3, 1, 5, (True, False)) == plain + vector(25)
    assert attention_matrices(8, 3, 1, 5, (False, True)) == plain + vector(8)
    assert matrix(4, 6) == matrix(4, 6, bias=False) == Count(24, 24, 24)
    assert feed_forward(4, 6, gated=True) == feed_forward(4, 6, gated=True, bias=False)
    assert Count() == Count(0, 0, 0) and Count(1, 2, 3) + Count(10, 20, 30) == Count(11, 22, 33)
    assert Count(1, 2, 3).times(4) == Count(4, 8, 12)
