"""What axe finds wrong with a page, in time that hardly grows with its length.

axe measures the contrast of each piece of text by itself, which takes most of its time. Here it
does so for the first texts of each look (looks.py); all other rules look at everything. What is
left of its time goes by the number of elements. So while it looks, the other spans of code are
plain text, and figures are empty but for their names, unless there are links in them: what is
drawn is hidden from it anyway.
"""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.site.conftest import listed
from tests.site.looks import LOOKS

# All rules, best practices included; what passed is not of interest.
OPTIONS = {"resultTypes": ["violations"], "selectors": False, "preload": False}
RUN = """async ([within, options]) => {
  const first = (LOOKS)(within ?? "body", 3).map(({ one }) => one);
  first.forEach((one) => one.setAttribute("data-pk-look", ""));
  const codes = [...document.querySelectorAll("pre > code, pre > samp")].map((code) => {
    const copy = code.cloneNode(true);
    for (const span of copy.querySelectorAll("span"))
      if (!span.matches("[data-pk-look], :has([data-pk-look])"))
        span.replaceWith(...span.childNodes);
    copy.normalize();
    return [code, [...code.childNodes], [...copy.childNodes]];
  });
  const figures = [...document.querySelectorAll("svg:not(:has(a))")]
    .map((svg) => [svg, [...svg.childNodes], [...svg.querySelectorAll("title, desc")]]);
  const thinned = [...codes, ...figures];
  thinned.forEach(([one, , thin]) => one.replaceChildren(...thin));
  const selector = "[data-pk-look], input, select, textarea";
  axe.configure({ rules: [{ id: "color-contrast", selector }] });
  try {
    return (await axe.run(within ?? document, options)).violations;
  } finally {
    thinned.forEach(([one, whole]) => one.replaceChildren(...whole));
    first.forEach((one) => one.removeAttribute("data-pk-look"));
  }
}""".replace("LOOKS", LOOKS)


def violations(
    page: Page, rules: list[str] | None = None, within: str | None = None
) -> list[dict[str, Any]]:
    """What axe finds, by all of its rules or by those named, in the page or within some parts."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(Axe().axe_script)
    options = OPTIONS | ({"runOnly": rules} if rules else {})
    found: list[dict[str, Any]] = page.evaluate(RUN, [within, options])
    return found


def told(found: list[dict[str, Any]]) -> str:
    """A failure's text: each rule with some of the places where it is broken."""
    report = [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
        f"\n      {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"][:5]
    ]
    return listed(report, f"{len(found)} rules violated:")
