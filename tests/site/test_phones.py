"""On a phone: figures, diagrams and formulas are whole, and their letters can be read."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.site.conftest import listed

LEAST = 9.5  # pixels: the smallest letters
TALLEST = 830  # pixels: a diagram on a desktop, whose window is about as high

# Of each drawing that is shown: by how much it is wider than its frame, its smallest letters, the
# texts that are cut by its edge (or, where it lets them out, by that of its cell), and those that
# lie on one another. (Boxes of two lines overlap before their letters do: those of our serif are
# half as high again as its size.)
DRAWINGS = """() => [...document.querySelectorAll(".pk-figure, .pk-diagram")]
  .filter((frame) => frame.getClientRects().length).map((frame) => {
    const shown = [...frame.querySelectorAll("svg")].filter((svg) => svg.getClientRects().length);
    const [svg] = shown, edge = svg.getBoundingClientRect();
    const scale = edge.width / svg.viewBox.baseVal.width;
    const boxes = [frame, ...frame.querySelectorAll(".pk-scroll")];
    const texts = [...svg.querySelectorAll("text")].filter((one) => one.textContent.trim())
      .map((one) => ({ said: one.textContent.trim(), box: one.getBoundingClientRect(),
        transform: one.getAttribute("transform") ?? "",
        size: scale * Math.min(...[one, ...one.querySelectorAll("tspan")]
          .map((part) => parseFloat(getComputedStyle(part).fontSize))) }));
    const across = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = (a, b) => Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    const open = getComputedStyle(svg).overflow === "visible";
    const cut = ((open && svg.closest(".pk-cell")) || svg).getBoundingClientRect();
    const isTurned = (one) => /rotate\\(-?90/.test(one.transform);
    const along = (a, b) => (isTurned(a) ? down : across)(a.box, b.box);
    const lines = (a, b) => (isTurned(a) ? across : down)(a.box, b.box);
    return {
      name: (svg.getAttribute("aria-label") ?? svg.querySelector("title")?.textContent)
        .slice(0, 60),
      drawings: shown.length,
      height: edge.height,
      wider: Math.max(...boxes.map((box) => box.scrollWidth - box.clientWidth),
        edge.right - frame.getBoundingClientRect().right),
      letters: Math.min(...texts.map((one) => one.size)),
      cut: texts.filter(({ box }) => box.left < cut.left - 2 || box.right > cut.right + 2
        || box.top < edge.top - 2 || box.bottom > edge.bottom + 2).map((one) => one.said),
      overlap: texts.flatMap((one, n) => texts.slice(n + 1)
        .filter((other) => along(one, other) > 2 && lines(one, other) > 0.54 * one.size)
        .map((other) => `${one.said} / ${other.said}`)).slice(0, 4),
    };
  })"""

FORMULAS = """() => [...document.querySelectorAll(".pk-math")]
  .filter((one) => one.scrollWidth > one.clientWidth + 1)
  .map((one) => `${one.scrollWidth - one.clientWidth} px: ${one.textContent.slice(0, 60)}`)"""


# Titles in the header (of the course, and of the page once it is scrolled) that are not whole.
TITLES = """() => {
  const bar = document.querySelector(".md-header").getBoundingClientRect();
  return [...document.querySelectorAll(".md-header__topic .md-ellipsis")].filter((one) => {
    const { top, bottom } = one.getBoundingClientRect();
    return one.scrollWidth > one.clientWidth || top < bar.top || bottom > bar.bottom;
  }).map((one) => one.textContent);
}"""


def faults(drawings: list[dict[str, Any]]) -> list[str]:
    found = []
    for one in drawings:
        if one["wider"] > 1:
            found.append(f"{one['name']}: {one['wider']:.0f} px wider than its frame")
        if one["letters"] is not None and one["letters"] < LEAST:
            found.append(f"{one['name']}: letters of {one['letters']:.1f} px")
        for fault in ("cut", "overlap"):
            if one[fault]:
                found.append(f"{one['name']}: {fault}: {one[fault]}")
    return found


# What stands in where the site's own serif has not come in time, on any first visit.
STAND_IN = """(on) => document.documentElement.style.setProperty("--pk-serif", on
  ? '"Georgia like Literata", "Noto like Literata", "Times like Literata", serif' : "")"""


@pytest.mark.parametrize("stand_in", [False, True], ids=["own serif", "another serif"])
def test_drawings_are_whole_and_readable(
    address: str, stand_in: bool, open_page: Callable[..., Page]
) -> None:
    page = open_page(address, "dark phone")
    page.evaluate(STAND_IN, stand_in)
    found = faults(page.evaluate(DRAWINGS))
    page.evaluate(STAND_IN, False)
    assert not found, listed(found, "on a phone:")


def test_formulas_are_whole(address: str, open_page: Callable[..., Page]) -> None:
    """They break at relations and signs (pagekit/render/tex/breaks)."""
    cut = open_page(address, "dark phone").evaluate(FORMULAS)
    assert not cut, listed(cut, "wider than the page:")


def test_titles_in_the_header_are_whole(address: str, open_page: Callable[..., Page]) -> None:
    cut = open_page(address, "dark phone").evaluate(TITLES)
    assert not cut, listed(cut, "cut in the header:")


def test_one_drawing_is_shown_and_seen_at_one_glance(
    address: str, open_page: Callable[..., Page]
) -> None:
    for reader in ("light desktop", "dark phone"):
        drawings = open_page(address, reader).evaluate(DRAWINGS)
        assert {one["drawings"] for one in drawings} <= {1}, reader
    tall = [one for one in open_page(address).evaluate(DRAWINGS) if one["height"] > TALLEST]
    assert not tall, listed([one["name"] for one in tall], "higher than a window:")


def test_the_faults_are_seen(open_page: Callable[..., Page]) -> None:
    page = open_page("", "dark phone")
    page.evaluate("""() => document.querySelector("article").insertAdjacentHTML("beforeend", `
      <figure class="pk-figure" id="faulty"><svg aria-label="F" viewBox="0 0 600 40"
        style="width: 600px; max-width: none; display: block">
        <text x="10" y="20" font-size="9">one</text><text x="12" y="20" font-size="9">two</text>
        <text x="590" y="20" font-size="9">three</text></svg></figure>`)""")
    try:
        found = " ".join(faults(page.evaluate(DRAWINGS)))
    finally:
        page.evaluate("document.querySelector('#faulty').remove()")
    for fault in ("wider than its frame", "letters of 9.0", "cut: ['three']", "one / two"):
        assert fault in found
