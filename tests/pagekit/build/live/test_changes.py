"""The system tells which files changed, for as long as they are watched."""

from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from watchdog import events

from pagekit.build.live.changes import _CHANGES, Changes

LIMIT = 20  # seconds after which a test that waits in vain fails


class Told(events.FileSystemEventHandler):
    """Keeps which files it was told of, each once."""

    def __init__(self) -> None:
        self.files: Queue[str] = Queue()

    def dispatch(self, event: events.FileSystemEvent) -> None:
        self.files.put(Path(str(event.src_path)).name)

    def hears_of(self, name: str) -> set[str]:
        """Wait until it is told of a file; what it was told until then."""
        heard = {self.files.get(timeout=LIMIT)}
        while name not in heard:
            heard.add(self.files.get(timeout=LIMIT))
        return heard


@pytest.fixture
def changes() -> Iterator[Changes]:
    changes = Changes()
    changes.start()
    yield changes
    changes.stop()
    changes.join()
    assert not changes._observer.is_alive()


def wait_for_the_past(changes: Changes, folder: Path) -> None:
    """Wait until changes from before a folder was watched are told: macOS may tell of some."""
    seen = Told()
    changes._observer.schedule(seen, str(folder), event_filter=_CHANGES)
    (folder / "begun.md").write_text("")
    seen.hears_of("begun.md")


def test_a_file_that_is_written_is_told_and_one_that_is_read_is_not(
    changes: Changes, tmp_path: Path
) -> None:
    read, written = tmp_path / "read.md", tmp_path / "written.md"
    read.write_text("a")
    told = Told()
    changes.schedule(told, str(tmp_path))
    (tmp_path / "begun.md").write_text("")
    told.hears_of("begun.md")  # macOS may tell of what was done before
    changes.take()
    assert read.read_text() == "a"
    written.write_text("b")
    assert told.hears_of("written.md") - {"begun.md"} == {"written.md"}
    assert changes.take() - {tmp_path / "begun.md"} == {written}


@pytest.mark.parametrize("asked", [{}, {"recursive": False}, {"recursive": True}])
def test_only_who_asks_is_told_of_folders_within(
    changes: Changes, tmp_path: Path, asked: dict[str, bool]
) -> None:
    (tmp_path / "part").mkdir()
    told = Told()
    changes.schedule(told, str(tmp_path), **asked)
    (tmp_path / "part" / "within.md").write_text("a")
    (tmp_path / "last.md").write_text("b")
    assert ("within.md" in told.hears_of("last.md")) == asked.get("recursive", False)


def test_a_file_alone_is_told_even_if_another_takes_its_place(
    changes: Changes, tmp_path: Path
) -> None:
    file = tmp_path / "mkdocs.yml"
    file.write_text("a: 1")
    told = Told()
    changes.schedule(told, str(file), recursive=True)
    wait_for_the_past(changes, tmp_path)
    told.files.queue.clear()
    changes.take()
    (tmp_path / "beside.yml").write_text("b: 1")
    (tmp_path / ".new").write_text("a: 2")
    (tmp_path / ".new").replace(file)
    assert told.files.get(timeout=LIMIT)
    assert changes.take() == {file}


def test_what_is_watched_no_longer_is_not_told(changes: Changes, tmp_path: Path) -> None:
    told, other = Told(), Told()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    watch = changes.schedule(told, str(tmp_path / "a"))
    changes.schedule(other, str(tmp_path / "b"))
    (tmp_path / "a" / "one.md").write_text("a")
    told.hears_of("one.md")
    changes.unschedule(watch)
    again = Told()
    changes.schedule(again, str(tmp_path / "a"))
    for name in ("a/two.md", "a/three.md", "b/three.md"):
        (tmp_path / name).write_text("a")
    assert "two.md" in again.hears_of("three.md"), "so whoever is told of that folder was told"
    other.hears_of("three.md")
    assert "two.md" not in told.files.queue
