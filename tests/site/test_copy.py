"""What the copy button of a cell puts on the clipboard: a runnable whole."""

from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Locator, Page, TimeoutError

from tests.site.copies import copies_of

COPIED = "[data-chain]"
BUTTON = 'button[data-md-type="copy"], button.md-clipboard, button.pk-copy'


def test_button_copies_the_whole(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(address)
    page.bring_to_front()  # or it has no clipboard
    blocks = page.locator(COPIED).all()
    for block, whole in zip(blocks, copies_of(address), strict=True):
        assert copied(page, block, whole) == whole


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
