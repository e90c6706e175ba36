"""``python -m pagekit.run.making NAME``: the process in which one artefact is made.

The command fills a folder of its own below ``build/making``, whose path holds the artefact's mark:
what a killed run left there is found by the next one only if nothing has changed meanwhile. The
whole folder then takes its place in ``build/``, in one step.
"""

import fcntl
import json
import runpy
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pagekit.errors import PageError
from pagekit.project import Project, write_whole
from pagekit.run.artefact_list import FOLDER, LIST, Artefact, declared
from pagekit.run.artefacts import MADE, files_of, mark, mark_of


def make_one(artefact: Artefact, project: Project) -> int:
    """Make an artefact, unless it is fresh; all that it needs is made. Returns an exit status.

    Raises:
        PageError: the command says that all went well, but its folder is empty.
    """
    target, place = artefact.folder(project), project.build / "making" / artefact.name
    with alone(place):
        expected = mark(artefact, project)
        if mark_of(target) == expected:
            return 0
        clear(place, keep=expected)
        folder = place / expected / artefact.name
        if mark_of(folder) != expected:
            (folder / MADE).unlink(missing_ok=True)  # the command knows nothing of it
            folder.parent.mkdir(exist_ok=True)
            if status := run(artefact, project, folder):
                return status
            if not (files := files_of(folder)):
                raise PageError(f"{artefact.name} was not made: its command made no file", LIST)
            if mark(artefact, project) != expected:
                raise PageError(f"{artefact.name}: its code or data changed meanwhile", LIST)
            text = json.dumps({"mark": expected, "files": files}, indent=1)
            write_whole(folder / MADE, text)
        if target.exists() or target.is_symlink():  # a folder can't be renamed over another
            (place / "before").mkdir()
            target.rename(place / "before" / artefact.name)
        folder.rename(target)
        clear(place)
    return 0


LOCK = "lock"


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Wait until no other process makes the same; the lock ends with its process, killed or not."""
    place.mkdir(parents=True, exist_ok=True)
    with open(place / LOCK, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{place.name} is being made by another process: waiting", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def clear(place: Path, keep: str = "") -> None:
    """Remove what was begun for another mark, and what a killed run left behind."""
    for path in place.iterdir():
        if path.is_dir() and path.name != keep:
            shutil.rmtree(path)


def run(artefact: Artefact, project: Project, folder: Path) -> int:
    """Run the command within this process, so that whoever ends the one ends the other."""
    name = str(folder.relative_to(project.root))
    words = [word.replace(FOLDER, name) for word in shlex.split(artefact.command)]
    before, sys.argv = sys.argv, words[2:]
    try:
        runpy.run_module(artefact.module, run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        if isinstance(stop.code, str):
            print(stop.code, file=sys.stderr)
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    finally:
        sys.argv = before
    return 0


def main() -> int:
    """Make the artefact that the command line names."""
    project = Project.here()
    try:
        return make_one(declared(project)[sys.argv[1]], project)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
