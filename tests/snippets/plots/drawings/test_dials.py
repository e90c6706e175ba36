"""Dials: a hand for each position, at its angle."""

import numpy as np
import pytest
from matplotlib.patches import Circle, FancyArrowPatch

from snippets.plots.drawings.dials import dials_drawing
from tests.snippets.plots.drawings.reading import words


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
