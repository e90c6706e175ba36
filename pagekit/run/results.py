"""The recorded results of chains: their keys, their files, and whether they are still true."""

import hashlib
import json
import platform
import shutil
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pagekit.project import Project, write_whole
from pagekit.read.blocks import Chain, Page
from pagekit.run.environment import processor
from pagekit.run.reads.marks import file_hash
from pagekit.run.reads.record import Record

# Options of a fence that change how its result is shown, or how long it may take; any other
# counts. Of alt text only whether there is any: the figure is checked against that.
SHOWN = {"title", "caption", "linenums", "timeout"}

# Of this folder, what decides when a block runs, and not what comes of it.
DRIVERS = {
    *("parallel", "artefact_list.py", "artefacts.py", "chains.py", "fingerprint.py"),
    *("making.py", "plugin.py", "provenance.py", "recorded.py", "session.py"),
}


@dataclass
class Segment:
    """What one fence of a chain printed and drew.

    Attributes:
        output: the text that it printed.
        figures: its figures, as SVG.
        phone: the same figures as a phone is to show them, in order; empty texts for those that
            are narrow enough as they are. A run that was kept before there were any has none.
        seconds: how long it ran.
    """

    output: str = ""
    figures: list[str] = field(default_factory=list)
    phone: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass
class Result:
    """What a chain did when it ran.

    Attributes:
        segments: one for each fence.
        values: the inline values, expression -> text.
        record: what the run turned out to depend on.
        measured: where and when, where it is no run of this build but one kept with the pages.
    """

    segments: list[Segment]
    values: dict[str, str]
    record: Record = field(default_factory=Record)
    measured: dict[str, Any] = field(default_factory=dict)

    @property
    def depends(self) -> dict[str, str]:
        """The project's files and folders that the run read -> their state then."""
        return self.record.depends


def result_of(outcome: dict[str, Any]) -> Result:
    """The result of a run that went well, as the fork server tells of it."""
    segments = [Segment(**segment) for segment in outcome["segments"]]
    return Result(segments, outcome["values"], outcome["record"])


def key(page: Page, chain: Chain, project: Project) -> str:
    """The name under which a chain's result is recorded.

    It covers what is known before the run: the page, what the chain is (``code_of``), and what
    every run shares (``shared``). What the run itself turns out to import and read is kept in
    ``Result.record``.
    """
    return digest({"page": page.name, **code_of(chain), **shared(project)})[:24]


def code_of(chain: Chain) -> dict[str, Any]:
    """What a chain is: its expanded source, its options, and the values asked of it."""
    return {
        "kind": chain.kind,
        "sources": [fence.code for fence in chain.fences],
        "options": [_counted(fence.options) for fence in chain.fences],
        "values": sorted({value.expression for value in chain.values}),
    }


def shared(project: Project) -> dict[str, Any]:
    """What any run depends on: Python, the data packages, the processor, and the recorder."""
    return {
        "python": [platform.python_implementation(), platform.python_version()],
        "data": file_hash(project.root / "requirements-data.txt"),
        "processor": processor(),
        "recorder": _recorder(),
    }


def digest(content: Any) -> str:
    """The hash of what JSON can hold."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _counted(options: dict[str, str]) -> dict[str, Any]:
    kept: dict[str, Any] = {name: text for name, text in options.items() if name not in SHOWN}
    if "alt" in kept:
        kept["alt"] = bool(kept["alt"].strip())
    return kept


def result_path(page: Page, chain: Chain, project: Project) -> Path:
    """The file of a chain's result."""
    folder = Path(page.name).with_suffix("").relative_to("docs")
    return project.results / folder / f"{key(page, chain, project)}.json"


def save(result: Result, page: Page, chain: Chain, project: Project) -> None:
    """Record a result, whole or not at all."""
    write_whole(result_path(page, chain, project), sealed(asdict(result)))


def load(page: Page, chain: Chain, project: Project) -> Result | None:
    """The recorded result, or ``None`` if there is none, it is stale, or it was changed."""
    try:
        result = unsealed(result_path(page, chain, project).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if len(result.segments) != len(chain.fences) or not result.record.holds(project.root):
        return None
    return result


def sealed(content: dict[str, Any]) -> str:
    """The text of a result's file, with a checksum in it, so that an edited number is noticed."""
    whole = {"checksum": digest(content), **content}
    return json.dumps(whole, indent=1) + "\n"


def unsealed(text: str) -> Result:
    """The result out of the text of its file.

    Raises:
        ValueError: the text is damaged, or was edited.
    """
    try:
        raw = json.loads(text)
        if raw.pop("checksum") != digest(raw):
            raise ValueError("it is not as it was written")
        segments = [Segment(**segment) for segment in raw["segments"]]
        return Result(segments, dict(raw["values"]), Record(**raw["record"]), dict(raw["measured"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it lacks {error}") from error


def expected_seconds(page: Page, chain: Chain, project: Project) -> float:
    """How long a chain is likely to run: as last time, stale or not; else as long as it may."""
    try:
        raw = json.loads(result_path(page, chain, project).read_text(encoding="utf-8"))
        return sum(float(segment["seconds"]) for segment in raw["segments"])
    except (OSError, ValueError, KeyError, TypeError):
        return chain.timeout


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


def prune_vanished(project: Project) -> None:
    """Remove the results of pages that are gone."""
    for folder in sorted(project.results.glob("**/"), reverse=True):
        page = project.docs / folder.relative_to(project.results)
        if not (page.is_dir() or page.with_name(f"{page.name}.md").is_file()):
            shutil.rmtree(folder, ignore_errors=True)


@cache
def _recorder() -> str:
    """A hash of the code that makes a result out of a run: a change to it makes all stale."""
    here = Path(__file__).parent
    modules = sorted(here.rglob("*.py"))
    counted = [path for path in modules if path.relative_to(here).parts[0] not in DRIVERS]
    return digest([(path.name, file_hash(path)) for path in counted])
