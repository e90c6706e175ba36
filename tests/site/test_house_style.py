"""Every figure of every page is in the house style, as its run recorded it."""

from collections.abc import Callable
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from pagekit.labs import notebooks
from pagekit.labs.source import read_lab
from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.run import results
from snippets.plots.curves import curves
from snippets.plots.dots import dot_rows
from snippets.plots.heatmaps import attention_heatmap
from tests.site.house_style import coloured, faults
from tests.site.pages import ROOT, site_pages

PROJECT = Project(ROOT)


@cache
def figures(address: str) -> list[tuple[str, str]]:
    """The place and the SVG of each figure of a page, for either width."""
    path = (PROJECT.docs / (address or "index.html")).with_suffix(".md")
    if not path.is_file():
        return figures_of_lab(PROJECT.docs / Path(address).with_suffix(".py"))
    page, found = read_page(path, PROJECT), []
    for chain in page.chains:
        result = results.load(page, chain, PROJECT)
        for fence, segment in zip(chain.fences, result.segments if result else [], strict=False):
            place = f"{page.name}:{fence.line}"
            found += [(place, svg) for svg in [*segment.figures, *segment.phone] if svg]
    return found


def figures_of_lab(path: Path) -> list[tuple[str, str]]:
    recorded = notebooks.load(read_lab(path, PROJECT), PROJECT)
    shown = [one.get("data", {}) for cell in (recorded[0] if recorded else []) for one in cell]
    return [
        (f"{path.name}, figure {number}", str(svg))
        for number, data in enumerate(shown)
        for kind, svg in data.items()
        if kind.endswith("svg+xml")
    ]


def test_is_in_the_house_style(address: str, built_site: Path) -> None:
    wrong = [f"{place}: {fault}" for place, svg in figures(address) for fault in faults(svg)]
    assert not wrong, "\n".join(wrong)


def test_a_thing_has_one_colour_on_all_pages(built_site: Path) -> None:
    seen: dict[str, dict[str, str]] = {}
    for address in site_pages():
        for place, svg in figures(address):
            for thing, colour in coloured(svg):
                seen.setdefault(thing, {}).setdefault(colour, place)
    assert seen, "some lines have their names beside them"
    several = {thing: places for thing, places in seen.items() if len(places) > 1}
    assert not several


def svg(figure: Figure) -> str:
    buffer = StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", transparent=True)
    plt.close(figure)
    return buffer.getvalue()


def lines(**options: Any) -> Figure:
    usual = {"xlabel": "x", "ylabel": "y", "title": "t"}
    return curves({"x": ([1, 2], [3, 4])}, **{**usual, **options})


def test_years_have_no_comma_and_other_numbers_have_one() -> None:
    dates: Any = {"series": {"a": [2013, 2026]}, "labels": ["one", "two"], "years": True}
    assert not faults(svg(dot_rows(**dates, xlabel="year", title="Since 2013")))
    assert faults(svg(dot_rows(**dates, xlabel="tokens", title="t")))
    assert faults(svg(dot_rows(**dates, xlabel="year", title="8192 tokens")))


def changed(change: Callable[[Figure], object]) -> Figure:
    figure = lines()
    change(figure)
    return figure


def without_scale() -> Figure:
    figure = attention_heatmap(np.eye(3) / 2 + 0.1, title="t")
    figure.axes[0].get_legend().remove()  # type: ignore[union-attr]
    return figure


BAD: dict[str, Callable[[], Figure]] = {
    "no title": lambda: lines(title=""),
    "no name and unit along the x axis": lambda: lines(xlabel=""),
    "no name and unit along the y axis": lambda: lines(ylabel=""),
    "a hyphen for a minus": lambda: lines(title="from -2 up"),
    "thousands without a comma": lambda: lines(xlabel="of 10000 tokens"),
    "a power as programs write it": lambda: lines(xlabel="times 1e-05"),
    "a zero with a sign": lambda: lines(xlabel="from −0.00"),
    "a name out of the code": lambda: lines(ylabel="feed_forward"),
    "nats of what": lambda: lines(ylabel="loss (nats)"),
    "is not in the palette": lambda: changed(lambda f: f.axes[0].lines[0].set_color("#ff0000")),
    "a heat map without a scale": without_scale,
}


@pytest.mark.parametrize("fault", BAD)
def test_a_figure_that_breaks_a_rule_is_found_out(fault: str) -> None:
    (found,) = faults(svg(BAD[fault]()))
    assert fault in found


def test_a_figure_that_keeps_all_rules_is_not() -> None:
    assert faults(svg(lines())) == []
    assert faults(svg(attention_heatmap(np.eye(3) / 2 + 0.1, title="t"))) == []
