"""What the copy button of a cell puts on the clipboard: a runnable whole."""

from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Locator, Page, TimeoutError

from tests.site.copies import copies_of

COPIED = "[data-chain]"
BUTTON = "button[data-md-type=copy], button.md-clipboard, button.pk-copy"

# What each button hands to the clipboard when it is pressed; it can be reached by keyboard.
HANDED = """async ([blocks, button]) => {
  const handed = [];
  navigator.clipboard.writeText = async (text) => { handed.push(text); };
  for (const block of document.querySelectorAll(blocks)) {
    const copy = block.querySelector(button);
    copy.focus();
    if (document.activeElement === copy) copy.click();
    await new Promise((done) => setTimeout(done));
  }
  delete navigator.clipboard.writeText;
  return handed;
}"""


def test_buttons_copy_the_whole(address: str, open_page: Callable[..., Page]) -> None:
    handed = open_page(address).evaluate(HANDED, [COPIED, BUTTON])
    assert handed == copies_of(address)


def test_a_copy_reaches_the_clipboard(address: str, open_page: Callable[..., Page]) -> None:
    """Of the last block: all buttons are of one script."""
    if not (copies := copies_of(address)):
        return
    page = open_page(address)
    page.bring_to_front()  # or it has no clipboard
    assert copied(page, page.locator(COPIED).last, copies[-1]) == copies[-1]


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
