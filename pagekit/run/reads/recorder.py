"""Records what a process reads of the project, and which packages it uses.

One of these is at work in every block, in every lab's kernel, and (through ``recording``) in every
Python that those start. Each adds to the run's log as it goes, because a process may be killed:
one JSON line for each dependency, with its state *when it was first read*, so that what is saved
while a block runs makes the result stale.
"""

import ast
import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import suppress

from pagekit.run.reads.marks import WHOLE, mark

LOG, ROOT = "PAGEKIT_RECORD", "PAGEKIT_RECORD_ROOT"  # the variables that hand both on

_PACKAGE = re.compile(r"[/\\](?:site|dist)-packages[/\\](?P<name>[^/\\]+)")
_METADATA = re.compile(r"(?P<name>.+?)(?:-[^-]+)?\.(?:dist|egg)-info$")
_PATH = re.compile(r"[\w.+/-]*/[\w.+/-]*")


class Recorder:
    """Adds what is read to a log, each thing once.

    A folder under ``build`` counts as a whole, whatever is read of it: what was trained or drawn
    there belongs together, and compiled readers (safetensors) tell nobody of the rest.

    Args:
        root: the project's folder; what lies outside is no dependency.
        log: the file to add to.
    """

    def __init__(self, root: str, log: str) -> None:
        self.root = root.rstrip(os.sep) + os.sep
        self._log = log
        self._ignored = tuple(f"{self.root}{n}{os.sep}" for n in (".venv", ".git", "pagekit"))
        self._noted: set[tuple[str, str]] = set()
        self._written: set[str] = set()
        for module in list(sys.modules):
            self.package(module)

    def package(self, module: str) -> None:
        """Count the package that a module belongs to."""
        self._add("package", module.partition(".")[0])

    def read(self, path: str) -> None:
        """Count a file: as one of the project's, or for the package that brought it."""
        path = _source(os.path.normpath(path))
        if not path.startswith(self.root) or path.startswith(self._ignored):
            self._installed(path)
        elif path not in self._written:
            name = path[len(self.root) :].replace(os.sep, "/")
            made = name.split("/")[:2]
            if made[0] == "build" and os.path.isdir(os.path.join(self.root, *made)):
                self.whole(name)
            else:
                self._depend(name)

    def written(self, path: str) -> None:
        """A file that this run makes is none that it depends on."""
        if path.startswith(self.root):
            self._written.add(path)

    def listed(self, folder: str) -> None:
        """Count the names in a folder."""
        folder = os.path.join(folder, "")
        if folder.startswith(self.root) and not folder.startswith(self._ignored):
            name = folder[len(self.root) :].replace(os.sep, "/")
            if name.startswith("build/") and name != "build/":
                self.whole(name)
            else:
                self._depend(name or "./")

    def whole(self, name: str) -> None:
        """Count a folder with everything in it; ``name`` is relative to the project."""
        parts = name.strip("/").split("/")
        self._depend("/".join(parts[:2] if parts[0] == "build" else parts) + WHOLE)

    def mapped(self) -> None:
        """Count the files of the project that this process has mapped into memory (on Linux)."""
        with suppress(OSError), open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:
            for line in maps:
                if self.root in line:
                    self.read(self.root + line.rstrip("\n").partition(self.root)[2])

    def code(self, source: str) -> None:
        """Count what the strings of Python code name: files, and folders under ``build``."""
        tree = ast.parse(source)
        told = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # docstrings
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and id(node) not in told:
                self.words(text, folders=False)

    def words(self, text: str, folders: bool = True) -> None:
        """Count the project's files, and its folders, whose path is a word of a text."""
        for word in set(_PATH.findall(text)):
            for tail in _tails(word):
                if os.path.isfile(self.root + tail):
                    self.read(self.root + tail)
                elif "/" not in tail or not os.path.isdir(self.root + tail):
                    continue
                elif folders or tail.startswith("build/"):
                    self.whole(tail)

    def fault(self, message: str) -> None:
        """Have the run refused: something was not recorded."""
        self._write("fault", message)

    def _installed(self, path: str) -> None:
        if found := _PACKAGE.search(path):
            if data := _METADATA.match(found["name"]):
                if not _all_are_read():
                    self._add("distribution", data["name"])
            else:
                self.package(found["name"])

    def _depend(self, name: str) -> None:
        if ("read", name) not in self._noted:
            self._noted.add(("read", name))
            self._write("read", name, mark(self.root, name))

    def _add(self, kind: str, name: str) -> None:
        if (kind, name) not in self._noted:
            self._noted.add((kind, name))
            self._write(kind, name)

    def _write(self, *line: str) -> None:
        # Opened anew for each line: whatever a block does to its descriptors, no line is lost.
        handle = os.open(self._log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, json.dumps(line).encode() + b"\n")
        finally:
            os.close(handle)


def _tails(word: str) -> Iterator[str]:
    """A path with none, one, two … of its first folders left out."""
    parts = word.strip("/").split("/")
    return ("/".join(parts[first:]) for first in range(len(parts)) if parts[first])


def _source(path: str) -> str:
    """The source of a compiled module, any other path as it is.

    Python takes a compiled module for current if the source's time, in whole seconds, is the one
    that it was compiled from. So one that is no younger than its source is removed, or a source
    saved twice within a second would be read as it was the first time.
    """
    folder, file = os.path.split(path)
    if not file.endswith(".pyc") or os.path.basename(folder) != "__pycache__":
        return path
    source = os.path.join(os.path.dirname(folder), f"{file.partition('.')[0]}.py")
    with suppress(OSError):
        if int(os.stat(source).st_mtime) >= int(os.stat(path).st_mtime):
            os.unlink(path)
    return source


def _all_are_read() -> bool:
    """Whether the metadata of all packages is being read, for a table: that uses none of them."""
    frame = sys._getframe(1)
    while frame.f_back is not None:
        if frame.f_code.co_name in {"packages_distributions", "entry_points"}:
            return True
        frame = frame.f_back
    return False
