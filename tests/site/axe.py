"""What axe finds wrong with a page, in time that hardly grows with its length.

axe measures the contrast of each piece of text by itself, and a page has thousands of pieces, of a
few dozen looks. So contrast is measured for each look: of the texts that have one colour, one size
and the same grounds below them, the first few are taken, as something may lie upon one. All other
rules look at everything.
"""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.site.conftest import listed

# All rules, best practices included; what passed is not of interest.
OPTIONS = {"resultTypes": ["violations"], "selectors": False, "preload": False}
RUN = """async ([within, options]) => {
  const looks = new Map(), grounds = new Map(), first = [];
  const ground = (one) => {
    if (!one) return "";
    if (!grounds.has(one)) {
      const { backgroundColor, backgroundImage, opacity, position } = getComputedStyle(one);
      const lies = ["static", "relative"].includes(position) ? "" : position;
      const own = [backgroundColor, backgroundImage, opacity, lies].join();
      const plain = "rgba(0, 0, 0, 0),none,1,";
      grounds.set(one, ground(one.parentElement) + (own === plain ? "" : `${own};`));
    }
    return grounds.get(one);
  };
  for (const part of document.querySelectorAll(within ?? "body")) {
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { parentElement: one, data } = texts.currentNode;
      if (!data.trim() || !one.getClientRects().length) continue;
      const { color, fontSize, fontWeight, textShadow } = getComputedStyle(one);
      const look = [color, fontSize, fontWeight, textShadow, ground(one)].join();
      looks.set(look, (looks.get(look) ?? 0) + 1);
      if (looks.get(look) <= 3) first.push(one);
    }
  }
  first.forEach((one) => one.setAttribute("data-pk-look", ""));
  const selector = "[data-pk-look], input, select, textarea";
  axe.configure({ rules: [{ id: "color-contrast", selector }] });
  try {
    return (await axe.run(within ?? document, options)).violations;
  } finally {
    first.forEach((one) => one.removeAttribute("data-pk-look"));
  }
}"""


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
