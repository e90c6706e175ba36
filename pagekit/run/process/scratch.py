"""Folders for work under way, which a killed build may leave behind and the next one removes."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pagekit.errors import PageError


@contextmanager
def scratch(kind: str, parent: Path | None = None) -> Iterator[Path]:
    """A new folder, locked as long as its maker lives, and removed at the end.

    Args:
        kind: its name begins with this and a hyphen.
        parent: where it is to lie; the system's folder for such things unless given.

    Raises:
        PageError: nothing can be written there.
    """
    parent = parent or Path(tempfile.gettempdir())
    lock = -1
    while lock < 0:
        path = _new_folder(kind, parent)
        try:
            lock = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue  # another build took it for one left behind, before we held it; so here:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            os.close(lock)
            lock = -1
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _new_folder(kind: str, parent: Path) -> Path:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=parent))
    except OSError as error:
        raise PageError(f"cannot write {parent}: {error.strerror}") from error


def sweep(kind: str, parent: Path | None = None) -> None:
    """Remove the folders of that kind whose makers are gone."""
    for path in (parent or Path(tempfile.gettempdir())).glob(f"{kind}-*"):
        with suppress(OSError):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(lock).st_uid == os.getuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(lock)
