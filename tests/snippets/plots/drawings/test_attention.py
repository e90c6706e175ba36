"""The picture of attention computes what attention computes, and draws it to scale."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

from snippets.plots.drawings.attention import attention_drawing, attention_steps
from snippets.transformer.attention import attention_numpy
from tests.snippets.plots.drawings.reading import (
    arrows,
    assert_tidy,
    marks,
    shapes,
    tensors,
    texts_at,
    words,
)
from tests.snippets.plots.drawings.reading import (
    parts as places,
)
from tests.snippets.plots.laws import assert_all_inside, both


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
    for drawn in both(figure):
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


@pytest.mark.parametrize(("rows", "size", "wide"), [(3, 2, 4), (8, 8, 8), (5, 4, 3)])
def test_factors_stand_beside_and_above_their_product(rows: int, size: int, wide: int) -> None:
    names = [f"n{row}" for row in range(rows)]
    wider, narrow = both(attention_drawing(*parts(rows, size, wide), tokens=names, marked=rows - 1))
    assert_tidy(wider, reach=6)
    assert_tidy(narrow, reach=99)  # the arrow comes from above, where the scores are
    for drawn in (wider, narrow):
        q, k, scores, mask, weights, v, output = places(drawn)[:7]
        for asks, found, table in ((q, k, scores), (weights, v, output)):
            assert (asks.y0, asks.y1) == pytest.approx((table.y0, table.y1))
            assert (found.x0, found.x1) == pytest.approx((table.x0, table.x1))
            assert asks.x1 < table.x0 and found.y1 < table.y0
            assert table.y0 - found.y1 == pytest.approx(k.y1 * -1 + scores.y0)
        assert mask.y0 == pytest.approx(scores.y0) and mask.x0 > scores.x1
        assert scores.x0 - q.x1 == pytest.approx(mask.x0 - scores.x1)
        assert scores.x0 - q.x1 == pytest.approx(output.x0 - weights.x1)
        last = [box.y0 + box.height * (rows - 1) / rows for box in (q, scores, weights, output)]
        assert [m.y0 for m in marks(drawn)] == pytest.approx(last, abs=1.6)
        for frame, box in zip(marks(drawn), (q, scores, weights, output), strict=True):
            assert (frame.x0, frame.x1) == pytest.approx((box.x0, box.x1), abs=2)
            assert frame.y1 == pytest.approx(box.y1, abs=1.6)


def test_names_stand_level_with_rows_and_numbers_in_their_cells() -> None:
    ones = np.ones((3, 2))
    for drawn in both(attention_drawing(np.arange(6).reshape(3, 2), ones, ones, tokens="abc")):
        rows = [t.get_position() for t in drawn.axes[0].texts if t.get_text() in "abc"]
        q = tensors(drawn)[0].get_paths()
        middles = [path.get_extents() for path in q[::2]]
        assert [y for _, y in rows[:3]] == pytest.approx(
            [(box.y0 + box.y1) / 2 for box in middles], abs=0.5
        )
        assert all(x < middles[0].x0 for x, _ in rows[:3])
        cells = [path.get_extents() for path in q]
        for number, box in enumerate(cells):
            middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
            found = texts_at(drawn, str(number))
            assert any(at == pytest.approx(middle, abs=0.5) for at in found)


def test_the_deeper_the_larger_and_letters_can_still_be_read() -> None:
    q, k, v = parts(4, 3, 2)
    for array, drawn in zip(
        (q, k.T, None, None, None, v), tensors(attention_drawing(q, k, v)), strict=False
    ):
        opacities = np.asarray(drawn.get_facecolor())[:, 3]
        assert opacities.max() <= 0.5
        if array is not None:
            assert opacities.max() == pytest.approx(0.5) and opacities.min() < 0.2
            assert opacities[array.argmax()] == opacities.max()
            order = np.argsort(array.ravel())
            assert (np.diff(opacities[order]) >= 0).all()


def test_without_a_mask_all_may_look_and_no_row_is_followed() -> None:
    every = np.ones((3, 3))
    some = q, k, v = parts(3, 2, 2)
    figure = attention_drawing(*some)
    assert words(figure) == words(attention_drawing(q, k, v, every))
    assert not marks(figure)
    for absent in (-1, 3):
        with pytest.raises(ValueError, match="does not exist"):
            attention_drawing(*some, marked=absent)
    assert len(marks(attention_drawing(*some, marked=0))) == 4


def test_equal_numbers_and_the_largest_sizes_can_be_drawn() -> None:
    assert attention_drawing(*(np.ones((8, 8)) for _ in range(3)))
    for sizes in ((2, 9, 2), (2, 2, 9)):
        with pytest.raises(ValueError, match="at most 8"):
            attention_drawing(*parts(*sizes))


@pytest.mark.parametrize("rows", [2, 5])
def test_products_are_named_below_and_the_mask_is_added(rows: int) -> None:
    for drawn in both(attention_drawing(*parts(rows, 3, 2))):
        _, _, scores, mask, _, _, output = places(drawn)[:7]
        for name, box in (("scores QKᵀ / √D", scores), ("output", output)):
            ((x, y),) = texts_at(drawn, name)
            assert x == pytest.approx((box.x0 + box.x1) / 2, abs=0.5) and 4 < y - box.y1 < 14
        ((x, y),) = texts_at(drawn, "+")
        assert x == pytest.approx((scores.x1 + mask.x0) / 2, abs=0.5)
        assert y == pytest.approx((scores.y0 + scores.y1) / 2, abs=0.5)


def test_the_softmax_leads_from_the_mask_to_the_weights_or_down_to_them() -> None:
    page, phone = both(attention_drawing(*parts(3, 2, 2)))
    for drawn in (page, phone):
        _, _, scores, mask, weights, *_ = places(drawn)
        ((start, end),) = arrows(drawn)
        ((x, y),) = texts_at(drawn, "softmax")
        if drawn is page:
            assert mask.x1 < start[0] < end[0] < weights.x0
            assert start[1] == end[1] == pytest.approx((weights.y0 + weights.y1) / 2, abs=0.5)
            assert start[0] < x < end[0] and 5 < end[1] - y < 14
        else:
            assert scores.y1 < start[1] < end[1] < weights.y0
            assert start[0] == end[0] == pytest.approx((weights.x0 + weights.x1) / 2, abs=0.5)
            assert start[1] < y < end[1] and 2 < x - end[0] < 12


def test_a_row_s_name_is_left_out_where_there_is_no_room_for_all() -> None:
    names = [f"n{row}" for row in range(8)]
    page, phone = both(attention_drawing(*parts(8, 8, 8), tokens=names))
    for drawn in (page, phone):
        side = places(drawn)[0].height / 8
        named = [name for name in names if texts_at(drawn, name)]
        step = int(-(-11 // side))
        assert named == names[::step]
