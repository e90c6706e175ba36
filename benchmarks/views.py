"""What the pages of a built site make a browser load and compute at the first view."""

import statistics
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# What is for a search alone.
SEARCH = ("search-dialog.js", "/pagefind/")
VISITS = 3
SLOWER = 4  # times, as a phone beside a desktop computer
POSITIONS = "transformer/positions.html"  # the page with the largest heat maps


@dataclass
class Views:
    """What first views brought about.

    Attributes:
        sizes: page -> bytes over the wire, compressed where a web server compresses; without
            fonts, which all pages share.
        scripts: page -> bytes of scripts, likewise.
        styles: page -> seconds of CPU for the styles of its elements, the least of some visits.
        frozen: page -> seconds of the longest task, slowed down, the median of some visits.
        paints: page -> seconds to the largest contentful paint, likewise.
        shifts: page -> layout shift, the largest of all visits.
        search: bytes of search, of all pages.
        foreign: requests to other servers.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    scripts: dict[str, int] = field(default_factory=dict)
    styles: dict[str, float] = field(default_factory=dict)
    frozen: dict[str, float] = field(default_factory=dict)
    paints: dict[str, float] = field(default_factory=dict)
    shifts: dict[str, float] = field(default_factory=dict)
    search: int = 0
    foreign: int = 0

    def compute(self, name: str, browser: "Browser", url: str) -> None:
        """Visit a page on a phone, as fast as this machine is and slowed down."""
        from tests.site.costs import cost

        fast, slow = ([cost(browser, url, n) for _ in range(VISITS)] for n in (1, SLOWER))
        self.styles[name] = min(visit.style for visit in fast)
        self.frozen[name] = statistics.median(visit.longest_task for visit in slow)
        self.paints[name] = statistics.median(visit.largest_paint for visit in slow)
        self.shifts[name] = max(visit.shift for visit in fast + slow)


def views(site: Path) -> Views:
    """Visit each page as a first-time reader."""
    from playwright.sync_api import sync_playwright

    from pagekit.build.browser import find_or_install_browser
    from tests.site.pages import built_pages, mount_point
    from tests.site.server import Fence, SiteServer, running
    from tests.site.visits import foreign_requests

    seen, path = Views(), find_or_install_browser()
    with (
        running(SiteServer(site, mount_point(site))) as server,
        running(Fence()) as fence,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=path,
            proxy={"server": fence.url, "bypass": "127.0.0.1"},
        )
        for address in built_pages(site):
            name = address or "index.html"
            server.forget()
            with browser.new_context() as context:
                context.new_page().goto(server.url + address, wait_until="networkidle")
            asked = {path for path in server.asked if not path.endswith(".woff2")}
            sizes = {path: server.wire_size(path) for path in asked}
            seen.sizes[name] = sum(sizes.values())
            seen.scripts[name] = sum(n for path, n in sizes.items() if ".js" in path)
            of_search = (n for path, n in sizes.items() if any(part in path for part in SEARCH))
            seen.search += sum(of_search)
            seen.compute(name, browser, server.url + address)
        seen.foreign = len(foreign_requests(fence.caught))
        browser.close()
    return seen


def promises(seen: Views) -> list[tuple[str, str, str]]:
    """What was measured of the views beside what is promised."""
    slow = f"at {SLOWER} × slow-down"
    return [
        ("heaviest first view, gzip", _most(seen.sizes, "KB"), "≤ 150 KB"),
        ("its scripts", _most(seen.scripts, "KB"), "≤ 40 KB"),
        ("CPU time for styles", _most(seen.styles, "s"), "≤ 0.4 s"),
        (f"of `{POSITIONS}`", f"{seen.styles.get(POSITIONS, 0):.2f} s", "≤ 0.3 s"),
        (f"longest task {slow}", _most(seen.frozen, "s"), "≤ 0.3 s"),
        (f"largest contentful paint {slow}", _most(seen.paints, "s"), "≤ 1.0 s"),
        ("layout shift", _most(seen.shifts, ""), "0"),
        ("bytes of search before a search", str(seen.search), "0"),
        ("foreign requests", str(seen.foreign), "0"),
    ]


def _most(values: dict[str, float] | dict[str, int], unit: str) -> str:
    """The largest value and its page."""
    page = max(values, key=lambda name: values[name])
    value = f"{values[page] / 1000:.0f} KB" if unit == "KB" else f"{values[page]:.2f} {unit}"
    return f"{value.strip()}, {page}"
