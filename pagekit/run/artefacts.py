"""Is an artefact still what its entry in the list would make? And what is made in which order?

An artefact is a folder ``build/NAME`` that one command fills. ``made.json`` in it says what it was
made from and what was made; nothing else decides whether it is fresh. The list is read by
``artefact_list.py``, and the process that makes one is ``making.py``; here is what a schedule
needs, and nothing that takes long to import.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.run.artefact_list import LIST, Artefact, Named, declared, of_page
from pagekit.run.environment import environment, processor
from pagekit.run.fingerprint import fingerprint, libraries_of
from pagekit.run.parallel import schedule
from pagekit.run.reads.marks import file_hash
from pagekit.suggest import did_you_mean

__all__ = ["LIST", "Artefact", "command", "declared", "fresh", "make", "of_page", "recorded"]

MADE = "made.json"


def fresh(artefact: Artefact, project: Project) -> bool:
    """Whether it is there, as it was made, from what its entry names and as that is now."""
    known = declared(project)
    return mark_of(artefact.folder(project)) == mark(artefact, project) and all(
        fresh(known[name], project) for name in artefact.needs
    )


def mark_of(folder: Path) -> str:
    """The mark of a folder whose files are those that were made; else empty."""
    try:
        made = json.loads((folder / MADE).read_text(encoding="utf-8"))
        return str(made["mark"]) if made["files"] == files_of(folder) else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def files_of(folder: Path) -> dict[str, str]:
    """The files of an artefact: path -> hash of the content.

    Its mark is not one of them, nor are hidden files, which a desktop may put anywhere.
    """
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    return {
        name: file_hash(path)
        for name, path in paths.items()
        if path.is_file() and not path.name.startswith(".") and name != MADE
    }


def mark(artefact: Artefact, project: Project) -> str:
    """A hash of all that an artefact is made from: what it needs has to be made already."""
    module, root = artefact.module, project.root
    try:
        code, libraries = fingerprint(module, root), libraries_of(module, root)
    except (ValueError, OSError) as error:
        raise PageError(f"{artefact.name}: {error}", LIST) from error
    parts = {
        "command": artefact.command,
        "code": code,
        "libraries": {"python": list(sys.version_info[:2]), **libraries},
        "packages": {name: _version(name) for name in artefact.packages},
        "data": {name: file_hash(root / name) for name in artefact.data},
        "needs": {name: file_hash(project.build / name / MADE) for name in artefact.needs},
        "processor": processor(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def recorded(
    depends: Mapping[str, str],
    page: Named,
    reader: str,
    line: int,
    project: Project,
    code: str | None = None,
) -> dict[str, str]:
    """What a result depends on, each artefact by the one file that holds the hashes of all its own.

    Where an artefact's files are not those that were made, each counts as well.

    Args:
        depends: files and folders of the project that were read -> their states.
        page: the page or lab that read them.
        reader: what of it did, for messages: a ``block`` or a ``lab``.
        line: where that begins.
        project: the project.
        code: what the reader runs, where it only waits for artefacts that its code may read.

    Raises:
        PageError: an artefact was read that the page does not name, or the code does not.
    """
    found = dict(depends)
    for name, artefact in declared(project).items():
        folder = artefact.folder(project)
        places = {read: project.root / read for read in depends}
        inside = {n for n, path in places.items() if folder in (path, *path.parents)}
        if not inside:
            continue
        if name not in page.artefacts:
            wanted = ", ".join([*page.artefacts, name])
            raise PageError(
                f"this {reader} reads build/{name}; name it in the front matter: "
                f"artefacts: [{wanted}]",
                page.name,
                line,
            )
        if code is not None and not artefact.may_be_read(code):
            raise PageError(
                f"this {reader} reads build/{name} by none of the names that {LIST} lists for that "
                f"({', '.join(artefact.read_by)}), so it would not wait for it: add one to read_by",
                page.name,
                line,
            )
        if mark_of(folder):
            found = {read: state for read, state in found.items() if read not in inside}
        found[project.relative(folder / MADE)] = file_hash(folder / MADE)
    return dict(sorted(found.items()))


def command(artefact: Artefact, project: Project) -> list[str]:
    """What makes it, to be run in the project's folder, once all that it needs is made.

    Progress goes to standard error. Killed at any moment and run again, it goes on, as far as the
    artefact's own command can; two at once do not disturb each other.
    """
    return [sys.executable, "-m", "pagekit.run.making", artefact.name]


def make(names: Iterable[str], project: Project) -> list[str]:
    """Make these and what they need, in order, where they are not fresh; returns what was made.

    Raises:
        PageError: a name is not declared, or a command failed.
    """
    known = declared(project)
    wanted, waiting = set(), list(names)
    while waiting:
        name = waiting.pop()
        if name not in known:
            raise PageError(f"there is no artefact {name!r}{did_you_mean(name, known)}", LIST)
        wanted.add(name)
        waiting += known[name].needs
    made = []
    for artefact in (a for name, a in known.items() if name in wanted):
        if not fresh(artefact, project):
            print(f"making {artefact.name}: {artefact.command}", file=sys.stderr, flush=True)
            done = subprocess.run(
                command(artefact, project),
                cwd=project.root,
                env=environment(project.root, schedule.cores()),  # one at a time: it has them all
                check=False,
            )
            if done.returncode:
                raise PageError(f"{artefact.name} was not made: its command failed", LIST)
            made.append(artefact.name)
    return made


def make_for(pages: Iterable[Named], project: Project) -> list[str]:
    """Make what these pages and labs name, as ``make`` does."""
    return make([artefact.name for page in pages for artefact in of_page(page, project)], project)


def main() -> int:
    """Make the artefacts that the command line names, or all."""
    project = Project.here()
    try:
        made = make(sys.argv[1:] or declared(project), project)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    if not made:
        print("nothing to make: same code, data, settings and libraries")
    return 0


if __name__ == "__main__":
    sys.exit(main())
