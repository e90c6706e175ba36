"""axe finds nothing on any page, in either colour scheme."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.site.axe import told, violations

# Both schemes and both widths, each once: what a rule finds hangs on one of the two at most.
READERS = {
    "light": {"color_scheme": "light"},
    "dark phone": {"color_scheme": "dark", "phone": True},
}


@pytest.mark.parametrize("reader", READERS)
def test_axe_finds_nothing(address: str, reader: str, open_page: Callable[..., Page]) -> None:
    found = violations(open_page(address, **READERS[reader]))
    assert not found, told(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_would_find_something(scheme: str, open_page: Callable[..., Page]) -> None:
    """Pale code, at the end of a listing too, whose spans are looked at by their kinds."""
    page = open_page("transformer/attention.html", color_scheme=scheme)
    code = page.evaluate_handle("[...document.querySelectorAll('pre > code')].at(-1)")
    whole = code.evaluate("(code) => code.innerHTML")
    code.evaluate(
        """(code) => {
          const pale = document.createElement("span");
          pale.textContent = "pale";
          pale.style.color = getComputedStyle(code.closest(".highlight")).backgroundColor;
          code.append(pale);
        }"""
    )
    found = violations(page, ["color-contrast"])
    code.evaluate("(code) => code.lastChild.remove()")
    assert [(violation["id"], len(violation["nodes"])) for violation in found] == [
        ("color-contrast", 1)
    ]
    assert code.evaluate("(code) => code.innerHTML") == whole, "the page is as it was"


def test_axe_would_find_what_is_not_described(open_page: Callable[..., Page]) -> None:
    page = open_page("", color_scheme="light")
    page.evaluate("document.querySelector('article').append(document.createElement('img'))")
    found = violations(page)
    page.evaluate("document.querySelector('article > img:last-child').remove()")
    assert "image-alt" in {violation["id"] for violation in found}
