"""The colour scheme: the system's, until the reader chooses; set before anything is drawn."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.site.conftest import BLOCKED, DESKTOP
from tests.site.server import SiteServer

SCHEME = "document.body.dataset.mdColorScheme"
FRAME = """() => [...document.querySelectorAll("meta[name=theme-color]")].find((frame) =>
  matchMedia(frame.media).matches).content"""


@pytest.fixture
def reader(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Somebody who has not been here before, on a system with the options given."""
    contexts = []

    def come(**options: Any) -> BrowserContext:
        contexts.append(browser.new_context(viewport=DESKTOP, **options))
        return contexts[-1]

    yield come
    for context in contexts:
        context.close()


def switch(page: Page) -> str:
    """What the switch offers; there is one offer at a time."""
    expect(page.locator(".md-header__option label:visible")).to_have_count(1)
    return page.locator("input[name=__palette]:checked").get_attribute("aria-label") or ""


def click(page: Page) -> None:
    page.locator(".md-header__option label:visible").click()


@pytest.mark.parametrize(("system", "scheme"), [("light", "default"), ("dark", "slate")])
def test_the_system_decides_before_the_theme_s_script_has_come(
    reader: Callable[..., BrowserContext], server: SiteServer, system: str, scheme: str
) -> None:
    page = reader(color_scheme=system).new_page()
    page.route("**/bundle.*.js", lambda route: route.abort())
    page.goto(server.url)
    assert page.evaluate(SCHEME) == scheme


def test_the_system_is_followed_when_it_changes(
    reader: Callable[..., BrowserContext], server: SiteServer
) -> None:
    page = reader(color_scheme="light").new_page()
    page.goto(server.url)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{SCHEME} === 'slate'")


def test_a_choice_is_kept_and_goes_before_the_system(
    reader: Callable[..., BrowserContext], server: SiteServer
) -> None:
    context = reader(color_scheme="dark")
    page = context.new_page()
    page.goto(server.url)
    night = page.evaluate(FRAME)
    assert switch(page) == "Switch to light mode"
    click(page)
    assert page.evaluate(SCHEME) == "default"
    assert page.evaluate(FRAME) != night
    assert switch(page) == "Switch to dark mode"
    other = context.new_page()
    other.goto(server.url + "reference/glossary.html")
    assert other.evaluate(SCHEME) == "default"
    click(other)
    assert other.evaluate(SCHEME) == "slate"
    click(other)
    assert switch(other) == "Switch to light mode"
    other.emulate_media(color_scheme="light")
    other.wait_for_function(f"{SCHEME} === 'default'")  # the system's again


def test_it_is_switched_by_key(reader: Callable[..., BrowserContext], server: SiteServer) -> None:
    page = reader(color_scheme="light").new_page()
    page.goto(server.url)
    page.locator("input[name=__palette]:checked").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert page.evaluate(SCHEME) == "slate"
    assert page.evaluate("document.activeElement.checked")


@pytest.mark.parametrize("kept", ["7", "{}", "null", '{"index": -1}', '{"index": 9}'])
def test_what_is_kept_may_be_nonsense(
    reader: Callable[..., BrowserContext], server: SiteServer, kept: str
) -> None:
    context = reader(color_scheme="dark")
    context.add_init_script(
        f"localStorage.setItem(new URL('.', location).pathname + '.__palette', {kept!r})"
    )
    page = context.new_page()
    page.goto(server.url)
    assert page.evaluate(SCHEME) == "slate"
    assert switch(page) == "Switch to light mode"


def test_where_nothing_can_be_kept_it_is_switched_all_the_same(
    reader: Callable[..., BrowserContext], server: SiteServer
) -> None:
    context = reader(color_scheme="dark")
    context.add_init_script(BLOCKED)
    page = context.new_page()
    page.goto(server.url)
    click(page)
    assert page.evaluate(SCHEME) == "default"
    assert switch(page) == "Switch to dark mode"
