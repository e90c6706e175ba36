"""The picture of attention computes what attention computes, and draws it to scale."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from snippets.plots.drawings.attention import attention_drawing, attention_steps
from snippets.transformer.attention import attention_numpy
from tests.snippets.plots.drawings.reading import shapes, words
from tests.snippets.plots.laws import assert_all_inside


def parts(rows: int, size: int, wide: int, seed: int = 0) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(rows, size)),
        rng.normal(size=(rows, size)),
        rng.normal(size=(rows, wide)),
    )


@settings(max_examples=20)
@given(st.integers(1, 8), st.integers(1, 8), st.integers(1, 8), st.booleans())
def test_it_is_the_attention_of_the_course(rows: int, size: int, wide: int, causal: bool) -> None:
    q, k, v = parts(rows, size, wide)
    mask = np.tril(np.ones((rows, rows), bool)) if causal else np.ones((rows, rows), bool)
    _, weights, output = attention_steps(q, k, v, mask)
    theirs, their_weights = attention_numpy(q, k, v, mask)
    np.testing.assert_allclose(output, theirs, atol=1e-12)
    np.testing.assert_allclose(weights, their_weights, atol=1e-12)


@pytest.mark.parametrize(("rows", "size", "wide"), [(3, 2, 2), (5, 4, 3), (8, 8, 8)])
def test_every_tensor_is_drawn_to_one_scale(rows: int, size: int, wide: int) -> None:
    q, k, v = parts(rows, size, wide)
    figure = attention_drawing(q, k, v, np.tri(rows))
    full, half = rows * rows, rows * (rows + 1) // 2  # of a causal table, half is there
    assert [count for count, _ in shapes(figure)] == [
        rows * size,
        size * rows,
        full,
        half,
        half,
        rows * wide,
        rows * wide,
    ]
    assert len({side for _, side in shapes(figure)}) == 1


def test_names_and_shapes_stand_beside_the_tensors() -> None:
    text = words(attention_drawing(*parts(3, 2, 4), tokens=["the", " ", "sat"]))
    assert {"Q", "Kᵀ", "V", "weights", "output", "mask", "the", "␣"} <= set(text)
    assert {"(T, D) = (3, 2)", "(2, 3)", "(3, 3)", "(3, 4)"} <= set(text)


def test_on_a_phone_too_a_softmax_leads_from_the_scores_to_the_weights() -> None:
    figure = attention_drawing(*parts(3, 2, 2))
    for drawn in (figure, figure.for_phone()):  # type: ignore[attr-defined]
        assert words(drawn).count("softmax") == 1
        assert_all_inside(drawn)


def test_weights_are_written_where_there_is_room() -> None:
    def numbers(figure: Figure) -> list[float]:
        return [float(text) for text in words(figure) if re.fullmatch(r"\d\.\d\d", text)]

    ones = np.ones((3, 2))
    shown = numbers(attention_drawing(np.arange(6).reshape(3, 2), ones, ones, np.tri(3)))
    assert len(shown) == 6 and sum(shown) == pytest.approx(3, abs=0.03)
    assert not numbers(attention_drawing(*parts(8, 8, 8)))


def test_refusals() -> None:
    q, k, v = parts(3, 2, 2)
    with pytest.raises(ValueError, match=r"keys \(2, 2\)"):
        attention_drawing(q, k[:2], v)
    with pytest.raises(ValueError, match=r"values \(2, 2\)"):
        attention_drawing(q, k, v[:2])
    with pytest.raises(ValueError, match="at most 8"):
        attention_drawing(*parts(9, 2, 2))
    with pytest.raises(ValueError, match=r"mask \(2, 2\) must be \(3, 3\)"):
        attention_drawing(q, k, v, np.ones((2, 2)))
    with pytest.raises(ValueError, match="no row without a True"):
        attention_drawing(q, k, v, np.triu(np.ones((3, 3)), 1))
    with pytest.raises(ValueError, match="row 3 does not exist among 3"):
        attention_drawing(q, k, v, marked=3)
    with pytest.raises(ValueError, match="2 tokens for 3"):
        attention_drawing(q, k, v, tokens=["a", "b"])
