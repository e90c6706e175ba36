"""What a reader copies from a page, by the page's source."""

import ast
from functools import cache
from pathlib import Path

from pagekit.labs.source import read_lab
from pagekit.project import Project
from pagekit.read.blocks import Chain, Page, read_page
from pagekit.read.settings.package import first_line, up_to
from pagekit.run import results
from tests.site.pages import ROOT

PROJECT = Project(ROOT)
LONG = 1.0  # seconds: what took longer on its page is not run once more


@cache
def copies_of(address: str) -> list[str]:
    """What each cell of a page is to give: its chain up to the cell itself; of a lab, the cell."""
    if is_lab(address):
        cells = read_lab(source_of(address).with_suffix(".py"), PROJECT).code
        return [copied(cell.source.strip("\n")) for cell in cells]
    return [copied(chain.code.rstrip("\n")) for _, chain in chains_of(read(address))]


@cache
def tried(address: str) -> str | None:
    """The copy of a page that is run: of those that are quick, the one that imports most.

    All are made in one way, and of the others it is seen that what they import is there. Of a lab
    it is the first cell, on which the others build.
    """
    if is_lab(address):
        return copies_of(address)[0]
    page = read(address)
    seconds = {
        copy: results.expected_seconds(page, chain, PROJECT)
        for copy, (chain, _) in zip(copies_of(address), chains_of(page), strict=True)
        if not chain.alone
    }
    quick = [copy for copy, long in seconds.items() if long <= LONG]
    if quick:
        return max(quick, key=lambda copy: len(imports_of(copy)))
    return min(seconds, key=lambda copy: seconds[copy], default=None)


@cache
def imports_of(copy: str) -> set[str]:
    """The statements that import something, wherever they stand."""
    kinds = (ast.Import, ast.ImportFrom)
    return {ast.unparse(one) for one in ast.walk(ast.parse(copy)) if isinstance(one, kinds)}


def chains_of(page: Page) -> list[tuple[Chain, Chain]]:
    """For each fence that runs: the chain that it is part of, and what of it is copied."""
    whole = [(page.chain_of(fence), fence) for fence in page.fences if fence.runs]
    return [(chain, up_to(fence, chain)) for chain, fence in whole]


def copied(code: str) -> str:
    """A copy: before the code, the comment that installs what it imports, if it needs one."""
    first = first_line(code, PROJECT)
    return f"{first}\n\n{code}" if first else code


def is_lab(address: str) -> bool:
    return address.startswith("labs/")


@cache
def read(address: str) -> Page:
    """A page that is no lab."""
    return read_page(source_of(address).with_suffix(".md"), PROJECT)


def source_of(address: str) -> Path:
    """The source of a page, without its suffix."""
    return PROJECT.docs / (address.removesuffix(".html") or "index")
