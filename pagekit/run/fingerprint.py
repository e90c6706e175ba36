"""Does what was made still belong to the code that made it? A hash tells, and nothing is run."""

import ast
import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path


def fingerprint(module: str, root: Path) -> str:
    """A hash of the code of a module of the folder ``root``, and of all that it imports there.

    Comments, layout and texts that only a person reads do not count (see ``code_hash``).
    """
    digest = hashlib.sha256()
    for name, path in sources_of(module, root).items():
        digest.update(f"{name} {code_hash(path)}\n".encode())
    return digest.hexdigest()


def sources_of(module: str, root: Path) -> dict[str, Path]:
    """A module and all modules of ``root`` that it imports, however indirectly: name -> file.

    Found by reading the import statements, wherever in a file they stand. A package counts with
    its ``__init__.py``, and as the module named with the ``__main__.py`` that ``python -m`` runs.

    Raises:
        ValueError: there is no such module.
    """
    found: dict[str, Path] = {}
    seen: set[str] = set()
    waiting = {module, f"{module}.__main__"}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if path := _file_of(name, root):
            found[name] = path
            waiting.update(_parents(name), _imports(path, _package_of(name, path)))
            waiting -= seen
    if module not in found:
        raise ValueError(f"there is no module {module} in {root}")
    return dict(sorted(found.items()))


def libraries_of(module: str, root: Path) -> dict[str, str]:
    """The installed packages that a module and all that it imports in ``root`` import: versions.

    A package that is not installed has the version ``""``.
    """
    names = {
        name.partition(".")[0]
        for found, path in sources_of(module, root).items()
        for name in _imports(path, _package_of(found, path))
    }
    outside = {n for n in names if n not in sys.stdlib_module_names and not _file_of(n, root)}
    return {name: _version(name) for name in sorted(outside)}


def code_hash(path: Path) -> str:
    """A hash of what a Python file does.

    Comments, layout, docstrings, messages of exceptions that it raises, and the ``help=`` of
    options do not count: a better explanation must not cost a new training run.
    """
    status = path.stat()
    return _code_hash(path, status.st_mtime_ns, status.st_size)


@cache
def _code_hash(path: Path, _changed: int, _size: int) -> str:
    tree = ast.parse(path.read_bytes())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                del node.body[0]
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            node.exc = node.exc.func
        elif isinstance(node, ast.keyword) and node.arg == "help":
            node.value = ast.Constant(None)
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _file_of(name: str, root: Path) -> Path | None:
    stem = os.path.join(root, *name.split("."))
    candidates = (os.path.join(stem, "__init__.py"), f"{stem}.py")
    return next((Path(path) for path in candidates if os.path.isfile(path)), None)


def _package_of(name: str, path: Path) -> str:
    """The package that the relative imports of a module start from."""
    return name if path.name == "__init__.py" else name.rpartition(".")[0]


def _parents(name: str) -> Iterator[str]:
    """The packages that Python imports before a module: of ``a.b.c``, ``a.b`` and ``a``."""
    while "." in name:
        name = name.rpartition(".")[0]
        yield name


def _imports(path: Path, package: str) -> list[str]:
    status = path.stat()
    return _names(path, package, status.st_mtime_ns, status.st_size)


@cache
def _names(path: Path, package: str, _changed: int, _size: int) -> list[str]:
    """What a file's import statements name; of ``from a import b``, both ``a`` and ``a.b``."""
    names = []
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package.split(".")[: len(package.split(".")) - node.level + 1]
            base = ".".join([*(start if node.level else []), *filter(None, [node.module])])
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names


@cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # imported under another name than it is installed by
        made_by = packages_distributions().get(name, [])
        return " ".join(f"{one} {version(one)}" for one in sorted(set(made_by)))
