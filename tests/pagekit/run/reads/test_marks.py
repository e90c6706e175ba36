"""The state of a dependency changes with what it stands for, and with nothing else."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pagekit.run.reads.marks import file_hash, mark, tree_hash


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("a/one.py", "a/b/two.py", "build/x", "site/y", "c.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def changes(root: Path, name: str, change: Callable[[], object]) -> bool:
    before = mark(root, name)
    assert before == mark(str(root), name) != ""
    change()
    return mark(root, name) != before


def test_a_file_is_its_content(root: Path) -> None:
    assert not changes(root, "c.txt", lambda: (root / "d.txt").write_text("x"))
    assert changes(root, "c.txt", lambda: (root / "c.txt").write_text("other"))
    assert file_hash(root / "a/one.py") != file_hash(root / "a/b/two.py")


def test_a_folder_is_the_names_in_it(root: Path) -> None:
    assert not changes(root, "a/", lambda: (root / "a/one.py").write_text("other"))
    assert not changes(root, "a/", lambda: (root / "a/b/three.py").write_text("x"))
    assert changes(root, "a/", lambda: (root / "a/three.py").write_text("x"))
    for hidden in ("a/.swap", "a/__pycache__"):
        assert not changes(root, "a/", (root / hidden).mkdir)


def test_the_projects_own_folder_is_without_what_is_built(root: Path) -> None:
    (root / "site/y").unlink()
    assert not changes(root, "./", (root / "site").rmdir)
    assert changes(root, "./", lambda: (root / "new").write_text("x"))
    (root / "a/build").mkdir()
    assert changes(root, "a/", (root / "a/build").rmdir), "only the project's own counts as made"


def test_a_whole_folder_is_everything_in_it(root: Path) -> None:
    assert mark(root, "a/**") == tree_hash(root / "a")
    assert not changes(root, "a/**", lambda: (root / "c.txt").write_text("other"))
    assert changes(root, "a/**", lambda: (root / "a/b/two.py").write_text("other"))
    assert changes(root, "a/**", lambda: (root / "a/b/two.py").rename(root / "a/b/three.py"))
    assert changes(root, "a/**", lambda: (root / "a/b").rename(root / "a/c"))


def test_what_is_not_there_has_no_state(root: Path) -> None:
    assert mark(root, "none") == mark(root, "none/") == mark(root, "none/**") == ""
    assert mark(root, "c.txt/") == mark(root, "c.txt/**") == mark(root, "a") == ""
