"""Is ``site/`` still what a build would make? A stamp beside it says what it was made of.

It holds two hashes: of all that the site is made of, and of the site's own files. Which blocks are
to run is another question, and is asked before this one: here, their results count as they lie.
"""

import json
import os
import platform
import re
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

from pagekit.course.numbers import day_of, number_of_tests
from pagekit.project import Project, write_whole
from pagekit.run.reads.marks import file_hash
from pagekit.run.results import digest

STAMP = "site.json"

_MADE_OF = (
    *("docs", "overrides", "snippets", "mkdocs.yml"),
    *("benchmarks", "pyproject.toml", "CITATION.cff", "README.md", "LICENSE*"),
)
_VARIABLE = re.compile(r"!ENV\s*\[?([\w, ]+)")
_INCLUDED = re.compile(r"""--8<--\s+["']([^"':]+)""")
_PAGEKIT = Path(__file__).parents[1]


def made_of(project: Project) -> str:
    """A hash of all that the site is made of.

    That is: the pages and what they include, the results of their blocks, what the wheel holds, the
    theme and its settings, this package, the installed packages, how many tests there are, the day
    of the last commit, and the variables that ``mkdocs.yml`` asks for.
    """
    named = (path for name in _MADE_OF for path in project.root.glob(name))
    sources = [*named, *_included(project)]
    drawn = project.generated  # by the build itself, of what counts here already
    files = [path for path in _files(sources) if not path.is_relative_to(drawn)]
    settings = (project.root / "mkdocs.yml").read_text(encoding="utf-8")
    asked = {name.strip() for names in _VARIABLE.findall(settings) for name in names.split(",")}
    return digest(
        {
            "files": _hashes(files, project.root),
            "results": _hashes(_files([project.results]), project.results),
            "pagekit": _hashes(_files([_PAGEKIT]), _PAGEKIT),
            "packages": sorted(p.name for p in _packages().glob("*.dist-info")),
            "python": platform.python_version(),
            "says": [number_of_tests(project), str(day_of(project))],
            "variables": {name: os.environ.get(name) for name in sorted(asked)},
        }
    )


def holds(target: Path, source: str, project: Project) -> bool:
    """Whether a site was made of this, and lies there as it was made."""
    try:
        found = json.loads((project.build / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(found == _stamp(target, source))


def write(target: Path, source: str, project: Project) -> None:
    """Note what a site was made of."""
    write_whole(project.build / STAMP, json.dumps(_stamp(target, source), indent=1) + "\n")


def _stamp(target: Path, source: str) -> dict[str, str]:
    return {
        "folder": str(target),
        "made of": source,
        "files": digest(_hashes(_files([target]), target)),
    }


def _packages() -> Path:
    return Path(sysconfig.get_path("purelib"))


def _included(project: Project) -> list[Path]:
    """What pages include from anywhere in the project."""
    texts = (page.read_text(encoding="utf-8", errors="replace") for page in project.pages())
    names = {name for text in texts for name in _INCLUDED.findall(text)}
    return [project.root / name for name in sorted(names)]


def _files(places: Iterable[Path]) -> Iterator[Path]:
    """The files in folders, at any depth, without compiled modules and hidden files."""
    for place in places:
        if place.is_file():
            yield place
        for folder, names, files in os.walk(place):
            names[:] = sorted(n for n in names if n != "__pycache__" and not n.startswith("."))
            yield from (Path(folder, name) for name in sorted(files) if not name.startswith("."))


def _hashes(files: Iterable[Path], root: Path) -> dict[str, str]:
    return {os.path.relpath(path, root): file_hash(path) for path in files}
