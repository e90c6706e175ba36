"""What it costs a reader's processor to show a page, as the browser itself counts it."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize

PHONE: ViewportSize = {"width": 360, "height": 740}

# Each entry is reported when it has happened; `buffered` brings those that came before.
WATCH = """
  const seen = globalThis.pkSeen = { task: 0, paint: 0, moves: [] };
  const watch = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note))
      .observe({ type, buffered: true });
  const named = (node) => {
    const one = node?.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (!one) return "what is gone by now";
    const said = one.textContent.trim().replace(/\\s+/g, " ").slice(0, 40);
    return `${one.cloneNode().outerHTML.slice(0, 120)} “${said}”`;
  };
  const place = ({ x, y, width, height }) => `(${x}, ${y}, ${width} × ${height})`;
  watch("longtask", (entry) => { seen.task = Math.max(seen.task, entry.duration / 1000); });
  watch("largest-contentful-paint", (entry) => { seen.paint = entry.startTime / 1000; });
  watch("layout-shift", ({ value, startTime, sources }) => seen.moves.push({
    value, at: startTime / 1000, down: Math.round(scrollY),
    parts: sources.map(({ node, previousRect, currentRect }) =>
      `${named(node)} from ${place(previousRect)} to ${place(currentRect)}`),
  }));
"""

# The scripts have run and their timers too: what they changed has been drawn.
IDLE = """new Promise((done) =>
  requestIdleCallback(() => setTimeout(() => requestIdleCallback(done), 250)))"""
# A view at a time; each is drawn.
READ = """async () => {
  const step = async (down) => {
    scrollBy(0, down);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  };
  const views = Math.ceil(document.documentElement.scrollHeight / innerHeight) + 1;
  for (let view = 0; view < views; view++) await step(innerHeight);
  for (let view = 0; view < views; view++) await step(-innerHeight);
}"""


@dataclass(frozen=True)
class Cost:
    """What a page cost until all was quiet.

    Attributes:
        style: seconds of CPU for the styles of all elements.
        layout: seconds of CPU for where they go.
        busy: seconds of CPU of the page in all.
        longest_task: the longest time, in seconds, for which it answered nobody; 0 below 0.05 s.
        largest_paint: seconds until the largest part of the first view was drawn.
        shift: how far things moved while they could be read, in parts of the view (Chromium's
            cumulative layout shift).
    """

    style: float
    layout: float
    busy: float
    longest_task: float
    largest_paint: float
    shift: float


def cost(browser: Browser, url: str, slower: float = 1) -> Cost:
    """The cost of a visit on a phone with nothing in the cache; see `arrive`."""
    with browser.new_context(viewport=PHONE) as context:
        return arrive(context.new_page(), url, slower)


def arrive(page: Page, url: str, slower: float = 1) -> Cost:
    """Opens an address in a new page, and waits until all is quiet.

    Args:
        page: of Chromium, for others do not count.
        url: the address.
        slower: how many times slower the processor is to seem. The browser then waits in between,
            so seconds of CPU say nothing.
    """
    page.add_init_script(WATCH)
    session = page.context.new_cdp_session(page)
    # Seconds of CPU of the page's own thread: what else the machine does is not in them.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
    page.goto(url, timeout=120_000)
    page.evaluate(IDLE)
    metrics = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    spent = {metric["name"]: float(metric["value"]) for metric in metrics}
    seen = page.evaluate("globalThis.pkSeen")
    return Cost(
        style=spent["RecalcStyleDuration"],
        layout=spent["LayoutDuration"],
        busy=spent["TaskDuration"],
        longest_task=seen["task"],
        largest_paint=seen["paint"],
        shift=sum(move["value"] for move in seen["moves"]),
    )


def read(page: Page) -> None:
    """Reads a page at which one has arrived down to its end, and up again."""
    page.evaluate(READ)


def moves(page: Page) -> list[str]:
    """What has moved while it could be read: how far, when, and what from where to where."""
    seen: list[dict[str, Any]] = page.evaluate("globalThis.pkSeen.moves")
    return [
        f"{move['value']:.4f} of the view, {move['at']:.2f} s after the start, "
        f"{move['down']} px down:\n    " + "\n    ".join(move["parts"])
        for move in seen
    ]
