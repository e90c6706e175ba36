"""A figure on a page looks as matplotlib drew it, although it is of far fewer elements."""

import re
from collections.abc import Iterator
from io import BytesIO, StringIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from pagekit.render.figures.svg import inline_svg
from tests.snippets.plots.figures import FIGURES

# Of equal size, and without letters: these snap to whole pixels, so the hundredths of a point to
# which we round may move a word by one.
SHEET = """<!doctype html><style>
body { margin: 0 } div { height: 700px; overflow: hidden }</style>"""
# Each for itself, so that none finds the other's patterns and frames.
FRAME = """<div><template shadowrootmode="open"><style>
svg { display: block; width: 600px !important; height: auto }
text { visibility: hidden }</style>{}</template></div>"""


WORDS = re.compile(r">([^<>]*)</text>")


@pytest.fixture(scope="module")
def sheet(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 600, "height": 1400}, device_scale_factor=2)
    yield page
    page.close()


def seen(sheet: Page, *svgs: str) -> list[np.ndarray]:
    """What the browser shows of two figures, each in its lightness, (height, width, 3)."""
    sheet.set_content(SHEET + "".join(FRAME.replace("{}", svg) for svg in svgs))
    picture = Image.open(BytesIO(sheet.screenshot())).convert("RGB")
    return np.split(np.asarray(picture, dtype=int), 2)


@pytest.mark.parametrize("name", FIGURES)
def test_looks_as_it_was_drawn(name: str, sheet: Page) -> None:
    drawn = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "s"}):
        FIGURES[name]().savefig(drawn, format="svg", transparent=True)
    plt.close("all")
    svg = drawn.getvalue()
    svg = svg[svg.index("<svg") :]
    ours = inline_svg(svg, "f", "a figure")
    assert [text.strip() for text in WORDS.findall(ours)] == WORDS.findall(svg)
    before, after = seen(sheet, svg, ours)
    assert before.std() > 1, "there is something to see"
    # Between cells that touch there was a hairline of the ground, where now there is none.
    differ = np.abs(before - after)
    assert differ.mean() < 0.5
    assert differ.max() < 90


def test_another_figure_looks_otherwise(sheet: Page) -> None:
    box = "<svg viewBox='0 0 60 60'><path d='M10 10h40v{0}h-40z'/></svg>"
    before, after = seen(sheet, box.format(40), box.format(39))
    assert np.abs(before - after).max() > 90
