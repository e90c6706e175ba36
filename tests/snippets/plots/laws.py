"""Laws that hold for every figure of a kind, for the tests of the modules that draw it."""

from collections.abc import Iterable
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from snippets.plots.house.style import PALETTE


def both(figure: Figure) -> list[Figure]:
    """A figure as a page has it and as a phone does."""
    return [figure, vars(figure)["for_phone"]()]


def assert_all_inside(figure: Figure) -> None:
    """Nothing that is drawn reaches over an edge of the figure by more than two hundredths inch."""
    width, height = figure.get_size_inches()
    figure.draw_without_rendering()  # letters are not as wide at every resolution
    drawn = figure.get_tightbbox()  # inches; ticks beyond the axis are not drawn
    assert drawn.x0 >= -0.02 and drawn.x1 <= width + 0.02
    assert drawn.y0 >= -0.02 and drawn.y1 <= height + 0.02


def assert_apart(texts: Iterable[Text], rounding: float = 1.5) -> None:
    """No two texts overlap by more than some points at the edges."""
    boxes = [text.get_window_extent() for text in texts if text.get_text() and text.get_visible()]
    for one, other in combinations(boxes, 2):
        beside = min(one.x1, other.x1) - max(one.x0, other.x0)
        above = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert min(beside, above) <= rounding, (one, other)


def assert_bars_in_rows(axes: Axes) -> None:
    """Bars lie one below the other, each in its row, with a gap between and as much at both ends.

    Each row has a label and no tick, since a label beside a bar needs none; values have both.
    """
    bars: list[Any] = list(axes.patches)
    bottom, top = axes.get_ylim()
    edges = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars]
    gaps = [low - high for (_, high), (low, _) in pairwise(edges)]
    assert gaps == pytest.approx([gaps[0]] * len(gaps)) if gaps else True
    assert all(0.25 < gap < 0.4 for gap in gaps)  # of a row
    assert [bar.get_height() for bar in bars] == pytest.approx([bars[0].get_height()] * len(bars))
    assert 0.6 < bars[0].get_height() < 0.75
    assert 0.1 < edges[0][0] - top < 0.4
    assert edges[0][0] - top == pytest.approx(bottom - edges[-1][1])
    assert axes.get_yticks().tolist() == list(range(len(bars)))
    assert not any(tick_lengths(axes.yaxis)) and all(tick_lengths(axes.xaxis))
    assert grid_is_on(axes.xaxis) and not grid_is_on(axes.yaxis)
    assert all(bar.get_edgecolor()[3] == 0 for bar in bars)


def assert_numbers_beside_bars(axes: Axes) -> None:
    """Each number stands level with its bar, beyond the end, at one distance from all ends."""
    texts: list[Any] = list(axes.texts)
    assert len(texts) == len(axes.patches)
    assert [text.xy[1] for text in texts] == list(range(len(texts)))
    assert len({abs(text.xyann[0]) for text in texts}) == 1
    assert {text.xyann[1] for text in texts} == {0}
    frame = axes.get_window_extent()
    for text, bar in zip(texts, axes.patches, strict=True):
        box, place = text.get_window_extent(), bar.get_window_extent()
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1 + 2  # else it lies on the labels
        assert (box.y0 + box.y1) / 2 == pytest.approx((place.y0 + place.y1) / 2, abs=2)


def assert_frame(axes: Axes, *sides: str, colour: str | None = None) -> None:
    """Of the four sides of the frame, these are drawn, in the colour named, if any is."""
    drawn = {name for name, spine in axes.spines.items() if spine.get_visible()}
    assert drawn == set(sides)
    colours = {to_hex(axes.spines[name].get_edgecolor()) for name in sides}
    assert colour is None or colours == {PALETTE[colour]}


def tick_lengths(axis: Axis) -> list[float]:
    """In points."""
    return [float(tick.tick1line.get_markersize()) for tick in axis.get_major_ticks()]


def grid_is_on(axis: Axis) -> bool:
    return any(line.get_visible() for line in axis.get_gridlines())


def squares_of(axes: Axes) -> np.ndarray:
    """The corners of each square of a heat map, (squares, 4, 2), in rows and columns."""
    squares: Any = axes.collections[0]
    (outline,) = squares.get_paths()
    corners = squares.get_transform().transform(outline.vertices[:4])
    places = squares.get_offset_transform().transform(squares.get_offsets())
    shown = axes.transData.inverted().transform((places[:, None] + corners).reshape(-1, 2))
    return shown.reshape(len(places), 4, 2)
