"""axe finds nothing on any page, in either colour scheme."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.site.axe import told, violations

# By all rules; in the dark, on a phone, by those that hang on colours and on room.
RULES = {
    "light desktop": None,
    "dark phone": ["color-contrast", "target-size", "scrollable-region-focusable"],
}


@pytest.mark.parametrize("reader", RULES)
def test_axe_finds_nothing(address: str, reader: str, open_page: Callable[..., Page]) -> None:
    found = violations(open_page(address, reader), RULES[reader])
    assert not found, told(found)


@pytest.mark.parametrize(("reader", "pale"), [("light desktop", "#ccc"), ("dark phone", "#444")])
def test_axe_would_find_something(reader: str, pale: str, open_page: Callable[..., Page]) -> None:
    """Pale code within a listing, whose spans are looked at by their kinds."""
    page = open_page("transformer/attention.html", reader)
    code = page.evaluate_handle(
        "[...document.querySelectorAll('article > .pk-cell > .pk-code pre > code')]"
        ".filter((one) => one.checkVisibility()).at(2)"
    )
    whole = code.evaluate("(code) => code.innerHTML")
    code.evaluate(
        """(code, colour) => {
          const pale = document.createElement("span");
          pale.textContent = "pale";
          pale.style.color = colour;
          code.prepend(pale);
        }""",
        pale,
    )
    found = violations(page, ["color-contrast"])
    code.evaluate("(code) => code.firstChild.remove()")
    assert [(violation["id"], len(violation["nodes"])) for violation in found] == [
        ("color-contrast", 1)
    ]
    assert code.evaluate("(code) => code.innerHTML") == whole, "the page is as it was"


def test_axe_would_find_what_is_not_described(open_page: Callable[..., Page]) -> None:
    page = open_page("")
    page.evaluate("document.querySelector('article').append(document.createElement('img'))")
    found = violations(page)
    page.evaluate("document.querySelector('article > img:last-child').remove()")
    assert "image-alt" in {violation["id"] for violation in found}
