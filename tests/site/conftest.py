"""The built site, served on loopback, in one browser for all tests."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    sync_playwright,
)

from pagekit.build.browser import find_or_install_browser
from tests.site.pages import ROOT, build_site, mount_point, name_of, named_site, site_pages
from tests.site.server import Fence, SiteServer, running

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 360, "height": 740}
WIDE: ViewportSize = {"width": 1440, "height": 900}
# A script after which a browser keeps nothing.
BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })"
CLIPBOARD = ["clipboard-read", "clipboard-write"]
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


FACTS = (Path(__file__).parent / "facts.js").read_text(encoding="utf-8")

# The words of a page, those too that are laid out only once they are looked at. What speaks of the
# reader (buttons, their progress) is none of them.
WORDS = """() => {
  const style = document.head.appendChild(document.createElement("style"));
  style.textContent = "* { content-visibility: visible !important } "
    + "button, .pk-held, .pk-progress { display: none !important }";
  const words = (document.querySelector("article") ?? document.body).innerText;
  style.remove();
  return words;
}"""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for `address` runs once for each page of the site."""
    if "address" in metafunc.fixturenames:
        addresses = site_pages()
        names = [name_of(address) for address in addresses]
        # The scope makes pytest take page after page, so that each is loaded once for many tests.
        metafunc.parametrize("address", addresses, ids=names, scope="session")


@pytest.fixture(scope="session")
def built_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site, which is built once, by whichever process needs it first."""
    site = named_site() or ROOT / "site"
    if not named_site():
        folder = tmp_path_factory.getbasetemp()
        # Each process of pytest-xdist has a folder of its own within one that all share.
        shared = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
        done = shared / "site-is-built"
        with open(shared / "site.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                build_site()
                done.touch()
    assert (site / "index.html").is_file(), f"{site} holds no built site"
    return site


@pytest.fixture(scope="session")
def server(built_site: Path) -> Iterator[SiteServer]:
    with running(SiteServer(built_site, mount_point(built_site))) as server:
        yield server


@pytest.fixture(scope="session")
def fence() -> Iterator[Fence]:
    with running(Fence()) as fence:
        yield fence


@pytest.fixture(scope="session")
def browser(fence: Fence) -> Iterator[Browser]:
    path = find_or_install_browser()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, proxy={"server": fence.url, "bypass": "127.0.0.1"}
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser: Browser) -> Callable[..., BrowserContext]:
    """A browser profile with the options given, made once for all who ask for the same."""

    @cache
    def make(phone: bool = False, wide: bool = False, **options: Any) -> BrowserContext:
        viewport = PHONE if phone else WIDE if wide else DESKTOP
        made = browser.new_context(
            viewport=viewport, reduced_motion="reduce", permissions=CLIPBOARD, **options
        )
        made.set_default_timeout(60_000)  # for what hangs: a busy machine is slow
        return made

    return make


@dataclass
class Visit:
    """What one fresh visit of a page brought about."""

    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def hear(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.complaints.append(said.text)


@pytest.fixture(scope="session")
def visit(browser: Browser, server: SiteServer, fence: Fence) -> Callable[[str], Visit]:
    """Loads a page as a first-time reader's browser does, until all is quiet."""

    @cache
    def look(address: str) -> Visit:
        visit = Visit()
        server.forget()
        fence.caught.clear()
        with browser.new_context(viewport=DESKTOP) as context:
            page = context.new_page()
            page.on("pageerror", lambda error: visit.complaints.append(str(error)))
            page.on("console", visit.hear)
            page.goto(server.url + address, wait_until="networkidle")
        visit.foreign = foreign_requests(fence.caught)
        visit.asked = list(server.asked)
        visit.missing = list(server.missing)
        return visit

    return look


@pytest.fixture(scope="session")
def facts(
    context: Callable[..., BrowserContext], server: SiteServer
) -> Callable[[str], dict[str, Any]]:
    """What the HTML of a page says, read with its scripts off (see facts.js)."""

    @cache
    def read(address: str) -> dict[str, Any]:
        page = context(java_script_enabled=False).new_page()
        page.goto(server.url + address)
        found: dict[str, Any] = page.evaluate(FACTS)
        found["text"] = page.evaluate(WORDS)
        page.close()
        return found

    return read


# How pages are looked at: both schemes and both widths, each once. Most of the time of these tests
# is Chromium's, for opening pages, and what a test asks hangs on one of the two at most.
READERS: dict[str, dict[str, Any]] = {
    "light desktop": {"color_scheme": "light"},
    "dark phone": {"color_scheme": "dark", "phone": True},
}
# One more, whose window has room beside the text.
ALL_READERS = READERS | {"light, wide": {"color_scheme": "light", "wide": True}}


@pytest.fixture(scope="session")
def open_page(context: Callable[..., BrowserContext], server: SiteServer) -> Callable[..., Page]:
    """Opens a page for one of the readers, its folds unfolded.

    It stays open for the next test that asks for it, so a test that changes it changes it back.
    """
    opened: dict[str, tuple[str, Page]] = {}

    def look(address: str, reader: str = "light desktop") -> Page:
        before, page = opened.get(reader) or ("", None)
        if page is None:
            page = context(**ALL_READERS[reader]).new_page()
        elif before == address:
            return page
        opened[reader] = address, page
        page.goto(server.url + address)
        page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
        return page

    return look


def listed(items: list[Any], what: str) -> str:
    """A failure's text: what is wrong, one line each."""
    lines = [item if isinstance(item, str) else json.dumps(item) for item in items]
    return "\n  ".join([what, *lines])
