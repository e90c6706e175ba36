"""The list of what takes long to make and several pages read: ``artefacts.toml``."""

import re
import shlex
import tomllib
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Protocol

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.settings.front_matter import line_of_artefacts
from pagekit.suggest import did_you_mean

LIST = "artefacts.toml"
FOLDER = "{folder}"  # stands, in a command, for the folder to fill


@dataclass(frozen=True)
class Artefact:
    """An entry of the list.

    Attributes:
        name: of its folder in ``build/`` and in the front matter of pages.
        command: what fills the folder, ``python -m MODULE … {folder} …``. Its code is the module
            with all that it imports from the project.
        packages: installed packages that it reads as data.
        data: files of the project that it reads.
        needs: the artefacts that it is made from.
        read_by: names by which code reads it, such as a function that loads it. A block with none
            of them need not wait for it; unless given, every block of its pages waits.
    """

    name: str
    command: str
    packages: tuple[str, ...] = ()
    data: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    read_by: tuple[str, ...] = ()

    def may_be_read(self, code: str) -> bool:
        """Whether this code may read it, as far as names tell."""
        names = "|".join(map(re.escape, self.read_by))
        return not names or bool(re.search(rf"(?<!\w)({names})(?!\w)", code))

    @property
    def module(self) -> str:
        """The module that the command runs."""
        return shlex.split(self.command)[2]

    def folder(self, project: Project) -> Path:
        """Where it lies once it is made."""
        return project.build / self.name


def declared(project: Project) -> dict[str, Artefact]:
    """The artefacts of the project, by name, each after those that it needs.

    Raises:
        PageError: the list can't be read, or something in it makes no sense.
    """
    path = project.root / LIST
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        known = {name: _artefact(name, entry) for name, entry in found.items()}
        for artefact in known.values():
            _check_data(artefact, project)
        order = TopologicalSorter({n: _known_needs(a, known) for n, a in known.items()})
        return {name: known[name] for name in order.static_order()}
    except CycleError as error:
        raise PageError(f"these need one another: {', '.join(error.args[1])}", LIST) from error
    except ValueError as error:
        raise PageError(str(error), LIST) from error


def _artefact(name: str, entry: Any) -> Artefact:
    lists = ("packages", "data", "needs", "read_by")
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise ValueError(f"{name!r} is no name; use small letters, digits and hyphens")
    if not isinstance(entry, dict) or not isinstance(entry.get("command"), str):
        raise ValueError(f"{name} has no command")
    if unknown := sorted(entry.keys() - {"command", *lists}):
        raise ValueError(f"{name}: {unknown[0]!r} is unknown" + did_you_mean(unknown[0], lists))
    words = shlex.split(entry["command"])
    if words[:2] != ["python", "-m"] or FOLDER not in words[3:]:
        raise ValueError(f"{name}: the command is not of the form `python -m MODULE … {FOLDER} …`")
    for key in lists:
        if not isinstance(entry.get(key, []), list) or not all(
            isinstance(value, str) for value in entry.get(key, [])
        ):
            raise ValueError(f"{name}: {key} is not a list of names")
    return Artefact(name, entry["command"], *(tuple(entry.get(key, ())) for key in lists))


def _known_needs(artefact: Artefact, known: dict[str, Artefact]) -> tuple[str, ...]:
    for name in artefact.needs:
        if name not in known:
            raise ValueError(
                f"{artefact.name} needs {name!r}, which is not declared" + did_you_mean(name, known)
            )
    return artefact.needs


def _check_data(artefact: Artefact, project: Project) -> None:
    for name in artefact.data:
        if not (project.root / name).is_file():
            raise ValueError(f"{artefact.name}: there is no file {name}")


class Named(Protocol):
    """A page or a lab."""

    @property
    def name(self) -> str:
        """How it is called in messages."""

    @property
    def artefacts(self) -> tuple[str, ...]:
        """The artefacts that its front matter names."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Its text."""


def of_page(page: Named, project: Project) -> list[Artefact]:
    """The artefacts that a page names.

    Raises:
        PageError: it names one that is not declared.
    """
    known = declared(project)
    for name in page.artefacts:
        if name not in known:
            line = line_of_artefacts(page.lines)
            near = did_you_mean(name, known) or f"; {LIST} has the list"
            raise PageError(f"there is no artefact {name!r}{near}", page.name, line)
    return [known[name] for name in page.artefacts]
