"""The parts of a file that a page may include by name.

Of Python: any function or class (``softmax``), any method (``Training.advance``), and ``imports``,
the module's import statements. Of any file: what stands between two markers,
``--8<-- [start:name]`` and ``--8<-- [end:name]``, for a section that is no single definition.
"""

import ast
import re
from difflib import SequenceMatcher
from functools import lru_cache

from pagekit.errors import PageError
from pagekit.read.text import split_lines

MARKER = re.compile(
    r"(?<!;)-+8<-+[ \t]+\[[ \t]*(?P<kind>start|end)[ \t]*:[ \t]*(?P<name>[A-Za-z][-\w]*)[ \t]*\]"
)
NAME = re.compile(r"[^\W\d][-\w]*(\.[^\W\d]\w*)*")
IMPORTS = "imports"

Extent = tuple[int, int]  # first line, last line; counted from 1


def sections(text: str) -> dict[str, Extent]:
    """The marked sections of a file: name -> (line of the start marker, line of the end marker).

    Raises:
        PageError: a section never ends, ends without a start, or has a name used before.
    """
    found: dict[str, Extent] = {}
    open_at: dict[str, int] = {}
    for number, line in enumerate(split_lines(text), start=1):
        marker = MARKER.search(line)
        if marker is None:
            continue
        name = marker["name"]
        if marker["kind"] == "start":
            if name in found or name in open_at:
                raise PageError(
                    f"section {name!r} is started twice, the second time in line {number}; "
                    "give each section a name of its own"
                )
            open_at[name] = number
        elif name not in open_at:
            raise PageError(f"line {number} ends section {name!r}, which was not started")
        else:
            found[name] = (open_at.pop(name), number)
    for name, number in open_at.items():
        raise PageError(
            f"section {name!r} starts in line {number} and never ends; "
            f"add the marker `--8<-- [end:{name}]`"
        )
    return found


def definitions(text: str) -> dict[str, list[Extent]]:
    """What a Python module defines: name -> where, more than once where it is defined again.

    Decorators belong to a definition, and so do the comment lines right above it.

    Raises:
        PageError: the text is no Python.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise PageError(f"it is no Python: {error.args[0]}, in line {line}") from error
    rows = split_lines(text)
    found: dict[str, list[Extent]] = {}
    _collect(tree.body, "", rows, found)
    if extent := _imports(tree.body):
        found.setdefault(IMPORTS, []).append(_with_comments(*extent, rows))
    return found


def _collect(
    body: list[ast.stmt], prefix: str, rows: tuple[str, ...], found: dict[str, list[Extent]]
) -> None:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            extent = _with_comments(first, node.end_lineno or first, rows)
            found.setdefault(prefix + node.name, []).append(extent)
            if isinstance(node, ast.ClassDef):
                _collect(node.body, f"{prefix}{node.name}.", rows, found)
            continue
        # A definition may depend on a condition: both branches are looked at.
        for inner in ("body", "orelse", "finalbody", "handlers"):
            _collect(getattr(node, inner, []), prefix, rows, found)


def _imports(body: list[ast.stmt]) -> Extent | None:
    """From the first import statement of a module to the last that follows without other code."""
    statements = iter(body)
    first = next((n for n in statements if isinstance(n, ast.Import | ast.ImportFrom)), None)
    if first is None:
        return None
    last = first
    for node in statements:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        last = node
    return first.lineno, last.end_lineno or last.lineno


def _with_comments(first: int, last: int, rows: tuple[str, ...]) -> Extent:
    indent = len(rows[first - 1]) - len(rows[first - 1].lstrip())
    while first > 1:
        above = rows[first - 2]
        if not above.startswith(" " * indent + "#") or MARKER.search(above):
            break
        first -= 1
    return first, last


@lru_cache(maxsize=512)
def extents(text: str, python: bool) -> dict[str, list[Extent]]:
    """All names of a file that can be included, and the lines that each stands for.

    A marked section that holds the whole definition of its own name, with what belongs to it, is
    what that name means; otherwise each meaning is listed, and a name with two is ambiguous.

    Raises:
        PageError: a marker is at fault, or a Python file is no Python.
    """
    marked = sections(text)
    found = definitions(text) if python else {}
    for name, (start, end) in marked.items():
        others = [e for e in found.get(name, []) if not (start < e[0] and e[1] < end)]
        found[name] = [(start + 1, end - 1), *others]
    return found


def find_section(text: str, name: str, file: str) -> Extent:
    """The first and last line of the section of a file that a name means.

    Args:
        text: the file's text.
        name: ``softmax``, ``Training.advance``, ``imports`` or the name of a marked section.
        file: the file's name; of one that ends in ``.py``, definitions count too.

    Raises:
        PageError: there is no such name (the nearest ones are named first), or two of it.
    """
    known = extents(text, file.endswith(".py"))
    if name not in known:
        nearest = sorted(known, key=lambda other: (-_likeness(name, other), other))
        names = ", ".join(nearest) or "none"
        raise PageError(f"{file} has no section {name!r}; its names, the nearest first: {names}")
    if len(known[name]) > 1:
        places = " and ".join(f"{first}-{last}" for first, last in known[name])
        raise PageError(
            f"{name!r} means {len(known[name])} things in {file}, in lines {places}; "
            "rename one of them"
        )
    return known[name][0]


def _likeness(name: str, other: str) -> float:
    """0 for names that have little in common, which then stand in the order of the alphabet."""
    ratio = SequenceMatcher(None, name.lower(), other.lower()).ratio()
    return ratio if ratio >= 0.5 else 0.0
