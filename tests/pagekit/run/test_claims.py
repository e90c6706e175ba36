"""What a block claims of its own run: where that fails it runs again, then a kept run is shown."""

import json
from collections.abc import Iterator

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.run import results
from pagekit.run.chains import run_chain
from pagekit.run.process.forkserver import ForkServer
from pagekit.run.session import run_blocks
from tests.pagekit.run.counted import COUNTS, Counted


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    server = ForkServer(tmp_path_factory.mktemp("root"))
    yield server
    server.close()


@pytest.fixture
def counted(
    project: Project, tmp_path_factory: pytest.TempPathFactory, server: ForkServer
) -> Counted:
    return Counted(project, tmp_path_factory.mktemp("outside"), server)


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_a_block_runs_until_its_claim_holds(counted: Counted, needed: int) -> None:
    counted.need(needed)
    counted.run()
    assert counted.runs == needed
    assert counted.result is not None
    assert counted.result.segments[0].output == f"try {needed}\n"
    assert counted.result.measured == {}


def test_a_claim_that_never_holds_stops_the_build(counted: Counted) -> None:
    counted.need(4)
    with pytest.raises(PageError) as caught:
        counted.run()
    assert counted.runs == 3
    assert str(caught.value).startswith(
        "docs/page.md:3: `tries >= enough` was not true in 3 runs (tries = 1, enough = 4; "
        "tries = 2, enough = 4; tries = 3, enough = 4), and no run is kept in which it was; "
    )
    assert str(caught.value).endswith("make record P=page")
    assert counted.result is None


def test_a_claim_that_does_not_hold_here_shows_the_run_in_which_it_did(counted: Counted) -> None:
    counted.keep()
    counted.need(9)
    counted.run()
    assert counted.runs == 3
    assert counted.result is not None
    assert counted.result.segments[0].output == "try 1\n"
    assert counted.result.values == {"tries": "1"}
    assert counted.result.measured["processor"] and counted.result.measured["date"]
    counted.need(1)
    counted.run()
    assert counted.result is not None and counted.result.measured == {}


def test_builds_and_tests_follow_the_same_rule(counted: Counted) -> None:
    counted.keep()
    counted.need(9)
    for stale_only in (False, True):  # the second finds it recorded, as any result is
        run_blocks(counted.project, [counted.path], stale_only)
        assert counted.runs == 3
        assert counted.result is not None and counted.result.measured


def test_what_was_made_of_a_kept_run_goes_stale_with_it(counted: Counted) -> None:
    counted.keep()
    counted.need(9)
    counted.run()
    content = json.loads(counted.kept.read_text())
    del content["checksum"]
    content["measured"]["processor"] = "another"
    assert counted.result is not None
    counted.kept.write_text(results.sealed(content))
    assert not counted.result
    counted.run()
    assert counted.result is not None and counted.result.measured["processor"] == "another"


def test_an_edited_block_needs_a_new_kept_run(counted: Counted) -> None:
    counted.keep()
    for old, new in (("try", "attempt"), ("It took `{{python}} tries`.", "`{{python}} -tries`")):
        counted.write(COUNTS.replace(old, new))
        counted.need(9)
        with pytest.raises(PageError, match="no run is kept"):
            counted.run()
    counted.write(COUNTS.replace("# T", "# Another title").replace("It took", "There were"))
    counted.run()


@pytest.mark.parametrize("damage", ["", "[]", "null", "{}", "edited"])
def test_a_kept_run_that_was_edited_is_refused(counted: Counted, damage: str) -> None:
    counted.keep()
    edited = counted.kept.read_text().replace("try 1", "try 0")
    counted.kept.write_text(edited if damage == "edited" else damage)
    counted.need(9)
    with pytest.raises(PageError, match=r"docs/page.md:3: docs/data/recorded/page/\w+.json can't"):
        counted.run()


def test_a_claim_that_has_no_truth_value_is_a_fault_at_once(counted: Counted) -> None:
    counted.write(COUNTS.replace("tries >= enough", "tries >= nothing"))
    counted.need(1)
    with pytest.raises(PageError) as caught:
        counted.run()
    told = "docs/page.md:3: the claim `tries >= nothing` fails: NameError: name 'nothing' is not"
    assert str(caught.value).startswith(told)
    assert counted.runs == 1


CHAIN = """# T

```python holds="x == 1"
x = 1
```

<!--pytest-codeblocks:cont-->
```python holds="x == SECOND"
x += 1
```
"""


def test_a_claim_in_a_chain_is_of_the_names_after_its_own_fence(
    project: Project, server: ForkServer
) -> None:
    def run(second: str) -> None:
        path = project.docs / "page.md"
        path.write_text(CHAIN.replace("SECOND", second))
        page = read_page(path, project)
        run_chain(server, page, page.chains[0], project)

    run("2")
    with pytest.raises(PageError) as caught:
        run("1")
    told = "docs/page.md:8: `x == 1` was not true in 3 runs (x = 2; x = 2; x = 2)"
    assert str(caught.value).startswith(told)


def test_all_of_a_chain_is_shown_as_it_was_kept(counted: Counted) -> None:
    more = "\n<!--pytest-codeblocks:cont-->\n```python\nprint('again', tries)\n```\n"
    counted.write(COUNTS + more)
    counted.keep()
    counted.need(9)
    counted.run()
    assert counted.result is not None
    assert [s.output for s in counted.result.segments] == ["try 1\n", "again 1\n"]


def test_a_kept_run_stands_in_for_a_claim_and_never_for_code_that_fails(counted: Counted) -> None:
    counted.write(COUNTS.replace('"try"', '"try", 1 // (9 - enough)'))
    counted.keep()
    counted.need(9)
    with pytest.raises(PageError, match="ZeroDivisionError"):
        counted.run()
