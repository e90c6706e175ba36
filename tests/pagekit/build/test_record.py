"""`make record` keeps the runs that bear out what their blocks claim, and only those."""

import json
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from pagekit.build.record import keep_runs
from pagekit.errors import PageError
from pagekit.project import Project
from tests.pagekit.run.counted import COUNTS, Counted


@pytest.fixture
def counted(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    return Counted(project, tmp_path_factory.mktemp("outside"))


def keep(counted: Counted, needed: int = 1) -> int:
    """Keep a run, for which so many are needed; returns how many were kept."""
    counted.need(needed)
    return keep_runs([counted.page], counted.project)


def test_only_a_run_in_which_the_claim_holds_is_kept(counted: Counted) -> None:
    with pytest.raises(PageError, match=r"was not true in 3 runs .*; none is kept"):
        keep(counted, 9)
    assert not counted.kept.exists()
    assert keep(counted, 3) == 1
    before = counted.kept.read_bytes()
    with pytest.raises(PageError, match="none is kept"):
        keep(counted, 9)
    assert counted.kept.read_bytes() == before, "that of another day still holds"


def test_kept_runs_of_code_that_is_gone_are_removed(counted: Counted) -> None:
    keep(counted)
    counted.write(COUNTS.replace("try", "attempt"))
    keep(counted)
    assert list(counted.kept.parent.iterdir()) == [counted.kept]
    folder = counted.kept.parent
    counted.write(COUNTS.replace(' holds="tries >= enough"', ""))
    assert keep(counted) == 0
    assert not list(folder.glob("*.json"))


def test_the_command_says_what_it_kept(
    counted: Counted, pagekit: Callable[..., CompletedProcess[str]]
) -> None:
    counted.need(1)
    done = pagekit("build.record", "page")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Runs kept: 1, in docs/data/recorded. Commit them.\n"
    kept = json.loads(counted.kept.read_text())
    assert kept["claims"] == ["tries >= enough"]
    assert kept["measured"]["cores"] >= 1
    counted.need(9)
    refused = pagekit("build.record")
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("docs/page.md:3: `tries >= enough` was not")


def test_the_command_takes_one_page(pagekit: Callable[..., CompletedProcess[str]]) -> None:
    refused = pagekit("build.record", "page", "index")
    assert refused.returncode == 2
    assert refused.stderr.startswith("usage: make record")
