"""`make site` again: at once where nothing changed, and never at once where something did."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pagekit.build import stamp
from pagekit.build.site import _replace
from pagekit.project import Project
from tests.pagekit.conftest import REPOSITORY

UP_TO_DATE = "The site is up to date: open site/index.html in a browser.\n"


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_again_is_said_at_once_and_the_site_is_left_alone(
    project: Project, pagekit: Callable
) -> None:
    (project.build / "site-killed").mkdir(parents=True)
    first = pagekit("build.site")
    assert first.returncode == 0, first.stderr
    assert "The site is ready" in first.stdout
    assert not list(project.build.glob("site-*")), "what a killed build left is removed"
    before = contents(project.root / "site")

    again = subprocess.run(
        [sys.executable, "-m", "pagekit.build.site"],
        cwd=project.root,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONPROFILEIMPORTTIME": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert again.stdout == UP_TO_DATE
    assert "pagekit.run.session" in again.stderr
    assert "mkdocs" not in again.stderr, "MkDocs is not loaded"

    (project.root / "site").rename(project.root / "first")
    built = pagekit("build.site")
    assert "The site is ready" in built.stdout, built.stderr
    assert contents(project.root / "site") == before, "two builds of the same give the same bytes"


@pytest.fixture
def stamped(project: Project) -> Callable[[], bool]:
    """A project whose site was just built, as far as its stamp tells; asks whether that holds."""
    settings = project.root / "mkdocs.yml"
    settings.write_text(settings.read_text() + '\nsite_url: !ENV [SITE_URL, ""]\n')
    for name in ("site/index.html", "overrides/main.html", "build/results/index/1.json", "LICENSE"):
        (project.root / name).parent.mkdir(parents=True, exist_ok=True)
        (project.root / name).write_text("as it was\n")
    page = project.docs / "index.md"
    page.write_text(page.read_text() + '\n--8<-- "LICENSE"\n')
    target = project.root / "site"
    stamp.write(target, stamp.made_of(project), project)
    return lambda: stamp.holds(target, stamp.made_of(project), project)


@pytest.mark.parametrize(
    "name",
    [
        *("docs/index.md", "docs/reference/bibliography.yml", "docs/assets/new.css"),
        *("overrides/main.html", "snippets/sums.py", "mkdocs.yml", "build/results/index/1.json"),
        *("LICENSE", "LICENSE-OF-TEXTS", "site/index.html", "site/more.html"),
        *("README.md", "CITATION.cff", "pyproject.toml", "benchmarks/results/speed.json"),
    ],
)
def test_any_file_that_the_site_is_made_of_counts(
    project: Project, stamped: Callable[[], bool], name: str
) -> None:
    assert stamped()
    path = project.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.write("\n# another line\n")
    assert not stamped()


def test_a_file_that_is_gone_counts(project: Project, stamped: Callable[[], bool]) -> None:
    (project.root / "overrides" / "main.html").unlink()
    assert not stamped()


def test_what_the_front_page_says_counts(
    project: Project, stamped: Callable[[], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.root / "tests").mkdir()
    (project.root / "tests" / "test_it.py").write_text("def test_a():\n    pass\n")
    assert not stamped(), "one test more"
    (project.root / "tests" / "test_it.py").unlink()
    assert stamped()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert not stamped(), "another day"


def test_a_site_is_replaced_whole_and_can_be_read_by_a_server(tmp_path: Path) -> None:
    site, old, new = (tmp_path / name for name in ("site", ".site.old", "new"))
    for folder in (site, old, new):
        folder.mkdir(mode=0o700)
        (folder / f"{folder.name}.html").touch()
    _replace(site, new)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert [path.name for path in site.iterdir()] == ["new.html"]
    assert site.stat().st_mode & 0o777 == 0o755


def test_what_is_not_shown_does_not_count(project: Project, stamped: Callable[[], bool]) -> None:
    for name in ("tests/test_it.py", "docs/.index.md.swp", "snippets/__pycache__/a.pyc", "NOTES"):
        (project.root / name).parent.mkdir(parents=True, exist_ok=True)
        (project.root / name).write_text("x")
    assert stamped()


def test_a_variable_that_the_settings_ask_for_counts(
    stamped: Callable[[], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANOTHER", "1")
    assert stamped()
    monkeypatch.setenv("SITE_URL", "https://example.org/course/")
    assert not stamped()


def test_another_version_of_a_package_counts(
    stamped: Callable[[], bool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "Markdown-0.1.dist-info").mkdir()
    monkeypatch.setattr(stamp, "_packages", lambda: tmp_path)
    assert not stamped()


def test_another_python_counts(
    stamped: Callable[[], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamp.platform, "python_version", lambda: "3.99.0")
    assert not stamped()


def test_pagekits_own_code_counts(
    stamped: Callable[[], bool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    copy = tmp_path / "pagekit-copy"
    copy.mkdir()
    (copy / "cells.py").write_text("x = 1\n")
    monkeypatch.setattr(stamp, "_PAGEKIT", copy)
    assert not stamped()


def test_a_damaged_stamp_is_none(project: Project, stamped: Callable[[], bool]) -> None:
    (project.build / stamp.STAMP).write_text("{")
    assert not stamped()


def test_a_page_without_a_menu_entry_is_told_what_to_write_where(
    project: Project, pagekit: Callable
) -> None:
    settings = project.root / "mkdocs.yml"
    settings.write_text(
        settings.read_text()
        + "\nnav:\n  - index.md\n  - Reference:\n"
        + "      - reference/glossary.md\n      - reference/bibliography.md\n"
    )
    (project.docs / "reference" / "more.md").write_text("# More\n")
    (project.docs / "new.md").write_text("# New\n")
    done = pagekit("build.site")
    assert done.returncode == 1
    assert (
        "docs/reference/more.md: no menu leads to the page; write `- reference/more.md` "
        "under `Reference:` in the `nav` of mkdocs.yml" in done.stderr
    )
    assert "docs/new.md: no menu leads to the page; write `- new.md` in the `nav`" in done.stderr
    assert "Traceback" not in done.stderr and "mkdocs.yml: " not in done.stderr


def test_a_page_that_is_no_text_is_a_file_like_any_other(
    project: Project, stamped: Callable[[], bool]
) -> None:
    (project.docs / "new.md").write_bytes(b"# N\xff\n")
    assert not stamped()


def test_outside_the_project_only_pagekit_counts(
    project: Project, stamped: Callable[[], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: set[Path] = set()
    monkeypatch.setattr(stamp, "file_hash", lambda path: looked.add(path.resolve()))
    stamped()
    outside = {path for path in looked if not path.is_relative_to(project.root)}
    assert REPOSITORY / "pagekit" / "build" / "stamp.py" in outside
    assert all(path.is_relative_to(REPOSITORY / "pagekit") for path in outside)
