"""Text, headings and figures are in the serif that comes with the site, code is in its mono."""

from collections.abc import Callable
from functools import cache

import pytest
from fontTools.ttLib import TTFont
from playwright.sync_api import Page

from pagekit.project import Project
from tests.site.conftest import listed
from tests.site.pages import ROOT

# What is set in a family: of each kind of text the first family that is asked for.
FAMILIES = """() => Object.fromEntries([
  ["p", "p:not([class])"], ["heading", "h2"], ["table", "td"], ["caption", "figcaption"],
  ["figure", ".pk-figure svg text"], ["diagram", ".pk-diagram svg text"],
  ["code", "pre > code"], ["inline", "p code"], ["output", "samp"],
].flatMap(([kind, selector]) => {
  const one = document.querySelector(`article ${selector}`);
  return one ? [[kind, getComputedStyle(one).fontFamily.split(",")[0].replaceAll('"', "")]] : [];
}))"""

SIGNS = """() => {
  const walker = document.createTreeWalker(document.querySelector("article"), NodeFilter.SHOW_TEXT);
  const signs = new Map();
  while (walker.nextNode()) {
    const { parentElement: around, data } = walker.currentNode;
    if (around.closest("math, pre, code, samp, svg, script, style, .headerlink, button")) continue;
    for (const sign of data) if (sign.trim()) signs.set(sign, data.trim().slice(0, 60));
  }
  return [...signs];
}"""

MONO = {"code", "inline", "output"}


@cache
def known_signs() -> set[str]:
    """Those of the serif."""
    with TTFont(Project(ROOT).fonts / "Literata-Regular.ttf") as font:
        return {chr(code) for code in font.getBestCmap()}


def test_everything_is_in_one_of_the_two(address: str, open_page: Callable[..., Page]) -> None:
    families = open_page(address).evaluate(FAMILIES)
    assert families
    wanted = {kind: "JetBrains Mono" if kind in MONO else "Literata" for kind in families}
    assert families == wanted


def test_prose_has_no_sign_that_another_font_must_lend(
    address: str, open_page: Callable[..., Page]
) -> None:
    """One that is needed is added in pagekit/build/assets/typefaces.py."""
    strange = [(sign, text) for sign, text in open_page(address).evaluate(SIGNS)
               if sign not in known_signs()]  # fmt: skip
    assert not strange, listed(strange, "signs that the serif lacks:")


@pytest.mark.parametrize("name", ["Literata", "JetBrains Mono", "STIX Two Math"])
def test_each_is_there(name: str, open_page: Callable[..., Page]) -> None:
    loaded = open_page("transformer/attention.html").evaluate(
        f"document.fonts.load('16px \"{name}\"').then((fonts) => fonts.map(({{status}}) => status))"
    )
    assert loaded == ["loaded"]
