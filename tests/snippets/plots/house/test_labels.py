"""Names within a plot: each beside its own line and off all others, or all in a key below."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from snippets.plots.house.labels import name_within
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
