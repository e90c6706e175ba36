"""axe finds nothing on any page, and in the dark nothing is pale."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.site.axe import told, violations
from tests.site.conftest import UNFOLD, listed
from tests.site.looks import pale
from tests.site.pages import name_of

# Pages of every kind: on a phone only what all pages of a kind share has another place or size.
ON_PHONES = [
    *("", "course-map.html", "labs/minigpt.html", "reference/get.html", "reference/glossary.html"),
    *("training/recipes.html", "transformer/attention.html"),
]


def test_axe_finds_nothing(address: str, open_page: Callable[..., Page]) -> None:
    found = violations(open_page(address))
    assert not found, told(found)


@pytest.mark.parametrize("page", ON_PHONES, ids=name_of)
def test_axe_finds_nothing_in_the_dark_on_a_phone(
    page: str, open_page: Callable[..., Page]
) -> None:
    """Loaded anew: the theme's script gives and takes the Tab key's stops as sizes change."""
    shown = open_page(page, "dark phone")
    shown.reload()
    shown.evaluate(UNFOLD)
    found = violations(shown)
    assert not found, told(found)


def test_nothing_is_pale_in_the_dark(address: str, open_page: Callable[..., Page]) -> None:
    """By our own measure, which is quick; the next test holds it against that of axe."""
    found = pale(open_page(address, "dark phone"))
    assert not found, listed(found, "too pale:")


@pytest.mark.parametrize(("reader", "colour"), [("light desktop", "#ccc"), ("dark phone", "#444")])
def test_axe_would_find_something(reader: str, colour: str, open_page: Callable[..., Page]) -> None:
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
        colour,
    )
    found, ours = violations(page, ["color-contrast"]), pale(page)
    code.evaluate("(code) => code.firstChild.remove()")
    assert [(violation["id"], len(violation["nodes"])) for violation in found] == [
        ("color-contrast", 1)
    ]
    assert len(ours) == 1 and "“pale”" in ours[0]
    measured = re.search(r"contrast of ([\d.]+)", told(found))
    assert measured and float(measured[1]) == pytest.approx(float(ours[0].split()[0]), abs=0.02)
    assert code.evaluate("(code) => code.innerHTML") == whole, "the page is as it was"


def test_axe_would_find_what_is_not_described(open_page: Callable[..., Page]) -> None:
    page = open_page("")
    page.evaluate("document.querySelector('article').append(document.createElement('img'))")
    found = violations(page)
    page.evaluate("document.querySelector('article > img:last-child').remove()")
    assert "image-alt" in {violation["id"] for violation in found}
