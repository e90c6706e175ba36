"""One panel a distribution, all on one scale, with a mark for what is ruled out."""

import matplotlib.pyplot as plt
import pytest

from snippets.plots.panels import next_token_panels

BEFORE, AFTER = [0.5, 0.3, 0.2], [0.625, 0.375, 0.0]


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


def test_each_bar_is_as_long_as_its_probability():
    figure = next_token_panels({"before": BEFORE, "after": AFTER}, ["a", " ", "\n"])
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["before", "after"]
    for axes, expected in zip(figure.axes, (BEFORE, AFTER), strict=True):
        assert [bar.get_width() for bar in axes.patches] == expected
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["a", "␣", "↵"]


def test_what_is_ruled_out_is_marked():
    figure = next_token_panels({"before": BEFORE, "after": AFTER}, ["a", "b", "c"])
    marks = [[line.get_ydata()[0] for line in axes.lines] for axes in figure.axes]
    assert marks == [[], [2]]


@pytest.mark.parametrize(
    ("distributions", "tokens", "message"),
    [
        ({}, [], "0 panels"),
        (dict.fromkeys("abcde", BEFORE), ["a", "b", "c"], "5 panels"),
        ({"before": BEFORE}, ["a"], "tokens"),
        ({"before": [1.5, 0.1]}, ["a", "b"], "1.5"),
    ],
)
def test_refusals(distributions, tokens, message):
    with pytest.raises(ValueError, match=message):
        next_token_panels(distributions, tokens)
