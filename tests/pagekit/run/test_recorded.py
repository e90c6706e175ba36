"""Runs that are kept with the pages: by their code, sealed, while their block is there."""

import json
from pathlib import Path

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.run import recorded
from pagekit.run.reads.record import Record
from pagekit.run.results import Result, Segment

TEXT = '# T\n\n```python holds="a > 0"\na = 1\n```\n\n```python\nb = 1\n```\n'


@pytest.fixture
def page(project: Project) -> Page:
    return written(project, TEXT)


def written(project: Project, text: str) -> Page:
    path = project.docs / "part" / "t.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return read_page(path, project)


def result() -> Result:
    return Result([Segment("1\n")], {"a": "1"}, Record({"docs/x": "1"}, {"torch": "2"}))


def test_a_run_is_kept_under_the_name_of_its_page_and_code(page: Page, project: Project) -> None:
    one, other = page.chains
    path = recorded.path_of(page, one, project)
    assert path.parent == project.recorded / "part" / "t"
    assert path.stem.isalnum() and path.suffix == ".json"
    assert recorded.path_of(page, other, project) != path
    moved = written(project, TEXT.replace("# T\n", "# T\n\nMore.\n"))
    assert recorded.path_of(moved, moved.chains[0], project) == path
    edited = written(project, TEXT.replace("a = 1", "a = 2"))
    assert recorded.path_of(edited, edited.chains[0], project) != path
    assert recorded.command(page) == "make record P=part/t"


def test_a_kept_run_is_read_with_its_day_and_depends_on_its_file(
    page: Page, project: Project
) -> None:
    chain = page.chains[0]
    assert recorded.load(page, chain, project) is None
    recorded.keep(result(), page, chain, project)
    path = recorded.path_of(page, chain, project)
    kept = json.loads(path.read_text())
    assert kept["claims"] == ["a > 0"] == recorded.claims(chain)
    assert kept["measured"]["versions"] == {"torch": "2"} and kept["measured"]["cores"] >= 1
    found = recorded.load(page, chain, project)
    assert found and (found.segments, found.values) == (result().segments, result().values)
    assert found.measured == kept["measured"] and found.record.versions == {}
    name = project.relative(path)
    assert list(found.depends) == [name], "of what the run itself read nothing is kept"
    assert found.record.holds(project.root)
    path.write_text(path.read_text() + "\n")
    assert not found.record.holds(project.root)


@pytest.mark.parametrize("damage", ["edited", "cut", "of another chain"])
def test_a_file_that_is_not_as_it_was_kept_is_refused(
    page: Page, project: Project, damage: str
) -> None:
    chain = page.chains[0]
    many = result() if damage != "of another chain" else Result([Segment(), Segment()], {})
    recorded.keep(many, page, chain, project)
    path = recorded.path_of(page, chain, project)
    text = path.read_text()
    if damage == "edited":
        path.write_text(text.replace('"1\\n"', '"2\\n"'))
    elif damage == "cut":
        path.write_text(text[: len(text) // 2])
    with pytest.raises(PageError, match=r"can't be used: .*; remove it and run `make") as caught:
        recorded.load(page, chain, project)
    assert (caught.value.path, caught.value.line) == ("docs/part/t.md", chain.line)
    assert project.relative(path) in caught.value.message


def test_only_runs_of_blocks_that_still_claim_what_they_did_stay(
    page: Page, project: Project
) -> None:
    for chain in page.chains:
        recorded.keep(result(), page, chain, project)
    other = recorded.path_of(page, page.chains[0], project).with_name("notes.txt")
    other.write_text("")
    recorded.prune(page, project)
    kept = recorded.path_of(page, page.chains[0], project)
    assert set(kept.parent.iterdir()) == {kept, other}
    assert recorded.claims(page.chains[1]) == []
    edited = written(project, TEXT.replace("a > 0", "a > 1"))
    recorded.prune(edited, project)
    assert not kept.exists() and other.exists(), "it bears out another claim"


def test_where_nothing_was_kept_nothing_is_removed(page: Page, project: Project) -> None:
    recorded.prune(page, project)
    assert not Path(project.recorded).exists()
