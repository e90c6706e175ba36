"""The state of what a run depends on, as a short text that changes when it does.

A dependency is named relative to the project: ``snippets/sums.py`` is a file's content,
``snippets/`` the names in a folder, ``build/minigpt/**`` a folder with everything in it.
"""

import hashlib
import os
from functools import cache
from pathlib import Path

WHOLE = "/**"

# Made by the build itself: no block can mean them when it lists the project's own folder.
_MADE = {"build", "site"}


def mark(root: str | Path, name: str) -> str:
    """The state of a dependency; empty if there is no such file or folder."""
    path = Path(root, name.removesuffix(WHOLE))
    if name.endswith(WHOLE):
        return tree_hash(path)
    if name.endswith("/"):
        left_out = _MADE if name == "./" else set()
        return _digest([n for n in _names(path) if n not in left_out]) if path.is_dir() else ""
    return file_hash(path)


def file_hash(path: Path) -> str:
    """The hash of a file's content; empty if there is no such file."""
    try:
        status = path.stat()
        return _content_hash(path, status.st_mtime_ns, status.st_size)
    except OSError:
        return ""


def tree_hash(folder: Path) -> str:
    """The hash of a folder's files, with their names, at any depth; empty if there is no folder."""
    if not folder.is_dir():
        return ""
    parts = []
    for name in _names(folder):
        path = folder / name
        parts.append(f"{name} {tree_hash(path) if path.is_dir() else file_hash(path)}")
    return _digest(parts)


def _names(folder: Path) -> list[str]:
    """What counts in a folder: no compiled modules, and no hidden files, which editors leave."""
    return sorted(n for n in os.listdir(folder) if n != "__pycache__" and not n.startswith("."))


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


@cache
def _content_hash(path: Path, _changed: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
