"""Figures on a phone: as wide as it is, as large in their letters, the same in what they say."""

import io
import pickle
import re
from collections import Counter
from collections.abc import Callable

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from pagekit.run.process import drawings
from snippets.plots.bars import compare_bars, difference_bars
from snippets.plots.head_maps import attention_heads
from snippets.plots.heatmaps import attention_heatmap, signed_heatmap
from snippets.plots.house.keys import by_columns
from snippets.plots.house.widths import PHONE, for_both, for_phone
from snippets.plots.panels import next_token_panels
from tests.snippets.plots.figures import FIGURES, TOKENS, WEIGHTS, own_curves
from tests.snippets.plots.laws import assert_apart

LONG = ["embedding of the tokens", "attention, all heads", "feed-forward network"]
SPREAD = [1 / 12] * 12
MORE: dict[str, Callable[[], Figure]] = {
    "two panels": lambda: next_token_panels({"before": SPREAD, "after": SPREAD}, "abcdefghijkl"),
    "three panels": lambda: next_token_panels(dict.fromkeys("abc", SPREAD), "abcdefghijkl"),
    "long names": lambda: compare_bars([85e6, 28e6, 57e6], LONG, xlabel="n", number="{:,.0f}"),
    "differences": lambda: difference_bars([-0.2, 0.1, 0.0], LONG, xlabel="nats"),
    "a sentence": lambda: attention_heatmap(
        np.tril(np.ones((15, 15))) / 15, ["[CLS]", *("animal", "because") * 7]
    ),
    "many heads": lambda: attention_heads(
        np.full((4, 16, 16), 0.1),
        list("Is this a dagger"),
        names=["layer 1, head 2: the one before"] * 4,
        columns=2,
    ),
    "grids": lambda: attention_heads(np.full((5, 6, 12), 0.1), names=list("abcde"), columns=3),
    "few heads": lambda: signed_heatmap([[0.1, -0.2]], xlabel="head", ylabel="layer"),
    "close lines": lambda: own_curves(
        {f"a rather long name {k}": (range(30), [k / 50] * 30) for k in range(5)},
        xlabel="x",
        ylabel="a quantity with a long name",
        title="A finding that takes more than a line of a phone to say",
    ),
}
ALL = FIGURES | MORE


def on_a_phone(figure: Figure) -> Figure:
    return vars(figure)["for_phone"]()


@pytest.fixture(scope="module", params=ALL)
def pair(request: pytest.FixtureRequest) -> tuple[Figure, Figure]:
    figure = ALL[request.param]()
    return figure, on_a_phone(figure)


def texts(figure: Figure) -> list[Text]:
    """All that are drawn: of ticks, those within the plot."""
    beyond: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            ticks = zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
            beyond |= {label for at, label in ticks if not low <= at <= high}
    found = figure.findobj(Text)
    return [t for t in found if t.get_text().strip() and t.get_visible() and t not in beyond]


def test_it_has_a_phones_width(pair: tuple[Figure, Figure]) -> None:
    _, phone = pair
    assert phone.get_figwidth() <= PHONE
    drawn = phone.get_tightbbox()
    assert drawn.x0 >= -0.03 and drawn.x1 <= PHONE + 0.03


def test_letters_are_as_large(pair: tuple[Figure, Figure]) -> None:
    """On a phone a figure is shown at its size or a little less: 8 points are 10.7 pixels."""
    wide, phone = pair
    assert min(float(text.get_fontsize()) for text in texts(phone)) >= 8
    assert {text.get_fontsize() for text in texts(phone)} <= {
        *(text.get_fontsize() for text in texts(wide)), 8.0, 9.5
    }  # fmt: skip


def test_no_text_lies_on_another(pair: tuple[Figure, Figure]) -> None:
    _, phone = pair
    phone.dpi = 72
    phone.draw_without_rendering()
    assert_apart([text for text in texts(phone) if text.get_rotation() in (0, 90)], rounding=2.5)


def test_the_data_are_the_same(pair: tuple[Figure, Figure]) -> None:
    plots = [[axes for axes in figure.axes if axes.axison] for figure in pair]
    for one, other in zip(*plots, strict=True):
        if not one.get_xticks().size:
            continue  # a sheet, whose points are places on it
        for line, again in zip(one.lines, other.lines, strict=True):
            np.testing.assert_array_equal(line.get_xydata(), again.get_xydata())
            assert line.get_color() == again.get_color()
        assert [p.get_width() for p in one.patches] == [p.get_width() for p in other.patches]
        for cells, again_cells in zip(one.collections, other.collections, strict=False):
            np.testing.assert_array_equal(cells.get_facecolor(), again_cells.get_facecolor())


def test_no_name_is_lost(pair: tuple[Figure, Figure]) -> None:
    """All words of the wide figure, that is; numbers of ticks and cells may be fewer."""

    def words(figure: Figure) -> Counter[str]:
        said = " ".join(text.get_text() for text in texts(figure))
        return Counter(re.findall(r"[^\W\d_]{2,}", said))

    wide, phone = pair
    assert not words(wide).keys() - words(phone).keys()


def test_a_reader_s_pyplot_shows_one_figure_and_the_width_is_put_back() -> None:
    figure = FIGURES["training"]()
    assert plt.get_fignums() == [figure.number]
    phone = on_a_phone(figure)
    assert plt.get_fignums() == [figure.number] and not for_phone()
    assert phone.get_figwidth() == PHONE < figure.get_figwidth()


def test_one_that_fails_puts_the_width_back() -> None:
    @for_both
    def draw(fails: list[bool]) -> Figure:
        if fails:
            raise ValueError("as asked")
        return Figure()

    fails: list[bool] = []
    figure = draw(fails)
    fails.append(True)
    with pytest.raises(ValueError, match="as asked"):
        on_a_phone(figure)
    assert not for_phone()


def test_whoever_changes_a_figure_can_be_told() -> None:
    figure = FIGURES["compare"]()
    assert not figure.stale
    figure.axes[0].set_xlabel("another")
    assert figure.stale


def test_a_figure_can_still_be_pickled() -> None:
    figure = FIGURES["compare"]()
    assert pickle.loads(pickle.dumps(figure)).axes


@pytest.mark.parametrize("name", ["attention", "training", "long names"])
def test_the_same_bytes_twice_whatever_the_caller_s_settings(name: str) -> None:
    def svg(figure: Figure) -> str:
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "one"}):
            buffer = io.StringIO()
            figure.savefig(buffer, format="svg", metadata={"Date": None})
        return buffer.getvalue()

    wide = ALL[name]()
    phone = svg(on_a_phone(wide))
    with mpl.rc_context({"font.size": 20, "axes.edgecolor": "red"}):
        again = on_a_phone(wide)
    assert svg(again) == phone


def test_pages_and_figures_agree_on_a_phone_s_width() -> None:
    assert drawings.PHONE == PHONE


def test_short_names_stay_beside_their_bars() -> None:
    figure = on_a_phone(compare_bars([2.1, 1.5], ["bigram", "MiniGPT"], xlabel="loss"))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["bigram", "MiniGPT"]


def test_long_names_stand_above_their_bars() -> None:
    (axes,) = on_a_phone(MORE["long names"]()).axes
    for bar, name in zip(axes.patches, LONG, strict=True):
        (text,) = (text for text in axes.texts if text.get_text() == name)
        box, place = text.get_window_extent(), bar.get_window_extent()
        assert place.y1 - 2 < box.y0 < place.y1 + 8
        assert 2 < box.x0 - axes.get_window_extent().x0 < 8, "clear of the axis"


def test_names_of_lines_stand_within_the_plot_or_in_a_key() -> None:
    apart = {"up": ([0, 1], [0, 9]), "down": ([0, 1], [9, 0])}
    (axes,) = on_a_phone(own_curves(apart, xlabel="x", ylabel="y")).axes
    frame = axes.get_window_extent()
    assert {text.get_text() for text in axes.texts} == {"up", "down"}
    for text in axes.texts:
        box = text.get_window_extent()
        assert frame.x0 <= box.x0 and box.x1 <= frame.x1
        assert frame.y0 <= box.y0 and box.y1 <= frame.y1
    crowded = {f"line {k}": (range(300), np.sin(np.arange(300) + k)) for k in range(5)}
    figure = on_a_phone(own_curves(crowded, xlabel="x", ylabel="y"))
    assert not figure.axes[0].texts
    (key,) = figure.legends
    assert [text.get_text() for text in key.get_texts()] == by_columns([*crowded], 2)


def test_a_name_is_nearer_to_its_line_than_to_any_other() -> None:
    lines = {"low": ([0, 1], [0, 1]), "high": ([0, 1], [5, 6])}
    (axes,) = on_a_phone(own_curves(lines, xlabel="x", ylabel="y")).axes
    for text, line in zip(axes.texts, axes.lines, strict=True):
        x, y = axes.transData.inverted().transform(
            np.mean(text.get_window_extent().get_points(), axis=0)
        )
        away = {
            n: abs(y - np.interp(x, *np.asarray(other.get_data())))
            for n, other in enumerate(axes.lines)
        }
        assert min(away, key=lambda n: away[n]) == axes.lines.index(line)


def test_numbers_in_cells_drop_their_zero_where_cells_are_small() -> None:
    figure = attention_heatmap(WEIGHTS, TOKENS)
    wide = {text.get_text() for text in figure.axes[0].texts}
    assert {text.get_text() for text in on_a_phone(figure).axes[0].texts} == {
        text.removeprefix("0") for text in wide
    }


def test_panels_stack() -> None:
    for count, columns in ((1, 1), (2, 2), (3, 1), (4, 2)):
        panels = dict.fromkeys("abcd"[:count], SPREAD)
        figure = on_a_phone(next_token_panels(panels, "abcdefghijkl"))
        assert len({round(axes.get_position().x0, 2) for axes in figure.axes}) == columns
        left = min(axes.get_position().x0 for axes in figure.axes)
        for axes in figure.axes:
            named = any(label.get_text() for label in axes.get_yticklabels())
            assert named == (axes.get_position().x0 < left + 0.05)
