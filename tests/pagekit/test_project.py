"""Where things lie in a project, which pages it has, and how its files are written."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pagekit.errors import PageError
from pagekit.project import Project, working_in, write_whole


def test_all_that_is_made_lies_apart_from_what_is_read(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for made in (project.results, project.diagrams):
        assert made.is_relative_to(project.build) and made != project.build
    for read in (project.recorded, project.generated):
        assert read.is_relative_to(project.docs) and read != project.docs
    assert project.docs.parent == project.build.parent == tmp_path
    assert (Project(Path(__file__).parents[2]).fonts).is_dir()


def test_pages_come_in_a_fixed_order(project: Project) -> None:
    for name in ("b.md", "a/z.md", "a/b.md", "c.txt"):
        (project.docs / name).parent.mkdir(exist_ok=True)
        (project.docs / name).write_text("# T\n")
    names = [project.relative(path) for path in project.pages()]
    assert names == sorted(names, key=lambda name: name.split("/"))
    assert {"docs/b.md", "docs/a/z.md", "docs/a/b.md"} < set(names)


def test_a_file_that_was_not_written_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(PageError, match=r"cannot write .*: No space left; make room and run"):
        write_whole(tmp_path / "file", "a")
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_written_aside_and_hidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asides: list[tuple[Path, bytes]] = []

    def watched(aside: str, path: Path, replace: Any = os.replace) -> None:
        asides.append((Path(aside), Path(aside).read_bytes()))
        replace(aside, path)

    monkeypatch.setattr(os, "replace", watched)
    write_whole(tmp_path / "file", "ä")
    [(aside, content)] = asides
    assert (aside.parent, content) == (tmp_path, "ä".encode())
    assert aside.name.startswith(".file.") and aside.suffix == ".part"


def test_a_file_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new" / "file"
    write_whole(path, "ä")
    assert path.read_text(encoding="utf-8") == "ä"
    assert path.stat().st_mode & 0o777 == 0o644
    write_whole(path, b"b")
    for error in (OSError(28, "No space left"), KeyboardInterrupt()):

        def fail(*_: object, error: BaseException = error) -> None:
            raise error

        monkeypatch.setattr(os, "fsync", fail)
        with pytest.raises(PageError if isinstance(error, OSError) else KeyboardInterrupt):
            write_whole(path, "c")
        assert [p.name for p in path.parent.iterdir()] == ["file"]
        assert path.read_bytes() == b"b"
    (tmp_path / "plain").write_text("no folder")
    with pytest.raises(PageError, match="cannot write"):
        write_whole(tmp_path / "plain" / "file", "a")


def test_places_of_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path)
    assert project.relative(tmp_path / "docs" / "a.md") == "docs/a.md"
    monkeypatch.setenv("PAGEKIT_ROOT", str(tmp_path))
    assert Project.here() == Project(tmp_path.resolve())
    before = Path.cwd()
    with suppress(KeyError), working_in(tmp_path):
        assert Path.cwd() == tmp_path.resolve()
        raise KeyError
    assert Path.cwd() == before
    monkeypatch.delenv("PAGEKIT_ROOT")
    assert Project.here() == Project(before)
