"""What a run turned out to depend on, as its log tells."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path

from pagekit.errors import PageError
from pagekit.run.reads.marks import mark

CHANGED = "changed while it was read"  # no state of anything


@dataclass
class Record:
    """What a run depends on.

    Attributes:
        depends: files and folders of the project -> their state when they were first read.
        versions: installed packages that it imported or read -> their versions.
    """

    depends: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def holds(self, root: Path) -> bool:
        """Whether everything is still as it was."""
        return all(mark(root, name) == state for name, state in self.depends.items()) and all(
            _version(name) == number for name, number in self.versions.items()
        )


def read_log(log: Path) -> Record:
    """Read the log that the processes of a run wrote.

    Raises:
        PageError: it is missing or damaged, or a process could not record what it read.
    """
    depends: dict[str, str] = {}
    packages: set[str] = set()
    names: set[str] = set()
    for kind, name, *state in _lines(log):
        if kind == "read":
            depends[name] = CHANGED if depends.get(name, *state) != state[0] else state[0]
        elif kind == "fault":
            raise PageError(f"what it reads can't be recorded: {name}")
        else:
            (packages if kind == "package" else names).add(name)
    names.update(name for package in packages for name in _distributions().get(package, ()))
    return Record(dict(sorted(depends.items())), versions(names))


def _lines(log: Path) -> list[list[str]]:
    try:
        return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise PageError(f"the record of what it reads is damaged: {error}") from error


def versions(names: Iterable[str]) -> dict[str, str]:
    """The versions of installed packages, by their names as PyPI writes them."""
    return {name: _version(name) for name in sorted({n.lower().replace("_", "-") for n in names})}


@cache
def _distributions() -> dict[str, list[str]]:
    """Which packages bring a module."""
    return dict(metadata.packages_distributions())


@cache
def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
