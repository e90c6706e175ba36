"""What axe finds wrong with a page, in time that does not grow with the length of its listings.

axe measures the contrast of each piece of text by itself: half a minute for a page of long
listings, nearly all of it for spans of few colours. So of the spans of one look within a page's
code the first is kept and the others become plain text while axe looks.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.site.conftest import listed

# All rules, best practices included; what passed is not of interest.
OPTIONS = {"resultTypes": ["violations"], "selectors": False, "preload": False}
# Looks first, changes then: in turns, each look would have the page laid out anew.
THIN = """() => {
  const seen = new Set();
  const look = (one) => {
    const { color, fontSize, fontWeight, backgroundColor } = getComputedStyle(one);
    const grounds = [one.parentElement, one.closest("code, samp"), one.closest("pre")]
      .map((ground) => getComputedStyle(ground ?? one).backgroundColor);
    return [color, fontSize, fontWeight, backgroundColor, ...grounds].join();
  };
  const blocks = [...document.querySelectorAll("pre > code, pre > samp")].map((code) => {
    const copy = code.cloneNode(true), spans = [...copy.querySelectorAll("span")];
    const again = [...code.querySelectorAll("span")].map((span) => {
      const kind = look(span), known = seen.has(kind);
      seen.add(kind);
      return known;
    });
    spans.filter((_, number) => again[number])
      .forEach((span) => span.replaceWith(...span.childNodes));
    copy.normalize();
    return [code, [...code.childNodes], [...copy.childNodes]];
  });
  blocks.forEach(([code, , thin]) => code.replaceChildren(...thin));
  globalThis.pkThick = () => blocks.forEach(([code, whole]) => code.replaceChildren(...whole));
}"""


@contextmanager
def _thinned(page: Page) -> Iterator[None]:
    page.evaluate(THIN)
    try:
        yield
    finally:
        page.evaluate("globalThis.pkThick()")


def violations(
    page: Page, rules: list[str] | None = None, within: list[str] | None = None
) -> list[dict[str, Any]]:
    """What axe finds, by all of its rules or by those named, in the page or within some parts."""
    options = OPTIONS | ({"runOnly": rules} if rules else {})
    context = [[selector] for selector in within] if within else None
    with _thinned(page):
        found = Axe().run(page, context=context, options=options).response["violations"]
    return list(found)


def told(found: list[dict[str, Any]]) -> str:
    """A failure's text: each rule with some of the places where it is broken."""
    report = [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
        f"\n      {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"][:5]
    ]
    return listed(report, f"{len(found)} rules violated:")
