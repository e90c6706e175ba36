"""What it costs a reader's processor to show a page, as the browser itself counts it."""

from dataclasses import dataclass

from playwright.sync_api import Browser, ViewportSize

PHONE: ViewportSize = {"width": 360, "height": 740}

# Each entry is reported when it has happened; `buffered` brings those that came before.
WATCH = """
  const seen = globalThis.pkSeen = { task: 0, paint: 0, shift: 0 };
  const watch = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note))
      .observe({ type, buffered: true });
  watch("longtask", (entry) => { seen.task = Math.max(seen.task, entry.duration / 1000); });
  watch("largest-contentful-paint", (entry) => { seen.paint = entry.startTime / 1000; });
  watch("layout-shift", (entry) => { seen.shift += entry.value; });
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
    """One first visit of a page on a phone.

    Attributes:
        style: seconds of CPU for the styles of all elements.
        layout: seconds of CPU for where they go.
        busy: seconds of CPU of the page in all.
        longest_task: the longest time, in seconds, for which it answered nobody; 0 below 0.05 s.
        largest_paint: seconds until the largest part of the first view was drawn.
        shift: how far things moved while they could be read, in parts of the view (Chromium's
            cumulative layout shift); the only one that reading the page counts for.
    """

    style: float
    layout: float
    busy: float
    longest_task: float
    largest_paint: float
    shift: float


def cost(browser: Browser, url: str, slower: float = 1, read: bool = False) -> Cost:
    """Visits a page with nothing in the cache.

    Args:
        browser: Chromium, for others do not count.
        url: the page.
        slower: how many times slower the processor is to seem. The browser then waits in between,
            so seconds of CPU say nothing.
        read: down to the end and up again.
    """
    with browser.new_context(viewport=PHONE) as context:
        context.add_init_script(WATCH)
        page = context.new_page()
        session = context.new_cdp_session(page)
        # Seconds of CPU of the page's own thread: what else the machine does is not in them.
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        page.goto(url, timeout=120_000)
        page.evaluate(IDLE)
        metrics = session.send("Performance.getMetrics")["metrics"]
        if read:
            page.evaluate(READ)
        spent = {metric["name"]: float(metric["value"]) for metric in metrics}
        seen = page.evaluate("globalThis.pkSeen")
    return Cost(
        style=spent["RecalcStyleDuration"],
        layout=spent["LayoutDuration"],
        busy=spent["TaskDuration"],
        longest_task=seen["task"],
        largest_paint=seen["paint"],
        shift=seen["shift"],
    )


def costs(browser: Browser, url: str, enough: float, tries: int = 3) -> tuple[Cost, Cost]:
    """A first visit that reads the page to its end, and the visit with the least CPU for styles.

    Even CPU time is longer on a busy machine, whose processes push one another's data out of the
    caches; so one visit in which styles take ``enough`` seconds at most ends the search.
    """
    visits = [cost(browser, url, read=True)]
    while min(visit.style for visit in visits) > enough and len(visits) < tries:
        visits.append(cost(browser, url))
    return visits[0], min(visits, key=lambda visit: visit.style)
