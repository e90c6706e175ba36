"""A reader comes to a page for the first time: what it asks for, says and costs, and what moves."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.site.costs import PHONE, Cost, arrive, moves, read
from tests.site.server import Fence, SiteServer

# Chromium itself calls its maker, whatever page it shows: about forms that it might fill in,
# accounts, updates of its own parts. No page has a say in that, and none would ask these hosts.
BROWSERS_OWN = {
    "accounts.google.com",
    "android.clients.google.com",
    "clients2.google.com",
    "content-autofill.googleapis.com",
    "optimizationguide-pa.googleapis.com",
    "redirector.gvt1.com",
    "safebrowsing.googleapis.com",
    "update.googleapis.com",
}


def foreign_requests(caught: list[str]) -> list[str]:
    """Of what the fence caught (``CONNECT host:443``, ``GET http://host/path``), the page's own."""
    hosts = [urlsplit(request.split(" ")[-1].removesuffix(":443")) for request in caught]
    return [
        request
        for request, url in zip(caught, hosts, strict=True)
        if (url.hostname or url.path) not in BROWSERS_OWN
    ]


@dataclass(frozen=True)
class Visit:
    """What one first visit, on a phone, brought about.

    Attributes:
        complaints: what the browser's console said, to the end of the page.
        foreign: requests to elsewhere, likewise.
        missing: what was asked for and is not there, likewise.
        asked: what was asked for until all was quiet, before anything was scrolled.
        cost: of the processor, until then.
        moves: what moved until then, and while the page was read to its end.
    """

    complaints: list[str]
    foreign: list[str]
    missing: list[str]
    asked: list[str]
    cost: Cost
    moves: list[str]


def first_visit(browser: Browser, server: SiteServer, fence: Fence, address: str) -> Visit:
    """Opens a page with nothing in the cache, waits until all is quiet, and reads it."""
    server.forget()
    fence.caught.clear()
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        complaints: list[str] = []
        listen(page, complaints)
        cost = arrive(page, server.url + address)
        asked = list(server.asked)
        read(page)
        moved = moves(page)
    foreign = foreign_requests(fence.caught)
    return Visit(complaints, foreign, list(server.missing), asked, cost, moved)


def listen(page: Page, complaints: list[str]) -> None:
    """From now on, add to a list whatever goes wrong in a page."""

    def hear(said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            complaints.append(said.text)

    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", hear)
