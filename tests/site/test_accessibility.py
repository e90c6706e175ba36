"""axe finds nothing on any page, in either colour scheme."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.site.conftest import listed
from tests.site.server import SiteServer

# All of its rules, best practices included; what passed is not of interest.
OPTIONS = {"resultTypes": ["violations"]}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(address: str, scheme: str, open_page: Callable[..., Page]) -> None:
    page = open_page(address, color_scheme=scheme)
    found = Axe().run(page, options=OPTIONS).response["violations"]
    report = [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
        f"\n      {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"][:5]
    ]
    assert not report, listed(report, f"{len(found)} rules violated:")


def test_axe_would_find_something(
    context: Callable[..., BrowserContext], server: SiteServer
) -> None:
    page = context().new_page()
    page.goto(server.url)
    page.evaluate("document.querySelector('article').append(document.createElement('img'))")
    found = Axe().run(page, options=OPTIONS).response["violations"]
    page.close()
    assert "image-alt" in {violation["id"] for violation in found}
