"""What the copy button of a cell puts on the clipboard: a runnable whole."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, TimeoutError

from tests.site.copies import copies_of
from tests.site.server import SiteServer

CLIPBOARD = ["clipboard-read", "clipboard-write"]
COPIED = "[data-chain]"
BUTTON = 'button[data-md-type="copy"], button.md-clipboard, button.pk-copy'


@pytest.fixture(scope="module")
def reader(context: Callable[..., BrowserContext]) -> BrowserContext:
    return context(permissions=tuple(CLIPBOARD))


def test_button_copies_the_whole(address: str, reader: BrowserContext, server: SiteServer) -> None:
    page = reader.new_page()
    page.goto(server.url + address)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    blocks = page.locator(COPIED).all()
    for block, whole in zip(blocks, copies_of(address), strict=True):
        assert copied(page, block, whole) == whole
    page.close()


def copied(page: Page, block: Locator, whole: str) -> str:
    """What is on the clipboard after its button was pressed, waiting until it has come."""
    page.evaluate("navigator.clipboard.writeText('')")
    block.locator(BUTTON).first.focus()  # by keyboard: a mouse may find the header in its way
    page.keyboard.press("Enter")
    read = "navigator.clipboard.readText().then(text => text.trimEnd()"
    with suppress(TimeoutError):
        page.wait_for_function(f"whole => {read} === whole)", arg=whole, timeout=60_000)
    text: str = page.evaluate(f"{read})")
    return text
