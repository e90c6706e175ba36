"""Points, lines and bands: each at its place, and a name for each once."""

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex

from snippets.plots.fits import points_and_fits
from tests.snippets.plots.laws import assert_all_inside

POINTS = {"small": ([1e3, 1e4], [2.0, 1.5]), "large": ([1e4, 1e5], [1.6, 1.2])}
FITS = {"small": ([1e3, 1e5], [2.0, 1.0]), "law": ([1e3, 1e5], [1.9, 0.9])}
GIVEN: dict[str, Any] = {
    "xlabel": "tokens",
    "ylabel": "nats",
    "colours": {"small": "blue", "large": "orange", "law": "teal"},
}


def test_each_is_at_its_place_in_its_colour() -> None:
    bands = {"law": ([1.8, 0.8], [2.0, 1.0])}
    figure = points_and_fits(POINTS, FITS, bands=bands, **GIVEN)
    axes = figure.axes[0]
    drawn = {tuple(map(tuple, np.asarray(line.get_xydata()))): line for line in axes.lines}
    for given in (*POINTS.values(), *FITS.values()):
        assert tuple(zip(*given, strict=True)) in drawn
    small = [line for line in axes.lines if line.get_color() == axes.lines[0].get_color()]
    assert len(small) == 2  # the points of a name and its line
    (band,) = axes.collections
    assert to_hex(tuple(np.asarray(band.get_facecolor())[0])) == axes.lines[-1].get_color()
    heights = np.asarray(band.get_paths()[0].vertices)[:, 1]
    assert heights.min() == 0.8 and heights.max() == 2.0
    assert axes.get_xscale() == "log" and axes.get_yscale() == "linear"
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sorted(names) == ["large", "law", "small"]
    assert_all_inside(figure)


def test_a_single_name_needs_no_key() -> None:
    figure = points_and_fits({"runs": ([1, 10], [1, 2])}, {}, xlabel="x", ylabel="y", log_y=True)
    assert not figure.legends and figure.axes[0].get_yscale() == "log"


@pytest.mark.parametrize(
    ("points", "options", "message"),
    [
        ({}, {}, "0 names"),
        ({str(n): ([1], [1]) for n in range(6)}, {}, "6 names"),
        ({"a": ([1, 2], [1])}, {}, "has 2 x for 1 y"),
        ({"a": ([0, 2], [1, 1])}, {}, "no log"),
        ({"a": ([1, 2], [1, 0])}, {"log_y": True}, "no log"),
        ({"a": ([1, 2], [1, np.nan])}, {}, "finite"),
        ({"a": ([1, 2], [1, 1])}, {"bands": {"b": ([1], [2])}}, "belong to no line"),
    ],
)
def test_what_can_not_be_drawn_is_refused(points: Any, options: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        points_and_fits(points, {}, xlabel="x", ylabel="y", **options)
