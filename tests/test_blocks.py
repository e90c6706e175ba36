"""Laws of the blocks on the course's pages."""

import re
from pathlib import Path

import pytest

from pagekit.project import Project
from pagekit.read.blocks import Chain, read_page

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
