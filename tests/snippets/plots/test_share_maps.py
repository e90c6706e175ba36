"""A map of shares: each in its cell, with its number and the names of its row and column."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from snippets.plots.share_maps import share_map
from tests.snippets.plots.laws import assert_all_inside, both
from tests.snippets.plots.test_heatmaps import drawn, numbers

SHARES = [[0.25, 1.0, 0.0], [0.5, 0.75, 0.17]]
ROWS, COLUMNS = ["none", "all four"], ["request", "claim", "forgery"]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_each_share_stands_in_its_cell_under_the_names():
    figure = share_map(SHARES, ROWS, COLUMNS, unit="share", title="What it shows")
    axes = figure.axes[0]
    np.testing.assert_allclose(drawn(axes), SHARES, atol=1.1e-3)
    assert numbers(axes)[:6] == ["0.25", "1.00", "0.00", "0.50", "0.75", "0.17"]
    assert [t.get_text() for t in axes.get_yticklabels()] == ROWS
    assert [t.get_text() for t in axes.get_xticklabels()] == COLUMNS
    assert_all_inside(figure)


@pytest.mark.parametrize(
    ("shares", "rows", "columns", "said"),
    [
        ([0.5], ["a"], ["b"], "shares"),
        ([[1.5]], ["a"], ["b"], "shares"),
        ([[0.5]], ["a", "b"], ["c"], "rows"),
        ([[0.5]], ["a"], ["b", "c"], "columns"),
        (np.zeros((1, 13)), ["a"], list("abcdefghijklm"), "more than 12"),
    ],
)
def test_what_can_not_be_shown_is_refused(shares, rows, columns, said):
    with pytest.raises(ValueError, match=said):
        share_map(shares, rows, columns, unit="share")


def test_the_scale_has_its_unit_and_a_phone_all_of_it():
    figure = share_map(SHARES, ROWS, COLUMNS, unit="share of ten", title="What it shows")
    page, phone = figure, figure.for_phone()
    assert page.axes[0].get_legend().get_title().get_text() == "share of ten"
    assert phone.legends[0].get_title().get_text() == "share of ten"
    assert page.axes[0].get_title(loc="left") == "What it shows"
    for one in (page, phone):
        assert_all_inside(one)
        assert one.axes[0].get_title(loc="left").replace("\n", " ") == "What it shows"
        corners = one.axes[0].transData.transform([(0, 0), (1, 1)])
        wide, high = np.abs(corners[1] - corners[0])
        assert wide == pytest.approx(high, rel=0.02)


@pytest.mark.parametrize("shape", [(12, 12), (1, 12), (13, 1)])
def test_twelve_rows_and_columns_are_enough(shape):
    names = [[str(n) for n in range(size)] for size in shape]
    if max(shape) > 12:
        with pytest.raises(ValueError, match="more than 12"):
            share_map(np.zeros(shape), *names, unit="share")
    else:
        figure = share_map(np.full(shape, 0.5), *names, unit="share")
        assert_all_inside(figure)
        assert_all_inside(figure.for_phone())


@pytest.mark.parametrize("shape", [(2, 3), (1, 5), (12, 12)])
def test_cells_can_be_read_and_no_paper_is_left_empty_above_or_below(shape):
    names = [[f"${n}" for n in range(size)] for size in shape]
    figure = share_map(np.full(shape, 0.5), *names, unit="share")
    for one in both(figure):
        one.draw_without_rendering()
        drawn_, axes = one.get_tightbbox(), one.axes[0]
        assert drawn_.y0 + one.get_figheight() - drawn_.y1 < 1.0  # inches
        assert axes.get_window_extent().width / shape[1] / one.dpi > (0.5 if one is figure else 0.2)
        labels = [*axes.get_xticklabels(), *axes.get_yticklabels()]
        assert not any(label.get_parse_math() for label in labels)
