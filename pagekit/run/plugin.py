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
from pagekit.read.fences import Fence
from pagekit.run import artefacts, results
from pagekit.run.codeblocks import code_blocks
from pagekit.run.items import PooledItem, pool_of
from pagekit.run.process.forkserver import ForkServer

pytest_plugins = ("pagekit.run.side_by_side", "pagekit.run.artefact_items")


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


def run_chain(server: ForkServer, page: Page, chain: Chain, project: Project) -> None:
    """Run a chain and record what it did.

    Raises:
        PageError: it fails, or does what it may not.
    """
    outcome = server.run(
        chain.kind,
        [fence.code for fence in chain.fences],
        list(dict.fromkeys(value.expression for value in chain.values)),
        chain.timeout,
    )
    if "fault" in outcome:
        raise page_error(outcome, page, chain)
    result = results.result_of(outcome)
    result.record.depends = artefacts.recorded(
        result.depends, page, "block", chain.line, project, chain.code
    )
    check_figures(result, page, chain)
    results.save(result, page, chain, project)


def page_error(outcome: dict[str, Any], page: Page, chain: Chain) -> PageError:
    """What a failed run says, at the line of the page that is to blame."""
    fault = outcome["fault"]
    if "value" in outcome:
        expression = outcome["value"]
        line = next(value.line for value in chain.values if value.expression == expression)
        return PageError(f"the inline value `{expression}` fails: {fault}", page.name, line)
    fence: Fence = chain.fences[outcome.get("segment") or 0]
    number = outcome.get("line")
    line, within = fence.line, ""
    if number is not None and 0 <= number < len(fence.lines):
        origin = fence.lines[number]
        line = origin.page_line
        if origin.source:
            within = f" (in {origin.source}:{origin.source_line})"
        if outcome.get("at"):
            within += f" (raised at {_short(outcome['at'])})"
    advice = "mend the code, or the snippet that it includes"
    return PageError(f"this block does not run: {fault}{within}; {advice}", page.name, line)


def check_figures(result: results.Result, page: Page, chain: Chain) -> None:
    """Refuse a figure that nobody described, and a description without a figure."""
    for fence, segment in zip(chain.fences, result.segments, strict=True):
        try:
            fence.check_figures(len(segment.figures))
        except PageError as error:
            raise error.at(page.name, fence.line) from None


def _short(place: str) -> str:
    root = f"{Project.here().root}/"
    if place.startswith(root):
        return place.removeprefix(root)
    return place.rpartition("site-packages/")[2]
