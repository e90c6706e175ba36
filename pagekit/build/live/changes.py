"""Which files changed, as the system itself tells: nobody looks, so an idle preview costs nothing.

MkDocs' own preview looks at every file twice a second. Its server asks whatever is its
``observer``, so it gets this one; ``watchdog`` comes with MkDocs.
"""

import threading
from collections.abc import Callable
from pathlib import Path

from watchdog import events
from watchdog.observers import Observer
from watchdog.observers.api import ObservedWatch

# Not those of files that were merely opened and closed: a build opens them all.
_CHANGES: list[type[events.FileSystemEvent]] = [
    *(events.FileCreatedEvent, events.FileModifiedEvent),
    *(events.FileMovedEvent, events.FileDeletedEvent),
    *(events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent),
]


class Changes:
    """An observer for MkDocs' server that keeps which files changed."""

    def __init__(self) -> None:
        self._observer = Observer()
        self._handlers: list[events.FileSystemEventHandler] = []
        self._changed: set[Path] = set()
        self._lock = threading.Lock()

    def schedule(
        self, event_handler: events.FileSystemEventHandler, path: str, recursive: bool = False
    ) -> ObservedWatch:
        """Tell a handler of each change of a file, or of the files in a folder."""
        place = Path(path)
        folder = place if place.is_dir() else place.parent  # an editor may put a new file there
        self._handlers.append(event_handler)
        return self._observer.schedule(
            _Relay(place, self._note, event_handler),
            str(folder),
            recursive=recursive and folder == place,
            event_filter=_CHANGES,
        )

    def tell(self, path: Path) -> None:
        """Take a file for changed: what is shown of it did change."""
        self._note(path)
        for handler in self._handlers[:1]:
            handler.dispatch(events.FileModifiedEvent(str(path)))

    def take(self) -> set[Path]:
        """The files that changed since this was last asked."""
        with self._lock:
            taken, self._changed = self._changed, set()
        return taken

    def start(self) -> None:
        """Begin; raises OSError where the system can't watch so many folders."""
        self._observer.start()

    def stop(self) -> None:
        """End."""
        self._observer.stop()

    def join(self) -> None:
        """Wait for the end."""
        self._observer.join()

    def unschedule(self, watch: ObservedWatch) -> None:
        """Watch something no longer."""
        self._observer.unschedule(watch)

    def _note(self, path: Path) -> None:
        with self._lock:
            self._changed.add(path)


class _Relay(events.FileSystemEventHandler):
    """Hands on the changes of what an author edits."""

    def __init__(
        self, place: Path, note: Callable[[Path], None], handler: events.FileSystemEventHandler
    ) -> None:
        self._place = place
        self._note = note
        self._handler = handler

    def dispatch(self, event: events.FileSystemEvent) -> None:
        """Note the file, then tell."""
        paths = {Path(str(name)) for name in (event.src_path, event.dest_path) if name}
        edited = {path for path in paths if is_edited(path, self._place)}
        if edited and not event.is_directory:
            for path in edited:
                self._note(path)
            self._handler.dispatch(event)


def is_edited(path: Path, place: Path) -> bool:
    """Whether a file is one that an author edits in ``place``, and not an editor's own."""
    if not path.is_relative_to(place):
        return False
    parts = path.relative_to(place).parts
    return not any(part.startswith((".", "#")) or part == "__pycache__" for part in parts) and not (
        path.name.endswith("~")
    )
