"""Listings: none is long, folds open by keyboard and are open without scripts and on paper."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.site.conftest import FOLDS, listed
from tests.site.server import SiteServer

LONGEST = 45  # lines: about a screen

# What is shown before anybody unfolds anything. Code out of sight has the height that it will have.
LONG = """(most) => [...document.querySelectorAll(".highlight > pre > code")]
  .filter((code) => !code.closest("details"))
  .map((code) => {
    const { paddingTop, paddingBottom, lineHeight } = getComputedStyle(code);
    const height = code.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom);
    return { lines: height / parseFloat(lineHeight), starts: code.textContent.slice(0, 60) };
  })
  .filter((one) => one.lines > most + 0.5)"""

# How far a line of code sticks out at most; code out of sight is laid out for this.
WIDEST = """() => {
  const style = document.head.appendChild(document.createElement("style"));
  style.textContent = "pre > code { content-visibility: visible !important }";
  const codes = [...document.querySelectorAll(".highlight > pre > code")];
  const widest = Math.max(...codes.map((code) => code.scrollWidth - code.clientWidth));
  style.remove();
  return widest;
}"""

# Of each output that is cut: whether its cell has a button that wraps it.
CUT_COLUMNS = """() => [...document.querySelectorAll(".pk-output > pre")]
  .filter((one) => one.scrollWidth > one.clientWidth)
  .map((one) => Boolean(one.closest(".pk-cell").querySelector(".pk-wrap:not([hidden])")))"""

TEXTS = "[...document.querySelectorAll('.highlight > pre > code')].map((one) => one.textContent)"

# Of each line of code that takes several: how far right of its first letter the second part begins.
SHIFTED = """() => [...document.querySelectorAll("pre .pk-row")].map((row) => {
  const walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT), boxes = [];
  while (walker.nextNode()) {
    const { currentNode: text } = walker, range = document.createRange();
    for (let n = 0; n < text.length; n++) {
      if (!text.data[n].trim()) continue;
      range.setStart(text, n); range.setEnd(text, n + 1);
      boxes.push(range.getBoundingClientRect());
    }
  }
  const next = boxes.find((box) => box.top > boxes[0].bottom);
  return next ? (next.left - boxes[0].left) / boxes[0].width : null;
}).filter((one) => one !== null)"""

# Lines of a cell that don't reach its edges: what they say, and how much they lack.
SHORT = """() => [...document.querySelectorAll(".pk-cell > :is(.pk-continues, .pk-not-run)")]
  .map((line) => [line.textContent, line.parentElement.clientWidth - line.offsetWidth])
  .filter(([, lacks]) => Math.abs(lacks) > 1)"""

WITH_FOLDS = "transformer/attention.html"


def test_no_listing_is_long(address: str, open_page: Callable[..., Page]) -> None:
    long = open_page(address).evaluate(LONG, LONGEST)
    assert not long, listed(long, f"over {LONGEST} lines; split them into sections with prose:")


def test_the_lines_of_a_cell_reach_its_edges(address: str, open_page: Callable[..., Page]) -> None:
    short = open_page(address).evaluate(SHORT)
    assert not short, listed(short, "narrower than their cells:")


def test_folds_are_closed_where_scripts_run_and_open_elsewhere(
    address: str, open_page: Callable[..., Page], facts: Callable[[str], dict[str, Any]]
) -> None:
    """On paper too: see test_paper.py."""
    assert open_page(address).evaluate(FOLDS)["open"] == 0
    without_scripts = facts(address)["folds"]
    assert without_scripts["shut"] == without_scripts["buttons"] == 0


@pytest.mark.parametrize("kind", ["pre .pk-fold", ".pk-bar"])
def test_a_fold_opens_and_closes_by_keyboard(
    kind: str, context: Callable[..., BrowserContext], server: SiteServer
) -> None:
    page = context().new_page()
    page.goto(server.url + WITH_FOLDS)
    fold = page.locator(f"{kind}:visible").first
    behind = fold.locator("xpath=following-sibling::*[1]")
    fold.focus()
    for shown in (False, True, False):
        assert behind.is_visible() is shown
        assert fold.get_attribute("aria-expanded") == str(shown).lower()
        page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.className").startswith("pk-fold")
    page.close()


def test_a_reader_wraps_long_lines_on_a_phone_and_finds_them_wrapped_on_the_next_page(
    context: Callable[..., BrowserContext], server: SiteServer
) -> None:
    page = context(phone=True).new_page()
    page.goto(server.url + WITH_FOLDS)
    assert page.evaluate(WIDEST) > 0
    texts = page.evaluate(TEXTS)
    wrap = page.locator(".pk-wrap:visible").nth(5)
    wrap.scroll_into_view_if_needed()
    before = wrap.bounding_box()
    wrap.press("Enter")
    assert page.evaluate(WIDEST) == 0
    assert wrap.get_attribute("aria-pressed") == "true"
    assert page.evaluate(TEXTS) == texts, "what is copied is what was there"
    shifted = page.evaluate(SHIFTED)
    assert len(shifted) > 20 and all(abs(one - 2) < 0.1 for one in shifted)
    assert wrap.bounding_box() == pytest.approx(before, abs=1), "what one reads stays in its place"
    page.goto(server.url + "transformer/positions.html")
    assert page.evaluate(WIDEST) == 0
    page.locator(".pk-wrap:visible").first.press("Enter")
    assert page.evaluate(WIDEST) > 0
    page.close()


def test_columns_that_were_printed_are_wrapped_with_the_code(
    context: Callable[..., BrowserContext], server: SiteServer
) -> None:
    page = context(phone=True).new_page()
    page.goto(server.url + "modern/architecture.html")
    cut = page.evaluate(CUT_COLUMNS)
    assert cut and all(cut), "each cell of columns that are cut has a button to wrap them"
    page.locator(".pk-wrap:visible").first.press("Enter")
    assert not page.evaluate(CUT_COLUMNS)
    page.close()


def test_nothing_is_to_be_wrapped_where_all_lines_fit(open_page: Callable[..., Page]) -> None:
    assert not open_page(WITH_FOLDS).locator(".pk-wrap").first.is_visible()
