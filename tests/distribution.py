"""How ``make test`` shares tests out over processes: what belongs together, the longest first.

Tests that share a costly fixture stay in one process: those of a file, and those of a page of the
site. So do files that hold large models, which side by side would take too much memory. How long
each such group took is kept in ``build/`` for the next time. The site is built by whoever takes the
first of its groups; where other tests run with them, its others come last, so that nobody waits for
it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from pagekit.project import Project, write_whole
from pagekit.run.parallel.schedule import workers
from tests.site.pages import name_of, site_pages

KEPT = Project.here().build / "test-seconds.json"

BROWSER = " in a browser"

# Their tests hold SmolLM2's 135 million numbers, most of them twice or more: 1 to 3 GB per file.
LARGE = "large models"
OF_LARGE = frozenset(
    f"tests/snippets/{name}.py"
    for name in (
        "modern/llama/test_real_llama",
        "post_training/test_adapt_smollm2",
        "using/publishing/test_serving",
        "using/publishing/test_smollm2_folder",
    )
)

_took: defaultdict[str, float] = defaultdict(float)


@cache
def _pages() -> tuple[str, ...]:
    """The names of the site's pages, the longest first; looked for once for thousands of tests."""
    return tuple(sorted(map(name_of, site_pages()), key=len, reverse=True))


@cache
def group_of(nodeid: str) -> str:
    """What a test runs together with, by its id (``file::name[parameters]``)."""
    file, _, test = nodeid.partition("::")
    if file in OF_LARGE:
        return LARGE
    if not file.startswith("tests/site/") or file.endswith("/test_zensical.py"):
        return file
    parameters = f"-{test.partition('[')[2].removesuffix(']')}-"  # pytest joins several with these
    page = next((page for page in _pages() if f"-{page}-" in parameters), None)
    return f"{page}{BROWSER}" if page else file


def known_seconds() -> dict[str, float]:
    """What each group took when it ran last."""
    try:
        return dict(json.loads(KEPT.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the groups in order.

    Where a group's time is not known, builds and books take longer than usual tests, and come
    before the pages, which are many and short: so all processes end at about the same time.
    """
    if not hasattr(config, "workerinput"):
        return
    groups = {item: group_of(item.nodeid) for item in items}
    seconds: Counter[str] = Counter()
    for item, group in groups.items():
        builds = "pagekit" in getattr(item, "fixturenames", ()) or group.startswith("tests/site/")
        seconds[group] += 10 if builds else 1
    order = in_order({**seconds, **known_seconds()}, set(groups.values()))
    places = {group: place for place, group in enumerate(order)}
    items.sort(key=lambda item: places[groups[item]])


def in_order(seconds: Mapping[str, float], groups: set[str]) -> list[str]:
    """The groups as they are to be begun: the longest first, but for those that need the site."""
    longest = sorted(groups, key=lambda group: (-seconds[group], group))
    site = [group for group in longest if group.endswith(BROWSER) or "tests/site/" in group]
    return [*site[:1], *(group for group in longest if group not in site), *site[1:]]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """As many processes as blocks would run at a time."""
    return workers()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share groups out in their order, where ``--dist loadscope`` asks for groups."""
    from xdist.scheduler import LoadScopeScheduling

    class GroupScheduling(LoadScopeScheduling):
        """Gives a process a whole group at a time."""

        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    return GroupScheduling(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Add up what each group takes, in the process that hears of all."""
    if hasattr(report, "node"):  # it came from another process
        _took[group_of(report.nodeid)] += report.duration


def pytest_sessionfinish() -> None:
    """Keep what was added up."""
    if _took:
        write_whole(KEPT, json.dumps({**known_seconds(), **_took}, indent=1, sort_keys=True))
