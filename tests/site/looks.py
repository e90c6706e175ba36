"""The looks of a page's texts: which there are, and whether each can be read.

A page has thousands of pieces of text, of a few dozen looks: one colour, one size, and the same
grounds below them. What hangs on these alone is asked of the first texts of each look.
"""

from playwright.sync_api import Page

# The first few elements of each look within some parts, and the colours that lie below them, the
# lowest first; a few, as something may lie upon one.
LOOKS = """(within, most) => {
  const looks = new Map(), grounds = new Map(), found = [];
  const ground = (one) => {
    if (!one) return [];
    if (!grounds.has(one)) {
      const { backgroundColor, backgroundImage, opacity, position } = getComputedStyle(one);
      const lies = ["static", "relative"].includes(position) ? "" : position;
      const below = ground(one.parentElement);
      const plain = [backgroundColor, backgroundImage, opacity, lies].join("|")
        === "rgba(0, 0, 0, 0)|none|1|";
      const own = { backgroundColor, backgroundImage, opacity, lies };
      grounds.set(one, plain ? below : [...below, own]);
    }
    return grounds.get(one);
  };
  for (const part of document.querySelectorAll(within)) {
    const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const { parentElement: one, data } = texts.currentNode;
      if (!data.trim() || !one.getClientRects().length) continue;
      const { color, fontSize, fontWeight, textShadow } = getComputedStyle(one);
      const below = ground(one);
      const look = JSON.stringify([color, fontSize, fontWeight, textShadow, below]);
      looks.set(look, (looks.get(look) ?? 0) + 1);
      if (looks.get(look) <= most) found.push({ one, below });
    }
  }
  return found;
}"""

# WCAG 2.2, 1.4.3: 4.5 to 1, for large letters 3 to 1. Letters of drawings are painted otherwise,
# and have tests of their own; what stands on a picture nobody can tell.
PALE = """() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const parts = (colour) => {
    if (!known.has(colour)) {
      pen.clearRect(0, 0, 1, 1);
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
      known.set(colour, [r, g, b, a / 255]);
    }
    return known.get(colour);
  };
  const over = (below, [r, g, b, a]) => [r, g, b].map((n, i) => a * n + (1 - a) * below[i]);
  const linear = (n) => n <= 10 ? n / 255 / 12.92 : ((n / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const seen = { visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: false };
  return (LOOKS)("body", 1).flatMap(({ one, below }) => {
    if (one.closest("svg, :disabled") || !one.checkVisibility(seen)) return [];
    if (below.some(({ backgroundImage }) => backgroundImage !== "none")) return [];
    const style = getComputedStyle(one), size = parseFloat(style.fontSize);
    const ground = below.reduce((so, { backgroundColor }) => over(so, parts(backgroundColor)),
      [255, 255, 255]);
    const fade = below.reduce((so, { opacity }) => so * opacity, 1);
    const [r, g, b, a] = parts(style.color), ink = over(ground, [r, g, b, a * fade]);
    const [dark, bright] = [light(ink), light(ground)].sort((x, y) => x - y);
    const contrast = (bright + 0.05) / (dark + 0.05);
    const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (contrast >= (isLarge ? 3 : 4.5)) return [];
    return [`${contrast.toFixed(2)} to 1: ${one.cloneNode().outerHTML.slice(0, 120)} `
      + `“${one.textContent.trim().slice(0, 40)}”`];
  });
}""".replace("LOOKS", LOOKS)


def pale(page: Page) -> list[str]:
    """Texts whose colour is too near to that of what lies below them."""
    found: list[str] = page.evaluate(PALE)
    return found
