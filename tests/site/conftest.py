"""The built site, served on loopback, in one browser for all tests."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    sync_playwright,
)

from pagekit.build.browser import find_or_install_browser
from tests.site.costs import PHONE
from tests.site.pages import ROOT, build_site, mount_point, name_of, named_site, site_pages
from tests.site.server import Fence, SiteServer, running
from tests.site.visits import Visit, Visitor, listen

DESKTOP: ViewportSize = {"width": 1280, "height": 900}
# A script after which a browser keeps nothing.
BLOCKED = "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })"
CLIPBOARD = ["clipboard-read", "clipboard-write"]
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
# Of what listings fold away, outside of remarks: how much is shown, how much is not, and how many
# buttons there are.
FOLDS = """() => {
  const shown = (one) => one.getClientRects().length > 0;
  const folds = [...document.querySelectorAll(".pk-folded, .pk-bar ~ pre")]
    .filter((one) => !one.closest("details"));
  return {
    open: folds.filter(shown).length,
    shut: folds.filter((one) => !shown(one)).length,
    buttons: [...document.querySelectorAll(".pk-fold, .pk-copy")].filter(shown).length,
  };
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
    def make(phone: bool = False, **options: Any) -> BrowserContext:
        viewport = PHONE if phone else DESKTOP
        made = browser.new_context(
            viewport=viewport, reduced_motion="reduce", permissions=CLIPBOARD, **options
        )
        made.set_default_timeout(60_000)  # for what hangs: a busy machine is slow
        return made

    return make


@pytest.fixture(scope="session")
def visitor(browser: Browser, server: SiteServer, fence: Fence) -> Visitor:
    return Visitor(browser, server, fence)


@pytest.fixture(scope="session")
def visit(visitor: Visitor) -> Callable[[str], Visit]:
    """What the first visit of a page brings about; each page is visited once."""
    return visitor.visit


@pytest.fixture(scope="session")
def facts(
    context: Callable[..., BrowserContext], server: SiteServer
) -> Callable[[str], dict[str, Any]]:
    """What the HTML of a page says, read with its scripts off (see facts.js)."""
    page = context(java_script_enabled=False).new_page()

    @cache
    def read(address: str) -> dict[str, Any]:
        page.goto(server.url + address)
        found: dict[str, Any] = page.evaluate(FACTS)
        found["text"] = page.evaluate(WORDS)
        found["folds"] = page.evaluate(FOLDS)
        return found

    return read


# How pages are looked at: both schemes and both widths, each once. Most of the time of these tests
# is Chromium's, for opening pages, and what a test asks hangs on one of the two at most.
READERS = ("light desktop", "dark phone")


@pytest.fixture(scope="session")
def heard() -> list[str]:
    """What the browser's console said of the page that is open on the desktop."""
    return []


UNFOLD = "() => document.querySelectorAll('details').forEach((fold) => { fold.open = true })"


@pytest.fixture(scope="session")
def open_page(
    context: Callable[..., BrowserContext], server: SiteServer, visitor: Visitor, heard: list[str]
) -> Callable[..., Page]:
    """Opens a page for one of the readers, its folds unfolded.

    It stays open for the next test that asks for it, so a test that changes it changes it back. On
    the phone it is the page of the first visit, where night has fallen since.
    """
    opened: dict[str, tuple[str, Page]] = {}

    def on_desktop(address: str) -> Page:
        if "light desktop" in opened:
            page = opened["light desktop"][1]
        else:
            page = context(color_scheme="light").new_page()
            listen(page, heard)
        heard.clear()
        page.goto(server.url + address)
        return page

    def on_phone(address: str) -> Page:
        page = visitor.page(address)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        page.wait_for_function("document.body.dataset.mdColorScheme === 'slate'")
        return page

    def look(address: str, reader: str = "light desktop") -> Page:
        before, page = opened.get(reader, ("", None))
        if page is None or before != address or page.is_closed():
            page = (on_phone if reader == "dark phone" else on_desktop)(address)
            opened[reader] = address, page
            page.evaluate(UNFOLD)
        return page

    return look


def listed(items: list[Any], what: str) -> str:
    """A failure's text: what is wrong, one line each."""
    lines = [item if isinstance(item, str) else json.dumps(item) for item in items]
    return "\n  ".join([what, *lines])
