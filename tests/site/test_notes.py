"""Side notes: in wide windows only, beside the text, on nothing else, and said to nobody."""

from collections.abc import Callable

from playwright.sync_api import Page, ViewportSize

from tests.site.conftest import DESKTOP, listed

WIDE: ViewportSize = {"width": 1440, "height": 900}

# What of the page lies under a note, or beyond whose right edge it ends.
UNDER = """() => {
  const article = document.querySelector("article"), edge = article.getBoundingClientRect().right;
  const parts = [...article.children].filter((one) => !one.matches(".pk-notes"));
  const boxes = (one) => {
    if (one.matches(".pk-cell, .pk-figure")) return [one.getBoundingClientRect()];
    const range = document.createRange(); // of what it holds: a paragraph ends with its words
    range.selectNodeContents(one);
    return [...range.getClientRects()];
  };
  return [...document.querySelectorAll(".pk-notes")].flatMap((note) => {
    const { left, right, top, bottom } = note.getBoundingClientRect();
    const hits = (box) => box.width && box.right > left + 1 && box.left < right - 1
      && box.bottom > top + 1 && box.top < bottom - 1;
    const under = parts.filter((part) => boxes(part).some(hits))
      .map((part) => part.outerHTML.slice(0, 80));
    if (right > edge + 1) under.push("the edge of the text");
    return under.map((what) => `${note.textContent.slice(0, 40)}: ${what}`);
  });
}"""
SEEN = """[...document.querySelectorAll(".pk-notes")]
  .filter((one) => one.getClientRects().length).length"""
ALL = "document.querySelectorAll('.pk-notes').length"


def test_notes_stand_beside_the_text(address: str, open_page: Callable[..., Page]) -> None:
    page = open_page(address)
    page.set_viewport_size(WIDE)
    try:
        seen, there, under = (page.evaluate(what) for what in (SEEN, ALL, UNDER))
        width = page.evaluate("document.documentElement.scrollWidth")
    finally:
        page.set_viewport_size(DESKTOP)
    assert seen == there
    assert not under, listed(under, "a side note lies upon:")
    assert width <= WIDE["width"]


def test_there_are_none_where_there_is_no_room(
    address: str, open_page: Callable[..., Page]
) -> None:
    assert not open_page(address).evaluate(SEEN)
    assert not open_page(address, "dark phone").evaluate(SEEN)
