"""Folders for work under way go with their maker, or with the next build."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from pagekit.errors import PageError
from pagekit.run.process.scratch import scratch, sweep
from tests.pagekit.conftest import REPOSITORY

HOLD = """
import sys, time
from pathlib import Path
from pagekit.run.process.scratch import scratch
with scratch("block", Path(sys.argv[1])) as folder:
    (folder / "inside").mkdir()
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_folder_is_there_while_it_is_needed(tmp_path: Path) -> None:
    parent = tmp_path / "new"
    with scratch("block", parent) as folder:
        assert folder.parent == parent
        (folder / "file").write_text("x")
        sweep("block", parent)
        assert (folder / "file").exists(), "its maker lives"
    assert list(parent.iterdir()) == []


@contextmanager
def maker(parent: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process that holds a folder, until it is killed."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(parent)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    ) as process:
        assert process.stdout is not None
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_what_a_killed_maker_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "block-file").write_text("no folder")
    (tmp_path / "other-1").mkdir()
    with maker(tmp_path) as (_, used):
        with maker(tmp_path) as (_, left):
            assert (left / "inside").is_dir()
        sweep("block", tmp_path)
        assert not left.exists()
        assert (used / "inside").is_dir()
    sweep("block", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["block-file", "other-1"]


def test_a_folder_that_another_build_sweeps_at_once_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = os.open
    taken: list[Path] = []

    def sweeping(path: Path, *options: int) -> int:
        if not taken:
            taken.append(path)
            path.rmdir()
        return opened(path, *options)

    monkeypatch.setattr(os, "open", sweeping)
    with scratch("block", tmp_path) as folder:
        assert folder.is_dir() and folder != taken[0]


def test_a_folder_may_lie_in_one_that_is_still_to_be_made(tmp_path: Path) -> None:
    with scratch("block", tmp_path / "new" / "newer") as folder:
        assert folder.parent == tmp_path / "new" / "newer"
        assert folder.name.startswith("block-")


def test_a_folder_that_is_gone_at_the_end_is_no_fault(tmp_path: Path) -> None:
    with scratch("block", tmp_path) as folder:
        folder.rmdir()
    assert list(tmp_path.iterdir()) == []


def test_where_nothing_can_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(PageError, match=re.escape(f"cannot write {tmp_path / 'file'}: ")):
        scratch("block", tmp_path / "file").__enter__()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The numbers of what was opened meanwhile and is not closed."""
    numbers: set[int] = set()
    real_open, real_close = os.open, os.close

    def opening(*given: Any, **options: Any) -> int:
        numbers.add(number := real_open(*given, **options))
        return number

    def closing(number: int) -> None:
        numbers.discard(number)
        real_close(number)

    monkeypatch.setattr(os, "open", opening)
    monkeypatch.setattr(os, "close", closing)
    return numbers


def test_no_lock_stays_open(tmp_path: Path, opened: set[int]) -> None:
    with scratch("block", tmp_path):
        assert len(opened) == 1
        sweep("block", tmp_path)
        assert len(opened) == 1
    assert not opened
    (tmp_path / "block-left").mkdir()
    sweep("block", tmp_path)
    assert not opened and list(tmp_path.iterdir()) == []
