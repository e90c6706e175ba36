"""Laws of the blocks on the course's pages."""

import re
from pathlib import Path

import pytest

from pagekit.project import Project
from pagekit.read.blocks import Chain, read_page
from pagekit.run import recorded

PROJECT = Project(Path(__file__).parents[1])

# What reads a clock. In an included section it is only defined; the page's own lines call it.
CLOCK = re.compile(r"perf_counter|monotonic|process_time|thread_time|timeit|time\.time(_ns)?\(")


def reads_a_clock(chain: Chain) -> bool:
    own = (line.text for fence in chain.fences for line in fence.lines if not line.source)
    return any(CLOCK.search(text) for text in own)


@pytest.mark.parametrize("path", PROJECT.pages(), ids=PROJECT.relative)
def test_what_measures_time_runs_alone_and_nothing_else_does(path: Path) -> None:
    """Beside other blocks a time means nothing; and a block alone leaves cores idle."""
    chains = read_page(path, PROJECT).chains
    assert [c.line for c in chains if c.alone] == [c.line for c in chains if reads_a_clock(c)]


def test_the_pages_have_blocks_that_measure_time() -> None:
    """Or the test above would hold whatever it looked for."""
    chains = [chain for path in PROJECT.pages() for chain in read_page(path, PROJECT).chains]
    assert sum(chain.alone for chain in chains) >= 5


@pytest.mark.parametrize("path", PROJECT.pages(), ids=PROJECT.relative)
def test_what_measures_time_claims_what_the_text_says_of_it(path: Path) -> None:
    chains = read_page(path, PROJECT).chains
    assert [c.line for c in chains if reads_a_clock(c) and not recorded.claims(c)] == []


@pytest.mark.parametrize("path", PROJECT.pages(), ids=PROJECT.relative)
def test_every_claim_has_a_run_that_bears_it_out(path: Path) -> None:
    """Kept with the page, or a build would stop where the machine is busy or another."""
    page = read_page(path, PROJECT)
    claiming = [chain for chain in page.chains if recorded.claims(chain)]
    lacking = [chain.line for chain in claiming if recorded.load(page, chain, PROJECT) is None]
    assert lacking == [], f"no run is kept of these blocks: {recorded.command(page)}"


def test_every_kept_run_is_of_a_block_that_claims_something() -> None:
    pages = [read_page(path, PROJECT) for path in PROJECT.pages()]
    blocks = [(page, chain) for page in pages for chain in page.chains if recorded.claims(chain)]
    known = {recorded.path_of(page, chain, PROJECT) for page, chain in blocks}
    assert set(PROJECT.recorded.rglob("*.json")) <= known
