"""The pytest plugin that runs the blocks of the pages and records what they did.

``pytest -p pagekit.run.plugin docs`` runs every chain of every page; with ``--stale``, only those
whose recorded result is missing or no longer true.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_codeblocks.plugin import TestBlock

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Chain, Page, read_page
from pagekit.run import artefacts, results
from pagekit.run.chains import run_chain
from pagekit.run.codeblocks import code_blocks
from pagekit.run.parallel.items import PooledItem, pool_of

pytest_plugins = ("pagekit.run.parallel.side_by_side", "pagekit.run.parallel.artefact_items")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--stale`` and ``--as-made``."""
    parser.addoption(
        "--stale", action="store_true", help="run only the blocks whose result is missing or stale"
    )
    parser.addoption(
        "--as-made", action="store_true", help="take artefacts as they are, fresh or not"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect the pages of the project."""
    if file_path.suffix == ".md" and file_path.is_relative_to(Project.here().docs):
        return PageFile.from_parent(parent, path=file_path)
    return None


class PageFile(pytest.File):
    """A page whose chains are tests."""

    def collect(self) -> Iterator["ChainItem"]:
        """One item a chain; a page that can't be read is an error of its own."""
        project = Project.here()
        page = read_page(self.path, project)
        named = artefacts.of_page(page, project)
        read = [] if self.config.getoption("--as-made") else named
        made = all(artefacts.fresh(artefact, project) for artefact in read)
        stale_only = self.config.getoption("--stale") and made
        for chain, block in zip(page.chains, code_blocks(page), strict=True):
            if stale_only and results.load(page, chain, project):
                continue
            item = ChainItem.from_parent(self, name=f"line {chain.line}", obj=block)
            item.page, item.chain, item.alone = page, chain, chain.alone
            item.label = f"{self.path.stem}:{chain.line}"
            item.needs = frozenset(a.name for a in read if a.may_be_read(chain.code))
            item.expected = results.expected_seconds(page, chain, project)
            # As pytest-codeblocks does, a mark is evaluated with `pytest` and `sys` at hand.
            for mark in block.marks:
                item.add_marker(eval(mark, {"pytest": pytest, "sys": __import__("sys")}))
            yield item

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """One message."""
        return str(excinfo.value)


class ChainItem(PooledItem, TestBlock):
    """A chain of blocks, run as a reader's copy would: as a program, in an empty folder."""

    page: Page
    chain: Chain

    def work(self) -> None:
        """Run the chain and record what it did."""
        if self.obj is None:
            raise PageError("no block to run", self.page.name, self.chain.line)
        project = Project.here()
        if self.config.getoption("--stale") and results.load(self.page, self.chain, project):
            return  # an artefact that was made again is what it was
        with pool_of(self.config).server(self.threads) as server:
            run_chain(server, self.page, self.chain, project)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """One message."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the chain begins."""
        return self.path, self.chain.line - 1, f"{self.page.name}:{self.chain.line}"
