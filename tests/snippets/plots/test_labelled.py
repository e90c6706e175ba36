"""Named points: each at its place, and no name on a point or on another name."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from snippets.plots.labelled import labelled_points
from tests.snippets.plots.laws import assert_all_inside, assert_apart

COLOURS = {"all": "blue", "active": "orange"}


def drawn(**options: Any) -> Figure:
    series = {
        "all": {"one": (2018.5, 1e8), "two": (2020.4, 1.75e11), "three": (2024.0, 6.7e11)},
        "active": {"three": (2024.0, 3.7e10)},
    }
    given: Any = {"xlabel": "year", "ylabel": "parameters", "log_y": True, "years": True}
    return labelled_points(series, colours=COLOURS, **given, **options)


def test_points_are_at_their_places() -> None:
    axes = drawn(joined=[((2024.0, 6.7e11), (2024.0, 3.7e10))]).axes[0]
    line, every, active = (np.asarray(line.get_xydata()) for line in axes.lines)
    assert line.tolist() == [[2024, 6.7e11], [2024, 3.7e10]]
    assert every.tolist() == [[2018.5, 1e8], [2020.4, 1.75e11], [2024, 6.7e11]]
    assert active.tolist() == [[2024, 3.7e10]]
    assert axes.get_yscale() == "log"
    assert not any("," in label.get_text() for label in axes.get_xticklabels())  # years


def test_names_are_written_at_the_first_series() -> None:
    axes = drawn(named=["three", "one"]).axes[0]
    written = {text.get_text(): text.xy for text in axes.texts}  # type: ignore[attr-defined]
    assert written == {"three": (2024.0, 6.7e11), "one": (2018.5, 1e8)}


def test_a_name_without_room_is_left_out() -> None:
    crowd = {f"thing {n}": (2020 + n / 1000, 1e9) for n in range(30)}
    axes = labelled_points({"all": crowd}, xlabel="x", ylabel="y", named=list(crowd)).axes[0]
    assert 0 < len(axes.texts) < len(crowd)
    assert axes.texts[0].get_text() == "thing \N{THIN SPACE}0"
    assert_apart(axes.texts)


def test_names_leave_points_of_all_series_and_lines_free() -> None:
    series = {"all": {"one": (0.0, 0.0), "far": (10.0, 10.0)}, "active": {"two": (0.5, 0.0)}}
    line = ((0.0, 0.0), (0.0, 10.0))
    figure = labelled_points(
        series, xlabel="x", ylabel="y", named=["one"], joined=[line], colours=COLOURS
    )
    axes = figure.axes[0]
    (box,) = (text.get_window_extent() for text in axes.texts)
    for place in (*series["active"].values(), (0.0, 0.5), (0.0, 1.0)):
        x, y = axes.transData.transform(place)
        assert not (box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1)


def test_laws() -> None:
    figure = drawn(named=["one", "two", "three"], title="Sizes grow")
    for one in (figure, vars(figure)["for_phone"]()):
        assert_all_inside(one)
        assert_apart(one.axes[0].texts)
        assert one.axes[0].texts


def test_refusals() -> None:
    def draw(points: dict[str, tuple[float, float]], **options: Any) -> None:
        labelled_points({"all": points}, xlabel="x", ylabel="y", **options)

    with pytest.raises(ValueError, match="no points to draw"):
        draw({})
    with pytest.raises(ValueError, match="not finite"):
        draw({"a": (1, float("nan"))})
    with pytest.raises(ValueError, match="y goes down to 0: no log"):
        draw({"a": (1, 0)}, log_y=True)
    with pytest.raises(ValueError, match=r"\['b'\] are no points"):
        draw({"a": (1, 1)}, named=["b"])


def test_lines_are_named_and_both_axes_may_be_logarithmic() -> None:
    figure = labelled_points(
        {"models": {"one": (1e8, 1e9), "two": (1e11, 1e12)}},
        xlabel="parameters",
        ylabel="tokens",
        lines={"law": ((1e8, 2e9), (1e11, 2e12))},
        log_x=True,
        log_y=True,
        colours={"models": "blue", "law": "orange"},
    )
    axes = figure.axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert np.asarray(axes.lines[-1].get_xydata()).tolist() == [[1e8, 2e9], [1e11, 2e12]]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["models", "law"]
    with pytest.raises(ValueError, match="x goes down to 0: no log"):
        labelled_points({"m": {"one": (0.0, 1.0)}}, xlabel="x", ylabel="y", log_x=True)
