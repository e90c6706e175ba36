"""What the pages of a built site make a browser load at the first view."""

from dataclasses import dataclass, field
from pathlib import Path

# What is for a search alone.
SEARCH = ("search-dialog.js", "/pagefind/")


@dataclass
class Views:
    """What first views brought about.

    Attributes:
        sizes: page -> bytes over the wire, compressed where a web server compresses.
        search: bytes of search, of all pages.
        foreign: requests to other servers.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    search: int = 0
    foreign: int = 0


def views(site: Path) -> Views:
    """Visit each page as a first-time reader."""
    from playwright.sync_api import sync_playwright

    from tests.site.browser import find_or_install_browser
    from tests.site.conftest import foreign_requests
    from tests.site.pages import built_pages, mount_point
    from tests.site.server import Fence, SiteServer, running

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
            server.forget()
            with browser.new_context() as context:
                context.new_page().goto(server.url + address, wait_until="networkidle")
            asked = set(server.asked)
            seen.sizes[address or "index.html"] = sum(map(server.wire_size, asked))
            of_search = (path for path in asked if any(part in path for part in SEARCH))
            seen.search += sum(map(server.wire_size, of_search))
        seen.foreign = len(foreign_requests(fence.caught))
        browser.close()
    return seen
