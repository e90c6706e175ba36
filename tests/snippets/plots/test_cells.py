"""One square a value: its place, its colour by sign, its opacity by magnitude."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from snippets.plots.cells import (
    draw_cells,
    has_numbers,
    name_cells,
    room_on_phones,
    write_numbers,
)
from snippets.plots.house.style import HEAT, HEAT_NEGATIVE, PALETTE
from snippets.plots.house.widths import PHONE, for_both
from tests.snippets.plots.laws import assert_frame, both, squares_of, tick_lengths


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


@pytest.mark.parametrize(("columns", "gap"), [(16, True), (17, False)])
def test_a_gap_parts_squares_that_are_large_enough(axes: Axes, columns: int, gap: bool) -> None:
    draw_cells(axes, np.ones((1, columns)))
    outline = np.asarray(axes.collections[0].get_paths()[0].vertices)
    low, high = outline.min(0), outline.max(0)
    assert len(np.unique(outline, axis=0)) == 4
    np.testing.assert_allclose(low, 1 - high)  # in the middle of its place
    assert (low > 0).all() == gap
    assert (low < 0.1).all()


def test_the_frame_of_a_map_is_whole(axes: Axes) -> None:
    axes.spines["top"].set_visible(False)
    draw_cells(axes, np.ones((2, 2)))
    assert all(spine.get_visible() for spine in axes.spines.values())
    assert axes.get_aspect() == 1


def test_what_no_one_sees_is_not_drawn(axes: Axes) -> None:
    draw_cells(axes, np.array([[4e-4, 6e-4, -6e-4, 2.0]]))
    (squares,) = axes.collections
    assert np.asarray(squares.get_offsets())[:, 0].tolist() == [1, 2, 3]
    assert np.asarray(squares.get_facecolor())[:, 3].tolist() == [0.001, 0.001, 1.0]


@pytest.mark.parametrize(("count", "shown"), [(26, 26), (27, 14), (53, 18)])
def test_labels_have_room(axes: Axes, count: int, shown: int) -> None:
    draw_cells(axes, np.ones((count, count)))
    name_cells(axes, [str(n) for n in range(count)], None)
    assert len(axes.get_yticks()) == len(axes.get_yticklabels()) == shown


@pytest.mark.parametrize(("name", "rotation"), [("ab", 0), ("abc", 90)])
def test_long_names_of_columns_stand_upright(axes: Axes, name: str, rotation: float) -> None:
    draw_cells(axes, np.ones((2, 2)))
    name_cells(axes, ["a long name", "b"], ["a", name])
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {rotation}
    assert {label.get_rotation() for label in axes.get_yticklabels()} == {0}


def test_a_number_stands_in_the_middle_of_its_cell_and_can_be_read(axes: Axes) -> None:
    write_numbers(axes, np.array([[0.0, 0.25, 0.0], [0.875, 0.0, 0.0]]))
    found = [(t.get_text(), t.get_position(), t.get_color()) for t in axes.texts]
    assert found == [
        ("0.25", (1.5, 0.5), PALETTE["ink"]),
        ("0.88", (0.5, 1.5), PALETTE["paper"]),
    ]
    placed = {(t.get_horizontalalignment(), t.get_verticalalignment()) for t in axes.texts}
    assert placed == {("center", "center")}


def test_zeros_are_printed_where_they_are_wanted(axes: Axes) -> None:
    write_numbers(axes, np.array([[0.0, 0.25]]), zeros=True)
    assert [t.get_text() for t in axes.texts] == ["0.00", "0.25"]


def test_a_square_fills_its_cell_and_no_other(axes: Axes) -> None:
    with mpl.rc_context({"patch.force_edgecolor": True}):
        draw_cells(axes, np.array([[0.0, 0.5, 0.0], [1.0, 0.0, 0.0]]))
    for corners, (x, y) in zip(squares_of(axes), [(1, 0), (0, 1)], strict=True):
        inner = {tuple(corner.round(6)) for corner in corners - (x, y)}
        low, high = min(inner)[0], max(inner)[0]
        assert inner == {(a, b) for a in (low, high) for b in (low, high)}
        assert low == pytest.approx(1 - high) and 0.02 < low < 0.05
    (squares,) = axes.collections
    assert not squares.get_clip_on()  # or half a line would be missing at the edge of the map
    assert not np.asarray(squares.get_edgecolor()).size


def test_the_frame_is_quiet_and_its_ticks_are_short(axes: Axes) -> None:
    draw_cells(axes, np.ones((2, 2)))
    assert_frame(axes, "left", "right", "top", "bottom", colour="muted")
    for axis in (axes.xaxis, axes.yaxis):
        assert all(2 <= length <= 3 for length in tick_lengths(axis))


def test_opacities_have_three_digits_and_begin_at_half_of_the_last(axes: Axes) -> None:
    draw_cells(axes, np.array([[0.12345, 0.0005, 0.0004]]))
    opacities = np.asarray(axes.collections[0].get_facecolor())[:, 3].tolist()
    assert opacities == [0.123, 0.001]


def test_names_are_plain_text_in_the_size_that_is_asked_for(axes: Axes) -> None:
    draw_cells(axes, np.ones((1, 1)))
    for options, size in (({}, 9.5), ({"size": 8.0}, 8.0)):
        name_cells(axes, ["$x$"], ["$y$"], **options)
        for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
            assert not label.get_parse_math()
            assert label.get_fontsize() == size


def test_lettering_is_dark_up_to_the_opacity_where_light_reads_better(axes: Axes) -> None:
    write_numbers(axes, np.array([[0.61, 0.62, 0.63]]))
    assert [text.get_color() for text in axes.texts] == [
        PALETTE["ink"],
        PALETTE["ink"],
        PALETTE["paper"],
    ]


@for_both
def shown(side: float = 0.3, size: int = 6) -> Figure:
    """A map of which every value is a quarter, named and numbered."""
    figure = Figure()
    axes = figure.subplots()
    draw_cells(axes, np.ones((size, size)))
    name_cells(axes, None, [f"n{n}" for n in range(size)], side=side)
    write_numbers(axes, np.array([[0.25, -0.25, 1.0, -1.0]]))
    return figure


def test_a_phone_names_cells_that_are_a_line_of_letters_apart() -> None:
    for side in (0.03, 0.1, 0.3, 1.0):
        ticks = both(shown(side, 12))[1].axes[0].get_xticks()
        apart = np.diff(ticks) * side * 72  # points
        assert len(ticks) > 1 and ticks[0] == 0.5
        assert min(apart) >= 9 and max(apart) < 9 + 72 * side + 9
    assert both(shown(0.01, 12))[1].axes[0].get_xticks().tolist() == [0.5]  # 8.6 points are all
    assert len(both(shown(1.0, 12))[1].axes[0].get_xticks()) == 12
    assert len(both(shown(0.01, 12))[0].axes[0].get_xticks()) == 12


def test_a_phone_has_no_zero_before_the_point() -> None:
    page, phone = ([t.get_text() for t in figure.axes[0].texts] for figure in both(shown()))
    assert page == ["0.25", "−0.25", "1.00", "−1.00"]
    assert phone == [".25", "−.25", "1.00", "−1.00"]


def test_few_columns_that_are_wide_have_numbers() -> None:
    assert has_numbers(12, 1.0) and not has_numbers(13, 1.0)
    assert has_numbers(1, 0.3) and not has_numbers(1, 0.1)


def test_letters_of_the_longest_label_have_the_room_that_cells_do_not_get() -> None:
    whole = room_on_phones([])
    assert 2.5 < whole < PHONE and room_on_phones([""]) == whole
    for label in ("nnn", "n" * 12):
        text = Figure().text(0, 0, label, fontsize=9.5)
        wide = text.get_window_extent().width / text.figure.dpi
        taken = whole - room_on_phones(["n", label, ""])
        assert wide * 0.9 < taken < wide * 1.5


def test_lettering_is_dark_by_the_share_of_the_full_colour(axes: Axes) -> None:
    write_numbers(axes, np.array([[2.4, -2.4, 2.5, -2.5]]), 4.0)
    colours = [text.get_color() for text in axes.texts]
    assert colours == [PALETTE[name] for name in ("ink", "ink", "paper", "paper")]
