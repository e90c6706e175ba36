"""Names within a plot: each beside its own line and off all others, or all in a key below."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from snippets.plots.house.labels import name_at_ends, name_within
from snippets.plots.house.style import PALETTE, finish, house_style, new_figure
from tests.snippets.plots.laws import assert_all_inside, assert_apart

X = np.linspace(0, 1, 30)


def named(
    *heights: np.ndarray, names: list[str], key: bool = False
) -> tuple[Figure, Axes, list[Line2D]]:
    """A figure with a line for each row of heights, and their names within it."""
    with house_style():
        figure, (axes,) = new_figure(3.2, 2.6)
        axes.set_ylim(0, 1)
        lines = [axes.plot(X, y)[0] for y in heights]
        finish(figure)
        name_within(figure, axes, lines, [(name, PALETTE["ink"]) for name in names], key)
        figure.draw_without_rendering()
    return figure, axes, lines


def distance(text: Text, line: Line2D) -> float:
    """From the middle of a text to the nearest point of a line, in pixels."""
    box, points = text.get_window_extent(), line.get_transform().transform(line.get_xydata())
    middle = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
    return float(np.hypot(*(points - middle).T).min())


def test_each_name_is_nearest_to_its_own_line_and_on_none() -> None:
    figure, axes, lines = named(
        0.2 + 0.1 * X, 0.5 + 0 * X, 0.8 - 0.1 * X, names=["rises", "level", "falls"]
    )
    assert [text.get_text() for text in axes.texts] == ["rises", "level", "falls"]
    for text, own in zip(axes.texts, lines, strict=True):
        assert min(lines, key=lambda line: distance(text, line)) is own
        for line in lines:
            points = line.get_transform().transform(line.get_xydata())
            assert not any(text.get_window_extent().contains(*point) for point in points)
    assert_apart(axes.texts)
    assert_all_inside(figure)
    plt.close(figure)


def test_a_name_stands_at_the_right_end_of_a_line_that_is_as_good_everywhere() -> None:
    figure, axes, _ = named(0.5 + 0 * X, names=["a level line"])
    (text,) = axes.texts
    left = axes.get_window_extent().x1 - text.get_window_extent().x1
    assert 0 < left < 10 * figure.dpi / 72
    plt.close(figure)


def test_names_stand_in_a_key_where_it_is_asked_for() -> None:
    figure, axes, _ = named(0.2 + 0 * X, 0.8 + 0 * X, names=["low", "high"], key=True)
    assert not axes.texts and len(figure.legends) == 1
    plt.close(figure)


def test_where_lines_leave_no_room_the_names_stand_in_a_key_below() -> None:
    crowd = [np.clip(0.5 + 0.5 * np.sin(40 * X + phase), 0, 1) for phase in (0, 1, 2, 3)]
    names = [f"a line with a long name {n}" for n in range(4)]
    figure, axes, _ = named(*crowd, names=names)
    assert not axes.texts
    [key] = figure.legends
    assert [text.get_text() for text in key.get_texts()] == names
    assert figure.get_figheight() > 2.6, "the key takes no room from the plot"
    assert_all_inside(figure)
    plt.close(figure)


@pytest.mark.parametrize("name", ["a$b$", "costs $5 and $6"])
def test_a_dollar_sign_starts_no_formula(name: str) -> None:
    figure, axes, _ = named(0.5 + 0 * X, names=[name])
    assert not axes.texts[0].get_parse_math()
    plt.close(figure)


def at_ends(*ends: tuple[str, float], log: bool = False) -> tuple[Figure, Axes, dict[str, Text]]:
    """A plot from 1 to 100 with names at the heights of ends, by name."""
    with house_style():
        figure, (axes,) = new_figure(4.0, 3.0)
        axes.set(ylim=(1, 100), yscale="log" if log else "linear")
        name_at_ends(figure, axes, [(name, value, PALETTE["blue"]) for name, value in ends])
        figure.draw_without_rendering()
    return figure, axes, {text.get_text(): text for text in axes.texts}


@pytest.mark.parametrize("log", [False, True])
def test_a_name_at_an_end_is_level_with_it_right_of_the_plot(log: bool) -> None:
    figure, axes, texts = at_ends(("it's $5", 80.0), ("low", 2.0), log=log)
    assert list(texts) == ["low", "it’s $5"]
    for name, value in (("it’s $5", 80.0), ("low", 2.0)):
        box, frame = texts[name].get_window_extent(), axes.get_window_extent()
        _, level = axes.transData.transform((1, value))
        assert (box.y0 + box.y1) / 2 == pytest.approx(level, abs=2)
        assert 3 < (box.x0 - frame.x1) / figure.dpi * 72 < 10  # points
        assert texts[name].get_color() == PALETTE["blue"] and not texts[name].get_parse_math()
    assert_all_inside(figure)
    plt.close(figure)


def test_names_at_ends_that_coincide_are_pushed_up_to_a_line_s_distance() -> None:
    figure, axes, texts = at_ends(*((str(n), 50.0) for n in range(4)), ("high", 52.0))
    heights = [text.get_window_extent().y0 * 72 / figure.dpi for text in texts.values()]
    assert list(texts) == ["0", "1", "2", "3", "high"]
    assert np.diff(heights) == pytest.approx([14] * 4, abs=0.5)  # points
    box = texts["0"].get_window_extent()
    assert (box.y0 + box.y1) / 2 == pytest.approx(axes.transData.transform((0, 50))[1], abs=2)
    plt.close(figure)


def test_a_name_stands_on_the_flat_part_of_its_line_rather_than_on_the_slope() -> None:
    for steep in (slice(None), slice(None, None, -1)):
        y = np.where(X < 0.5, 0.2, 0.2 + 1.2 * (X - 0.5))[steep]
        figure, axes, _ = named(y, names=["a name"])
        (text,) = axes.texts
        box = text.get_window_extent().transformed(axes.transData.inverted())
        assert box.x1 < 0.55 if y[0] == 0.2 else box.x0 > 0.45
        plt.close(figure)


@pytest.mark.parametrize(("letters", "columns"), [(14, 2), (15, 1)])
def test_a_key_has_two_columns_where_names_are_short(letters: int, columns: int) -> None:
    lines = [0.2 * n + 0 * X for n in range(1, 4)]
    names = ["n" * letters, "b", "c"]
    figure, _, _ = named(*lines, names=names, key=True)
    (key,) = figure.legends
    boxes = [text.get_window_extent() for text in key.get_texts()]
    assert len({round(box.x0) for box in boxes}) == columns
    rows = 3 if columns == 1 else 2
    assert figure.get_figheight() == pytest.approx(2.6 + 0.2 * rows)
    plt.close(figure)
