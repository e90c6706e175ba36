"""How a page looks where that can be measured: on a desktop, on a phone, in the dark."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.site.conftest import PHONE, READERS, listed

WIDER = """(width) => [...document.querySelectorAll("body *")]
  .filter((one) => one.getBoundingClientRect().right > width + 0.5)
  .map((one) => `${one.tagName.toLowerCase()}.${one.className.baseVal ?? one.className}`)
  .slice(0, 8)"""

FIGURE_COLOURS = """() => [...document.querySelectorAll(".pk-figure svg *, .pk-diagram svg *")]
  .map((one) => [getComputedStyle(one).fill, getComputedStyle(one).stroke].join(" "))"""

# How many characters of code stand side by side in a cell, where these are fewest.
CHARACTERS = """() => Math.min(...[...document.querySelectorAll(
  ".md-content__inner > .pk-cell .highlight > pre > code," +
  ".md-content__inner > .highlight > pre > code"
)].filter((code) => code.clientWidth).map((code) => {
  const style = getComputedStyle(code), pen = document.createElement("canvas").getContext("2d")
  pen.font = `${style.fontSize} ${style.fontFamily}`
  const sides = parseFloat(style.paddingLeft) + parseFloat(style.paddingRight)
  return (code.clientWidth - sides) / (pen.measureText("m".repeat(100)).width / 100)
}))"""

# What is wider than the box that it stands in.
CUT = """(selector) => [...document.querySelectorAll(selector)]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => `${one.scrollWidth - one.clientWidth} px: ${one.textContent.slice(0, 60)}`)"""

# The smallest letters of the diagrams, as shown.
DIAGRAM_LETTERS = """() => Math.min(...[...document.querySelectorAll(".pk-diagram svg text")]
  .filter((text) => text.getClientRects().length).map((text) => {
    const svg = text.ownerSVGElement
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width
    return parseFloat(getComputedStyle(text).fontSize) * scale
  }))"""

# Formulas with a line of their own that reach beyond the text above or below them.
FORMULAS_BEYOND = """() => [...document.querySelectorAll("article > .pk-math")].filter((one) => {
  const text = [one.previousElementSibling, one.nextElementSibling]
    .find((near) => near?.matches("p"));
  return text && one.getBoundingClientRect().right > text.getBoundingClientRect().right + 1;
}).map((one) => one.textContent)"""

# Of each fold: its frame when it has the focus, and how its arrow is placed.
FOLDS = """() => [...document.querySelectorAll("article summary")].map((fold) => {
  fold.focus();
  const { boxShadow } = getComputedStyle(fold.parentElement);
  return [boxShadow, getComputedStyle(fold, "::after").position];
})"""


def test_fits_a_phone(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(address, "dark phone")
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE["width"], listed(
        page.evaluate(WIDER, PHONE["width"]), f"the page is {width} px wide; it sticks out at:"
    )


def test_a_whole_line_of_code_is_seen_on_a_desktop(
    address: str, open_page: Callable[..., Page]
) -> None:
    """The formatter lets lines of snippets have 100 characters (pyproject.toml)."""
    characters = open_page(address).evaluate(CHARACTERS)
    assert characters is None or characters >= 100


def test_nothing_is_cut_on_a_desktop(address: str, open_page: Callable[..., Page]) -> None:
    """No diagram, nothing that was printed, and no code within a remark."""
    page = open_page(address)
    cut = [
        *page.evaluate(CUT, ".pk-diagram"),
        *page.evaluate(CUT, ".pk-diagram > .pk-scroll"),
        *page.evaluate(CUT, ".pk-output > pre"),
        *page.evaluate(CUT, ".admonition .highlight > pre > code"),
    ]
    assert not cut, listed(cut, "cut at the right:")


def test_diagrams_can_be_read_on_a_desktop(address: str, open_page: Callable[..., Page]) -> None:
    smallest = open_page(address).evaluate(DIAGRAM_LETTERS)
    assert smallest is None or smallest >= 9.5, f"the smallest letters are {smallest:.1f} px high"


def test_a_fold_is_a_rule_and_a_title(address: str, open_page: Callable[..., Page]) -> None:
    """Its arrow follows the title, wherever that ends; no frame appears on a click."""
    folds = open_page(address).evaluate(FOLDS)
    assert all(fold == ["none", "static"] for fold in folds), folds


def test_formulas_stand_in_the_middle_of_the_text(
    address: str, open_page: Callable[..., Page]
) -> None:
    assert not open_page(address).evaluate(FORMULAS_BEYOND)


def test_the_way_to_the_top_is_a_small_button(open_page: Callable[..., Page]) -> None:
    """It shows when the reader scrolls up; the theme's script says where."""
    page = open_page("transformer/attention.html")
    page.mouse.wheel(0, 3000)
    page.wait_for_function("scrollY > 2000")
    page.mouse.wheel(0, -500)
    button = page.locator(".md-top")
    expect(button).to_be_visible()
    assert button.evaluate("one => one.getBoundingClientRect().height") < 60
    page.evaluate("scrollTo(0, 0)")


def test_dark_is_another_scheme(address: str, open_page: Callable[..., Page]) -> None:
    """The reader's system setting decides, and figures and diagrams follow."""
    light, dark = (open_page(address, reader) for reader in READERS)
    ground = "getComputedStyle(document.body).backgroundColor"
    assert light.evaluate(ground) != dark.evaluate(ground)
    if light.locator(".pk-figure svg, .pk-diagram svg").count():
        assert light.evaluate(FIGURE_COLOURS) != dark.evaluate(FIGURE_COLOURS)
