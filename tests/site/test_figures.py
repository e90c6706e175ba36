"""A figure on a page looks as matplotlib drew it, although it is of far fewer elements."""

import re
from io import BytesIO, StringIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser

from pagekit.render.figures.svg import inline_svg
from tests.snippets.plots.figures import FIGURES

# Of equal size, and without letters: these snap to whole pixels, so the hundredths of a point to
# which we round may move a word by one.
SHEET = """<!doctype html><style>body { margin: 0 }
svg { display: block; width: 600px !important; height: auto }
text { visibility: hidden }</style>"""


WORDS = re.compile(r">([^<>]*)</text>")


def seen(browser: Browser, svg: str) -> np.ndarray:
    """What the browser shows, in its lightness, (height, width, 3)."""
    page = browser.new_page(viewport={"width": 600, "height": 700}, device_scale_factor=2)
    page.set_content(SHEET + svg)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return np.asarray(picture, dtype=int)


@pytest.mark.parametrize("name", FIGURES)
def test_looks_as_it_was_drawn(name: str, browser: Browser) -> None:
    drawn = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "s"}):
        FIGURES[name]().savefig(drawn, format="svg", transparent=True, metadata={"Date": None})
    plt.close("all")
    svg = drawn.getvalue()
    svg = svg[svg.index("<svg") :]
    ours = inline_svg(svg, "f", "a figure")
    assert [text.strip() for text in WORDS.findall(ours)] == WORDS.findall(svg)
    before, after = seen(browser, svg), seen(browser, ours)
    assert before.std() > 1, "there is something to see"
    # Between cells that touch there was a hairline of the ground, where now there is none.
    differ = np.abs(before - after)
    assert differ.mean() < 0.5
    assert differ.max() < 90
