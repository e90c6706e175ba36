"""Glossary terms: explained where they stand, to pointer, key and finger; and where they lead."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.site.axe import violations
from tests.site.conftest import PHONE
from tests.site.server import SiteServer

CHAPTER = "transformer/attention.html"
GLOSSARY = "reference/glossary.html"


@pytest.fixture(params=[False, True], ids=["desktop", "phone"])
def page(
    request: pytest.FixtureRequest, context: Callable[..., BrowserContext], server: SiteServer
) -> Iterator[Page]:
    options = {"phone": True} if request.param else {}
    page = context(**options).new_page()
    page.goto(server.url + CHAPTER)
    yield page
    page.close()


def test_the_pointer_shows_a_definition_that_can_be_read(page: Page) -> None:
    term, tip = page.locator("article .pk-term").first, page.locator(".pk-tip")
    meaning = term.get_attribute("title")
    expect(tip).to_be_hidden()
    term.hover()
    expect(tip).to_be_visible()
    assert tip.inner_text() == meaning
    style = "one => [getComputedStyle(one).fontSize, getComputedStyle(one).fontWeight]"
    size, weight = tip.evaluate(style)
    assert float(size.removesuffix("px")) >= 13 and weight == "400"
    word, box, window = term.bounding_box(), tip.bounding_box(), page.viewport_size
    assert word and box and window
    assert box["y"] >= word["y"] + word["height"] or box["y"] + box["height"] <= word["y"]
    assert box["x"] >= 0 and box["x"] + box["width"] <= window["width"]

    tip.hover()  # it stays while the pointer is on it
    page.wait_for_timeout(600)
    expect(tip).to_be_visible()
    page.mouse.move(1, 1)
    expect(tip).to_be_hidden()
    assert term.get_attribute("title") == meaning


def test_the_keyboard_shows_and_closes_it(page: Page) -> None:
    term, tip = page.locator("article .pk-term").first, page.locator(".pk-tip")
    term.focus()
    expect(tip).to_be_visible()
    assert term.get_attribute("aria-describedby") == tip.get_attribute("id")
    found = violations(page, within=".pk-tip")
    assert not [violation for violation in found if violation["id"] != "region"]
    page.keyboard.press("Escape")
    expect(tip).to_be_hidden()
    expect(term).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(tip).to_be_visible()


def test_the_glossary_marks_the_term_that_one_came_for(
    context: Callable[..., BrowserContext], server: SiteServer
) -> None:
    page = context().new_page()
    page.goto(f"{server.url}{GLOSSARY}#term-softmax")
    term = page.locator("#term-softmax")
    colour = "one => getComputedStyle(one).backgroundColor"
    assert term.evaluate(colour) != page.locator("dt:not(:target)").first.evaluate(colour)
    assert int(term.evaluate("one => getComputedStyle(one).fontWeight")) >= 600
    assert page.locator(".pk-used a", has_text="Attention").count()
    page.locator(".pk-letters a", has_text="S").click()
    expect(page.locator("dt[data-letter=S]")).to_be_in_viewport()
    page.close()


def test_a_finger_gets_a_sheet_with_the_link_in_it(browser: Browser, server: SiteServer) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(server.url + CHAPTER)
    term, sheet = page.locator("article .pk-term").first, page.locator("dialog.pk-sheet")
    term.scroll_into_view_if_needed()
    page.touchscreen.tap(5, 300)  # a first sign of life: what it takes is loaded
    sheet.wait_for(state="attached")
    for close in ("Close", "Escape", "beside"):
        term.tap()
        expect(sheet).to_be_visible()
        assert page.url == server.url + CHAPTER, "the tap leads nowhere"
        expect(sheet).to_contain_text(term.get_attribute("title") or "?")
        expect(page.locator(".pk-tip")).to_be_hidden()
        box = sheet.bounding_box()
        assert box and box["x"] >= 0 and box["width"] <= PHONE["width"]
        assert abs(box["y"] + box["height"] - PHONE["height"]) <= 1
        if close == "Close":
            assert not violations(page, within="dialog.pk-sheet")
            sheet.get_by_role("button", name="Close").tap()
        elif close == "Escape":
            page.keyboard.press("Escape")
        else:
            page.touchscreen.tap(PHONE["width"] / 2, 20)
        expect(sheet).to_be_hidden()
        expect(page.locator(".pk-tip")).to_be_hidden()
    term.tap()
    sheet.get_by_role("link", name="To the glossary").tap()
    page.wait_for_url("**/reference/glossary.html#term-*")
    context.close()


def test_a_finger_gets_the_work_that_is_cited(browser: Browser, server: SiteServer) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True, reduced_motion="reduce")
    page = context.new_page()
    page.goto(server.url + CHAPTER)
    page.touchscreen.tap(5, 300)
    page.locator("dialog.pk-sheet").wait_for(state="attached")
    work = page.locator("article .pk-cite").first
    work.tap()
    expect(page.get_by_role("dialog")).to_contain_text(work.get_attribute("title") or "?")
    page.get_by_role("dialog").get_by_role("link", name="To the reference").tap()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "#ref-" in page.url
    context.close()
