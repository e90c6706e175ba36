"""An address without a page shows the way to those that there are."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext

from tests.site.axe import told, violations
from tests.site.pages import site_pages
from tests.site.server import SiteServer

NOWHERE = "transformer/no-such-page.html"


def test_a_lost_reader_finds_every_page(
    server: SiteServer, facts: Callable[[str], dict[str, Any]]
) -> None:
    """Also from a folder within the site, and without scripts."""
    found = facts(NOWHERE)
    assert "not here" in found["text"]
    missing = {server.url + page for page in site_pages()} - {
        link.replace("index.html", "") for link in found["links"]
    }
    assert not missing


def test_axe_finds_nothing_there(
    context: Callable[..., BrowserContext], server: SiteServer
) -> None:
    page = context().new_page()
    page.goto(server.url + NOWHERE)
    found = violations(page)
    page.close()
    assert not found, told(found)
