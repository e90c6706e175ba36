"""The recorded results of chains: their keys, their files, and whether they are still true."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pagekit.project import Project, write_whole
from pagekit.read.blocks import Chain, Page

LIBRARIES = ("torch", "numpy", "matplotlib")


@dataclass
class Segment:
    """What one fence of a chain printed and drew."""

    output: str = ""
    figures: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class Result:
    """What a chain did when it ran.

    Attributes:
        segments: one for each fence.
        values: the inline values, expression -> text.
        depends: the project's files that the run imported or read -> hash of their content.
    """

    segments: list[Segment]
    values: dict[str, str]
    depends: dict[str, str]


def key(page: Page, chain: Chain, project: Project) -> str:
    """The name under which a chain's result is recorded.

    It covers what is known before the run: the page, the chain's expanded source and options,
    the values asked of it, the versions of the libraries, the data packages, and the recorder.
    What the run itself turns out to import and read is kept in ``Result.depends``.
    """
    parts = {
        "page": page.name,
        "kind": chain.kind,
        "sources": [fence.code for fence in chain.fences],
        "values": sorted({value.expression for value in chain.values}),
        "libraries": _libraries(),
        "data": file_hash(project.root / "requirements-data.txt"),
        "recorder": _recorder(),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def result_path(page: Page, chain: Chain, project: Project) -> Path:
    """The file of a chain's result."""
    folder = Path(page.name).with_suffix("").relative_to("docs")
    return project.results / folder / f"{key(page, chain, project)}.json"


def save(result: Result, page: Page, chain: Chain, project: Project) -> None:
    """Record a result, whole or not at all."""
    write_whole(result_path(page, chain, project), json.dumps(asdict(result), indent=1))


def load(page: Page, chain: Chain, project: Project) -> Result | None:
    """The recorded result, or ``None`` if there is none, it is stale, or it is damaged."""
    try:
        raw = json.loads(result_path(page, chain, project).read_text(encoding="utf-8"))
        segments = [Segment(**segment) for segment in raw["segments"]]
        result = Result(segments, dict(raw["values"]), dict(raw["depends"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if len(result.segments) != len(chain.fences):
        return None
    for name, expected in result.depends.items():
        if file_hash(project.root / name) != expected:
            return None
    return result


def stale(page: Page, project: Project) -> list[Chain]:
    """The chains that are to run and have no true result."""
    return [c for c in page.chains if c.not_run is None and load(page, c, project) is None]


def prune(page: Page, project: Project) -> None:
    """Remove the results of chains that the page no longer has."""
    current = {result_path(page, chain, project) for chain in page.chains}
    folder = project.results / Path(page.name).with_suffix("").relative_to("docs")
    for path in folder.glob("*.json"):
        if path not in current:
            path.unlink(missing_ok=True)


def file_hash(path: Path) -> str:
    """The hash of a file's content; empty if there is no such file."""
    try:
        status = path.stat()
    except OSError:
        return ""
    return _content_hash(path, status.st_mtime_ns, status.st_size)


@cache
def _content_hash(path: Path, _changed: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _libraries() -> dict[str, str]:
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = ""
    return found


@cache
def _recorder() -> str:
    """A hash of the code that makes a result out of a run: a change to it makes all stale."""
    return file_hash(Path(__file__).with_name("worker.py"))
