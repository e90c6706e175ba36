"""Each figure is recorded as it is, and as a phone is to show it."""

import re
import sys
from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure

from pagekit.run.process.drawings import PHONE, Drawings, drawing

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    plt.close("all")
    yield
    plt.close("all")


def points(svg: str) -> float:
    found = re.search(r'width="([\d.]+)pt"', svg)
    assert found
    return float(found[1])


def sizes(svg: str) -> set[str]:
    return set(re.findall(r"font(?:-size)?: ([\d.]+)px", svg))


def plot(width: float = 6.4) -> Figure:
    figure = plt.figure(figsize=(width, 3), layout="constrained")
    figure.subplots().plot([1, 3, 2])
    figure.axes[0].set_title("T")
    return figure


def test_any_figure_is_laid_out_for_a_phone_its_letters_as_large() -> None:
    wide, phone = drawing(plot())
    assert points(phone) <= 72 * PHONE + 1 < points(wide)
    assert sizes(phone) == sizes(wide) and sizes(wide)
    assert ">T</text>" in phone


def test_a_figure_stays_as_it_was() -> None:
    figure = plot()
    first = drawing(figure)
    assert figure.get_size_inches().tolist() == [6.4, 3]
    assert drawing(figure) == first


def test_a_figure_that_is_narrow_is_not_drawn_twice() -> None:
    assert drawing(plot(PHONE)).phone == ""
    assert drawing(plot(PHONE + 0.1)).phone


def own() -> Figure:
    figure = plot()
    other = Figure((2, 2))
    other.text(0.5, 0.5, "for a phone")
    vars(figure)["for_phone"] = lambda: other
    figure.draw_without_rendering()
    figure.stale = False
    return figure


def test_a_figure_may_know_how_it_is_drawn_for_a_phone() -> None:
    found = drawing(own())
    assert "for a phone" in found.phone and "for a phone" not in found.wide


def test_what_was_changed_since_is_on_a_phone_too() -> None:
    figure = own()
    figure.axes[0].set_xlabel("later")
    found = drawing(figure)
    assert ">later</text>" in found.wide and ">later</text>" in found.phone


def test_open_figures_are_drawn_once_and_again_when_they_change() -> None:
    drawings = Drawings()
    assert drawings.new() == []
    figure = plot()
    assert len(drawings.new()) == 1
    assert drawings.new() == []
    figure.axes[0].set_xlabel("later")
    [(wide, phone)] = drawings.new()
    assert "later" in wide and "later" in phone
    assert drawings.new() == []


def test_a_figure_is_cut_to_what_is_drawn_and_shows_the_page_behind_it() -> None:
    figure = plt.figure(figsize=(6.4, 3))
    figure.text(0.5, 0.5, "a word")
    wide, _ = drawing(figure)
    assert points(wide) < 72 * PHONE
    [background] = re.findall(r'<g id="patch_1">.*?style="(.*?)"', wide, re.DOTALL)
    assert background == "fill: none"


def test_where_nothing_was_plotted_nothing_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    plot()
    monkeypatch.delitem(sys.modules, "matplotlib.pyplot")
    assert Drawings().new() == []
