"""What the copy button of a cell puts on the clipboard: a runnable whole."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, TimeoutError

from pagekit.labs.source import read_lab
from pagekit.project import Project
from pagekit.read.blocks import Chain, read_page
from tests.site.pages import ROOT, site_pages
from tests.site.server import SiteServer

CLIPBOARD = ["clipboard-read", "clipboard-write"]
COPIED = "[data-chain]"
BUTTON = 'button[data-md-type="copy"], button.md-clipboard, button.pk-copy'

# Enough to know that a copy stands alone; that every block runs is the runner's own test.
TRIED = 3


@pytest.fixture(scope="module")
def reader(context: Callable[..., BrowserContext]) -> BrowserContext:
    return context(permissions=tuple(CLIPBOARD))


def test_button_copies_the_whole(address: str, reader: BrowserContext, server: SiteServer) -> None:
    page = reader.new_page()
    page.goto(server.url + address)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    blocks = page.locator(COPIED).all()
    for block, whole in zip(blocks, programs(address), strict=True):
        assert copied(page, block, whole) == whole
    page.close()


def programs(address: str, continuing: bool = False) -> list[str]:
    """What each cell of a page is to give, by the page's source: its chain, up to the cell itself.

    With ``continuing``, only those of Python cells that go on from the cell above them.
    """
    project = Project(ROOT)
    source = project.docs / (address.removesuffix(".html") or "index")
    if source.parent.name == "labs":
        cells = read_lab(source.with_suffix(".py"), project).code
        return [] if continuing else [cell.source.strip("\n") for cell in cells]
    page = read_page(source.with_suffix(".md"), project)
    fences = [(fence, page.chain_of(fence).fences) for fence in page.fences if fence.runs]
    return [
        Chain(chain[: chain.index(fence) + 1]).code.rstrip("\n")
        for fence, chain in fences
        if not continuing or (fence.continues and fence.kind == "python")
    ]


def copied(page: Page, block: Locator, whole: str) -> str:
    """What is on the clipboard after its button was pressed, waiting until it has come."""
    page.evaluate("navigator.clipboard.writeText('')")
    block.locator(BUTTON).first.focus()  # by keyboard: a mouse may find the header in its way
    page.keyboard.press("Enter")
    read = "navigator.clipboard.readText().then(text => text.trimEnd()"
    with suppress(TimeoutError):
        page.wait_for_function(f"whole => {read} === whole)", arg=whole, timeout=60_000)
    text: str = page.evaluate(f"{read})")
    return text


def test_copies_run(tmp_path: Path) -> None:
    """The shortest chains of the site, as a reader runs them: a file in an empty folder."""
    chains = [chain for address in site_pages() for chain in programs(address, continuing=True)]
    assert chains
    for number, chain in enumerate(sorted(chains, key=len)[:TRIED]):
        file = tmp_path / f"copy_{number}.py"
        file.write_text(chain, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, file],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{chain}\n{done.stderr}"
