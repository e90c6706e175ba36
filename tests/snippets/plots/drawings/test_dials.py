"""Dials: a hand for each position, at its angle."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.patches import Circle, FancyArrowPatch

from snippets.plots.drawings.dials import dials_drawing
from tests.snippets.plots.drawings.reading import texts_at, words
from tests.snippets.plots.laws import assert_all_inside, assert_apart, both


def test_each_hand_points_where_its_position_has_turned() -> None:
    angles = np.array([[0.0, 0.0], [np.pi / 2, 0.1], [np.pi, 0.2]])
    (axes,) = dials_drawing(angles).axes
    circles = [patch for patch in axes.patches if isinstance(patch, Circle)]
    hands = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
    assert len(circles) == 2 and len(hands) == 6
    tips = [hand._posA_posB[1] for hand in hands]  # type: ignore[attr-defined]
    for number, (x, y) in enumerate(tips):
        pair, position = divmod(number, 3)
        middle = circles[pair].center
        turned = np.arctan2(middle[1] - y, x - middle[0])
        assert turned == pytest.approx(angles[position, pair])


def test_hands_that_nearly_coincide_are_not_all_numbered() -> None:
    text = words(dials_drawing(np.outer(np.arange(8), [1.0, 0.01])))
    assert text.count("7") == 1 and text.count("0") == 2


def test_refusals() -> None:
    with pytest.raises(ValueError, match="5 dials: from 1 to 4"):
        dials_drawing(np.zeros((3, 5)))
    with pytest.raises(ValueError, match=r"shape \(3, 0\)|0 dials"):
        dials_drawing(np.zeros((3, 0)))


@pytest.mark.parametrize("pairs", [1, 2, 4])
def test_dials_stand_side_by_side_with_hands_from_the_middle_to_near_the_rim(pairs: int) -> None:
    for drawn in both(dials_drawing(np.outer(range(6), [1.0, 0.5, 0.7, 0.1][:pairs]))):
        assert_all_inside(drawn)
        (axes,) = drawn.axes
        assert_apart(axes.texts, rounding=12)  # of a line's height, much is empty
        dials = [patch for patch in axes.patches if isinstance(patch, Circle)]
        hands = [patch for patch in axes.patches if isinstance(patch, FancyArrowPatch)]
        assert len(dials) == pairs and len(hands) == 6 * pairs
        for number, hand in enumerate(hands):
            dial = dials[number // 6]
            start, end = hand._posA_posB  # type: ignore[attr-defined]
            assert start == pytest.approx(dial.center)
            assert 0.85 * dial.radius < np.hypot(*np.subtract(end, start)) < dial.radius
        for pair, dial in enumerate(dials):
            ((x, y),) = texts_at(drawn, f"pair {pair}")
            assert x == pytest.approx(dial.center[0]) and 0 < y < dial.center[1] - dial.radius
            edge, level = dial.center[0] + dial.radius, pytest.approx(dial.center[1])
            assert any(4 < x - edge < 13 and y == level for x, y in texts_at(drawn, "0"))
        lefts = [dial.center[0] - dial.radius for dial in dials]
        assert lefts[0] >= 14 and len({dial.center[1] for dial in dials}) == 1
        gaps = np.diff(lefts) - 2 * dials[0].radius
        assert pairs == 1 or (gaps == pytest.approx(gaps[0]) and gaps[0] > 20)
        assert axes.get_ylim()[0] - dials[0].center[1] - dials[0].radius >= 13  # numbers below


@pytest.mark.parametrize(("apart", "numbered"), [(0.29, ["0", "2"]), (0.31, ["0", "1", "2"])])
def test_hands_three_tenths_apart_are_numbered(apart: float, numbered: list[str]) -> None:
    text = words(dials_drawing(apart * np.arange(3)[:, None]))
    assert [word for word in text if word.isdigit()] == numbered
    back = words(dials_drawing(-apart * np.arange(3)[:, None]))
    assert [word for word in back if word.isdigit()] == numbered


def test_a_number_stands_a_little_beyond_the_rim_where_its_hand_points() -> None:
    angles = np.array([0.3, 1.2, 2.5, 4.0, 5.5])
    for drawn in both(dials_drawing(angles[:, None])):
        (axes,) = drawn.axes
        (dial,) = (patch for patch in axes.patches if isinstance(patch, Circle))
        for position, angle in enumerate(angles):
            ((x, y),) = texts_at(drawn, str(position))
            right, up = x - dial.center[0], dial.center[1] - y
            assert np.arctan2(up, right) % (2 * np.pi) == pytest.approx(angle)
            assert 5 < np.hypot(right, up) - dial.radius < 12


def test_dials_are_of_one_size_as_long_as_they_have_room_and_stand_close() -> None:
    radii, gaps = [], []
    for pairs in (1, 2, 3, 4):
        (axes,) = dials_drawing(np.zeros((1, pairs))).axes
        dials = [patch for patch in axes.patches if isinstance(patch, Circle)]
        radii.append(dials[0].radius)
        gaps += [b.center[0] - a.center[0] - 2 * a.radius for a, b in pairwise(dials)]
    assert radii[0] == radii[1] == radii[2] > radii[3] > 40
    assert all(20 < gap < 61 for gap in gaps)
