"""Reads requirements, those that people write and those in lock files.

Only the standard library: this runs before anything is installed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent

# What people write, and the lock files that its packages are in. What site and tests both need is
# only in those of the site.
INPUTS = {
    "requirements.txt": ("torch", "site"),
    "requirements-test.txt": ("torch", "site", "test", "uv"),
    "requirements-data.txt": ("data",),
}

BUILDS = ("torch", "torch-cpu")
LOCKS = (*BUILDS, "site", "cuda", "test", "data", "uv")

_PIN = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s;]+)\s*(?:;\s*([^\\]*))?")
_COMMENT = re.compile(r"^ +#(?: +via)? *(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One package of a lock file.

    Attributes:
        name: its normalized name.
        version: the version it is locked at.
        marker: where it is installed; empty means everywhere.
        hashes: the SHA-256 hashes of its files, sorted.
        via: the packages, or input files (`-r …`), that ask for it.
    """

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]
    via: frozenset[str]


def normalized(name: str) -> str:
    """A package's name as the index spells it, after PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text: str) -> dict[str, str]:
    """The version of each package that an input file pins, by normalized name.

    Raises:
        ValueError: a line pins no exact version.
    """
    found = {}
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            match = _PIN.match(line.strip())
            if match is None:
                raise ValueError(f"not an exact version (name==version): {line.strip()!r}")
            found[normalized(match[1])] = match[2]
    return found


def _askers(block: str) -> Iterator[str]:
    """The packages and input files of a comment `# via …`, on one line or on several."""
    for line in _COMMENT.findall(block):
        for name in filter(None, line.split(", ")):
            yield name if name.startswith("-r ") else normalized(name)


def entries(text: str) -> Iterator[Entry]:
    """The entries of a lock file, in its order."""
    for block in re.split(r"^(?=[\w])", text, flags=re.MULTILINE):
        match = _PIN.match(block)
        if match:
            yield Entry(
                normalized(match[1]),
                match[2],
                (match[3] or "").strip(),
                tuple(sorted(re.findall(r"--hash=sha256:([0-9a-f]{64})", block))),
                frozenset(_askers(block)),
            )


def lock(name: str) -> list[Entry]:
    """The entries of the lock file `locks/<name>.txt`; none while there is no such file."""
    path = FOLDER / f"{name}.txt"
    return list(entries(path.read_text("utf-8"))) if path.exists() else []
