"""How a page is printed: whole, numbered, dark on light, and without what is for the screen."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Page

from tests.site.conftest import FOLDS, listed
from tests.site.pages import name_of

FURNITURE = ".md-header, .md-sidebar, .md-tabs, .md-footer, .md-dialog, .md-top, nav"
PRINTED = """(furniture) => ({
  furniture: [...document.querySelectorAll(furniture)]
    .filter((one) => one.getClientRects().length > 0)
    .map((one) => one.tagName.toLowerCase() + "." + one.className),
  numbered: [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
    .flatMap((rule) => [...(rule.cssRules ?? [])])
    .filter((rule) => rule instanceof CSSPageRule)
    .some((rule) => rule.cssText.includes("counter(page)")),
  whole: [...document.querySelectorAll(".pk-cell, .pk-cell pre, .pk-cell code, .pk-output")]
    .filter((one) => getComputedStyle(one).breakInside !== "auto").length,
  ink: getComputedStyle(document.querySelector("article")).color,
})"""
PAGES = ["", "transformer/attention.html"]  # for what is one for all


@pytest.fixture(scope="session")
def paper(open_page: Callable[..., Page]) -> Callable[..., dict[str, Any]]:
    """What there is on paper, where a page is printed from a scheme."""

    @cache
    def lay_out(address: str, reader: str = "light desktop") -> dict[str, Any]:
        page = open_page(address, reader)
        page.emulate_media(media="print")
        try:
            found: dict[str, Any] = page.evaluate(PRINTED, FURNITURE)
            return found | {"folds": page.evaluate(FOLDS)}
        finally:
            page.emulate_media(media="screen")

    return lay_out


Paper = Callable[..., dict[str, Any]]


def test_prints_without_furniture(address: str, paper: Paper) -> None:
    shown = paper(address)["furniture"]
    assert not shown, listed(shown, "on paper there are still:")


def test_nothing_stays_folded(address: str, paper: Paper) -> None:
    folds = paper(address)["folds"]
    assert folds["shut"] == folds["buttons"] == 0


def test_prints_numbered_pages_without_holes(address: str, paper: Paper) -> None:
    """A long listing goes on over the page; one that had to stay whole would leave a hole."""
    assert paper(address)["numbered"]
    assert paper(address)["whole"] == 0


def test_prints_dark_on_light(address: str, paper: Paper) -> None:
    assert is_dark(paper(address)["ink"])


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_prints_dark_on_light_also_from_the_dark(page: str, paper: Paper) -> None:
    """Who reads in the dark doesn't print pale grey."""
    assert is_dark(paper(page, "dark phone")["ink"])


def is_dark(colour: str) -> bool:
    red, green, blue = (int(part) for part in re.findall(r"\d+", colour)[:3])
    return max(red, green, blue) < 128


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_printer_gets_pages(page: str, open_page: Callable[..., Page]) -> None:
    """That all can be printed, test_book.py shows."""
    assert re.search(rb"/Type\s*/Page\b", open_page(page).pdf(format="A4"))


def test_the_cheat_sheet_is_three_pages_of_formulas(open_page: Callable[..., Page]) -> None:
    """Its blocks, which check the formulas, stay on the screen."""
    page = open_page("reference/cheat-sheet.html")
    page.emulate_media(media="print")  # other tests leave the page as on a screen
    printed = pypdfium2.PdfDocument(page.pdf(format="A4", prefer_css_page_size=True))
    page.emulate_media(media="screen")
    words = "".join(one.get_textpage().get_text_range() for one in printed)
    assert len(printed) <= 3
    assert "DPO" in words and "Llama 3 8B" in words and "import torch" not in words


def test_the_screen_is_told_from_paper(open_page: Callable[..., Page]) -> None:
    """What is asked of paper does not hold on the screen."""
    page = open_page(PAGES[1])
    found, folds = page.evaluate(PRINTED, FURNITURE), page.evaluate(FOLDS)
    assert found["furniture"] and folds["shut"] and folds["buttons"]
    assert not is_dark(open_page(PAGES[1], "dark phone").evaluate(PRINTED, FURNITURE)["ink"])
