"""Files and folders that are written whole or not at all."""

import os
import shutil
from pathlib import Path


# --8<-- [start:file]
def write_file(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all.

    It is written beside and then renamed over the older one, so that a process killed at any moment
    leaves the older or the newer file, never a half of one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.new")
    try:
        write_through(aside, data)
        aside.replace(path)  # (!)
    except OSError:
        aside.unlink(missing_ok=True)
        raise


def write_through(path: Path, data: bytes) -> None:
    """Writes a file, and waits until it is on the disk and not only in the system's memory."""
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())  # (!)


# --8<-- [end:file]


def write_folder(folder: Path, contents: dict[str, bytes]) -> None:
    """Writes files to a fresh folder beside, then renames it into the place of an older one.

    Killed at any moment, or out of disk space, it leaves at most folders called `.NAME.new` and
    `.NAME.old`, which the next call removes; NAME itself is whole, or absent.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    aside = folder.with_name(f".{folder.name}.new")
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(aside, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)
    try:
        aside.mkdir()
        for name, content in contents.items():
            write_through(aside / name, content)
    except OSError:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    if folder.exists():  # a folder cannot be renamed over another
        folder.rename(old)
    aside.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
