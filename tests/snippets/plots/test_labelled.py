"""Named points: each at its place, and no name on a point or on another name."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from snippets.plots.house.style import PALETTE
from snippets.plots.labelled import labelled_points
from tests.snippets.plots.laws import assert_all_inside, assert_apart, both, grid_is_on

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
    for one in both(figure):
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


def test_a_name_stands_right_of_its_point_or_on_the_next_side_that_is_free() -> None:
    def side(*others: tuple[float, float]) -> tuple[float, float]:
        points = {"own": (0.0, 0.0), "low": (-9.0, -9.0), "high": (9.0, 9.0)}
        points |= {str(n): place for n, place in enumerate(others)}
        axes = labelled_points({"all": points}, xlabel="x", ylabel="y", named=["own"]).axes[0]
        (text,) = axes.texts
        box, (x, y) = text.get_window_extent(), axes.transData.transform((0, 0))
        return (box.x0 + box.x1) / 2 - x, (box.y0 + box.y1) / 2 - y

    right, left, above = side(), side((0.7, 0.0)), side((0.7, 0.0), (-0.7, 0.0))
    assert right[0] > 10 and abs(right[1]) < 2
    assert left[0] < -10 and abs(left[1]) < 2
    assert abs(above[0]) < 2 and above[1] > 10
    below = side((0.7, 0.0), (-0.7, 0.0), (0.0, 0.6))
    assert below[1] < -10


def test_numbers_have_commas_unless_they_are_years_and_points_a_margin() -> None:
    points = {"one": (2000.0, 1.0), "two": (2010.0, 2.0)}
    for years in (True, False):
        axes = labelled_points({"all": points}, xlabel="x", ylabel="y", years=years).axes[0]
        texts = [label.get_text() for label in axes.get_xticklabels()]
        assert any("," in text for text in texts) == (not years)
        low, high = axes.get_xlim()
        assert low == pytest.approx(2000 - 0.7) and high == pytest.approx(2010 + 0.7)
        assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "linear")
        assert not axes.texts and not axes.figure.legends


def test_a_phone_has_its_key_one_below_the_other_and_room_for_it() -> None:
    page = drawn()
    phone = vars(page)["for_phone"]()
    for figure, rows in ((page, 1), (phone, 2)):
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.legends[0].get_texts()]
        assert len({round(box.y0) for box in boxes}) == rows
    assert phone.get_figheight() > page.get_figheight()


def test_lines_with_names_are_dashed_and_all_lines_lie_under_the_points() -> None:
    ends = ((2019.0, 1e9), (2023.0, 1e10))
    axes = drawn(joined=[ends]).axes[0]
    (line,) = (line for line in axes.lines if line.get_linestyle() != "None")
    assert line.get_linestyle() == "-" and line.get_color() == PALETTE["muted"]
    points = {"a": (0.0, 0.0), "b": (1.0, 1.0)}
    figure = labelled_points(
        {"all": points},
        xlabel="x",
        ylabel="y",
        title="$t$",
        lines={"active": ((0.0, 1.0), (1.0, 0.0))},
        joined=[((0.0, 0.0), (1.0, 1.0))],
        colours=COLOURS,
    )
    axes = figure.axes[0]
    joined, things, law = axes.lines
    _, pattern = vars(law)["_unscaled_dash_pattern"]
    assert pattern and joined.get_linestyle() == "-" and things.get_linestyle() == "None"
    assert max(joined.get_zorder(), law.get_zorder()) < things.get_zorder()
    assert [line.get_color() for line in (things, law)] == [PALETTE["blue"], PALETTE["orange"]]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "y")
    assert axes.get_title(loc="left") == "$t$"
    assert grid_is_on(axes.xaxis) and grid_is_on(axes.yaxis)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["all", "active"]


@pytest.mark.parametrize("kind", ["joined", "lines"])
def test_no_line_runs_through_a_name(kind: str) -> None:
    points = {"own name": (0.0, 0.0), "low": (-9.0, -9.0), "high": (9.0, 9.0)}
    for x, y in ((9.0, 0.0), (9.0, 1.0), (-9.0, 0.5), (0.0, 0.0)):
        ends = ((0.0, 0.0), (x, y))
        given: Any = {"joined": [ends]} if kind == "joined" else {"lines": {"active": ends}}
        figure = labelled_points(
            {"all": points}, xlabel="x", ylabel="y", named=["own name"], colours=COLOURS, **given
        )
        axes = figure.axes[0]
        (text,) = axes.texts
        box = text.get_window_extent()
        for at in axes.transData.transform(np.linspace(*ends, 500)):
            assert not box.contains(*at)


def offset(text: Any) -> tuple[int, int]:
    """Whether a name stands left (-1) or right of its point, and below or above it; 0 is level."""
    box, (x, y) = text.get_window_extent(), text.axes.transData.transform(text.xy)
    across = -1 if box.x1 < x else 1 if box.x0 > x else 0
    return across, -1 if box.y1 < y else 1 if box.y0 > y else 0


def test_a_name_tries_its_sides_before_its_corners() -> None:
    """The point that a name would cover is put there, until no place is left."""
    points, found = {"own": (0.0, 0.0), "low": (-9.0, -9.0), "high": (9.0, 9.0)}, []
    for number in range(9):
        axes = labelled_points({"all": points}, xlabel="x", ylabel="y", named=["own"]).axes[0]
        if not axes.texts:
            break
        (text,) = axes.texts
        found.append(offset(text))
        box, own = text.get_window_extent(), axes.transData.transform((0.0, 0.0))
        inner = np.clip(own, box.padded(-1).min, box.padded(-1).max)
        far = inner + (0.3 * (inner - own) if 0 in found[-1] else 0)
        x, y = axes.transData.inverted().transform(far)
        points |= {str(number): (float(x), float(y))}
    assert found[:4] == [(1, 0), (-1, 0), (0, 1), (0, -1)]
    assert found[4:] == [(1, 1), (-1, 1), (1, -1), (-1, -1)]


@pytest.mark.parametrize(("share", "side"), [(0.55, -1), (0.85, 1), (5.0, 1)])
def test_a_name_goes_where_no_other_point_is_nearer(share: float, side: int) -> None:
    """0.55: its right end would be about half as far from another point as it is from its own."""

    def name(points: dict[str, tuple[float, float]]) -> Any:
        points |= {"low": (-9.0, -9.0), "high": (9.0, 9.0)}
        return labelled_points({"all": points}, xlabel="x", ylabel="y", named=["own"]).axes[0]

    axes = name({"own": (0.0, 0.0)})
    (box,) = (text.get_window_extent() for text in axes.texts)
    own = axes.transData.transform((0.0, 0.0))
    other = (box.x1 + share * (box.x0 - own[0]), own[1])
    place = axes.transData.inverted().transform(other)
    (text,) = name({"own": (0.0, 0.0), "other": (float(place[0]), 0.0)}).texts
    assert offset(text) == (side, 0)
    (text,) = name({"own": (0.0, 0.0), "twin": (0.0, 0.0)}).texts
    assert offset(text) == (1, 0)


def test_names_stay_within_the_frame() -> None:
    corners = {f"a rather long name {x}{y}": (float(x), float(y)) for x in (0, 1) for y in (0, 1)}
    for figure in both(
        labelled_points({"all": corners}, xlabel="x", ylabel="y", named=list(corners))
    ):
        axes = figure.axes[0]
        frame = axes.get_window_extent()
        assert axes.texts
        for text in axes.texts:
            box = text.get_window_extent()
            assert np.all(frame.min <= box.min) and np.all(box.max <= frame.max)
            assert not text.get_parse_math()
