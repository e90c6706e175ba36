"""The front page and the course map say what the course has, and lead to all of it."""

import re
from collections.abc import Callable
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from pagekit.course.catalogue import Entry, entries, span
from pagekit.project import Project
from tests.site.conftest import PHONE, READERS, listed
from tests.site.pages import ROOT

COURSE = entries(Project(ROOT))


def page_of(site: Path, entry: Entry) -> str:
    """A page's HTML from its file: to open every page in one browser takes a minute."""
    return (site / re.sub(r"\.\w+$", ".html", entry.address)).read_text("utf-8")


MAP = "course-map.html"

CARDS = """() => [...document.querySelectorAll(".pk-chapters li")].map((card) => {
  const link = card.querySelector("a"), box = card.getBoundingClientRect();
  const hit = document.elementFromPoint(box.left + box.width / 2, box.bottom - 3);
  return {
    words: card.innerText, to: link.getAttribute("href"), drawn: !!card.querySelector("svg path"),
    letters: card.querySelectorAll("svg text").length, hit: hit === link,
    above: box.bottom < innerHeight && box.top > 0,
  };
})"""

# The left and right edges of what stands on the front page, from the page's own.
EDGES = """() => {
  const home = document.querySelector(".pk-home").getBoundingClientRect();
  return [...document.querySelectorAll(".pk-home > :is(.pk-hero, .pk-columns, div)")].map((one) => {
    const box = one.getBoundingClientRect();
    return [Math.round(box.left - home.left), Math.round(home.right - box.right)];
  });
}"""

NARROW = """() => [...document.querySelectorAll("article svg")]
  .filter((svg) => svg.getClientRects().length && !svg.closest("[aria-hidden]"))
  .filter((svg) => svg.getBoundingClientRect().right > innerWidth).length"""


# Without the ticks of what has been read.
NUMBERED = """() => [...document.querySelectorAll(".md-nav--primary .md-nav__link:has(.pk-number)")]
  .map((one) => {
    const copy = one.cloneNode(true);
    copy.querySelector(".pk-tick")?.remove();
    return copy.textContent;
  })"""


@pytest.mark.parametrize("reader", READERS)
def test_each_chapter_has_a_card(reader: str, open_page: Callable[..., Page]) -> None:
    page = open_page("", reader)
    cards = page.evaluate(CARDS)
    for card, entry in zip(cards, COURSE, strict=False):
        said = card["words"].replace("’", "'")
        assert entry.title in said and entry.question in said and span(entry.minutes) in said
        assert card["to"] == re.sub(r"\.\w+$", ".html", entry.address)
        assert card["drawn"] and not card["letters"]
    assert len(cards) > len(COURSE)
    page.evaluate("scrollTo(0, document.querySelector('.pk-chapters').offsetTop)")
    seen = [card for card in page.evaluate(CARDS) if card["above"]]
    assert seen and all(card["hit"] for card in seen), "all of a card is its link"
    page.evaluate("scrollTo(0, 0)")


def test_everything_has_the_same_edges(open_page: Callable[..., Page]) -> None:
    edges = open_page("").evaluate(EDGES)
    assert len(edges) >= 4 and all(edge == [0, 0] for edge in edges), edges


def test_the_blocks_that_ran_are_those_that_are_shown(
    built_site: Path, facts: Callable[[str], dict[str, Any]]
) -> None:
    ran = re.search(r"([\d,]+) blocks of code ran", facts("")["text"])
    shown = sum(
        path.read_text(encoding="utf-8").count('data-run="ok"')
        for path in built_site.rglob("*.html")
    )
    assert ran and int(ran[1].replace(",", "")) == shown


def test_the_verse_stands_at_the_top(open_page: Callable[..., Page]) -> None:
    page = open_page("")
    verse = page.locator(".pk-verse")
    box = verse.bounding_box()
    assert box and box["y"] + box["height"] < 900, "it is seen at once"
    assert verse.locator("b").first.inner_text() == "ROMEO:"
    printed = page.locator(".pk-output samp").first.inner_text().split("\n")
    shown = verse.inner_text().replace("’", "'").split("\n")
    assert [row for row in shown if row] == [row for row in printed if row]


def test_the_map_lists_what_it_draws(facts: Callable[[str], dict[str, Any]]) -> None:
    """Whoever sees no diagram, or has a narrow window, misses nothing."""
    drawn, listed = facts(MAP)["linked"]
    assert len(drawn) > 10 and set(drawn) <= set(listed)


def test_the_map_hides_no_diagram_in_part(open_page: Callable[..., Page]) -> None:
    page = open_page(MAP, "dark phone")
    assert page.evaluate(NARROW) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_menus_number_the_chapters(built_site: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(MAP)
    numbered = page.evaluate(NUMBERED)
    chapters = [entry for entry in COURSE if entry.number]
    found = [" ".join(text.split()) for text in numbered]
    assert found == [f"{entry.number} {entry.title}" for entry in chapters]
    for entry in chapters:
        said = page_of(built_site, entry)
        assert f"Chapter {entry.number} of {len(chapters)} " in said


def test_the_header_has_a_menu(open_page: Callable[..., Page]) -> None:
    menu = open_page("").locator(".pk-menu a")
    assert menu.count() >= 3 and all(one.is_visible() for one in menu.all())


def test_a_chapter_names_the_next_ones_question(built_site: Path) -> None:
    wrong = []
    for entry, after in pairwise(COURSE):
        footer = page_of(built_site, entry).partition("md-footer__link--next")[2]
        said = unescape(re.sub(r"<[^>]*>", "", footer)).replace("’", "'")
        if after.title not in said or after.question not in said:
            wrong.append(f"{entry.address}: {said}")
    assert not wrong, listed(wrong, "not what comes next:")
