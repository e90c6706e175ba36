"""One square a value: its place, its colour by sign, its opacity by magnitude."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from snippets.plots.cells import draw_cells, name_cells
from snippets.plots.style import HEAT, HEAT_NEGATIVE, PALETTE


@pytest.fixture
def axes() -> Axes:
    return Figure().subplots()


def test_a_square_stands_where_its_value_stands(axes: Axes) -> None:
    draw_cells(axes, np.array([[0.5, 0.0, -1.0], [0.0, 0.25, 0.0]]))
    (squares,) = axes.collections
    assert isinstance(squares, PolyCollection)
    assert np.asarray(squares.get_offsets()).tolist() == [[0, 0], [2, 0], [1, 1]]
    colours = np.asarray(squares.get_facecolor())
    assert colours[:, 3].tolist() == [0.5, 1.0, 0.25]
    names = [HEAT, HEAT_NEGATIVE, HEAT]
    for colour, name in zip(colours, names, strict=True):
        assert tuple(colour[:3]) == pytest.approx(to_rgb(PALETTE[name]))


def test_the_first_row_is_on_top_and_nothing_is_cut(axes: Axes) -> None:
    draw_cells(axes, np.ones((2, 3)))
    assert axes.get_xlim() == (0, 3)
    assert axes.get_ylim() == (2, 0)


def test_labels_stand_at_the_middles_of_their_cells(axes: Axes) -> None:
    draw_cells(axes, np.ones((2, 3)))
    name_cells(axes, ["a", "b"], None)
    assert axes.get_yticks().tolist() == [0.5, 1.5]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b"]
    assert axes.get_xticks().tolist() == []


def test_of_too_many_labels_every_nth_is_shown(axes: Axes) -> None:
    draw_cells(axes, np.ones((60, 60)))
    name_cells(axes, None, [str(index) for index in range(60)])
    shown = [label.get_text() for label in axes.get_xticklabels()]
    assert shown == [str(index) for index in range(0, 60, 3)]
