"""Runs that are kept with the pages, each with the day and the processor.

A block may claim something of what it measures. On a busy or an unusual machine the claim may fail
where the text is right. For that case a run in which it held is committed, in
``docs/data/recorded``; a build in which it fails shows that one, and says so. ``make record``
writes them. A block that is edited needs a new one.
"""

from dataclasses import asdict, replace
from pathlib import Path

from pagekit.errors import PageError
from pagekit.project import Project, write_whole
from pagekit.read.blocks import Chain, Page
from pagekit.run import results
from pagekit.run.provenance import provenance
from pagekit.run.reads.marks import mark
from pagekit.run.reads.record import Record


def claims(chain: Chain) -> list[str]:
    """What a chain claims of its own run, of each fence that does."""
    return [fence.claim for fence in chain.fences if fence.claim]


def command(page: Page) -> str:
    """What keeps runs of a page."""
    return f"make record P={_stem(page)}"


def path_of(page: Page, chain: Chain, project: Project) -> Path:
    """The file of a chain's kept run: named by its code, so that other code has another file."""
    return _folder(page, project) / f"{results.digest(results.code_of(chain))[:24]}.json"


def keep(result: results.Result, page: Page, chain: Chain, project: Project) -> None:
    """Keep a run that took place just now, and in which the chain's claims held."""
    measured = provenance(result.record.versions)
    kept = asdict(replace(result, record=Record(), measured=measured))
    content = {"claims": claims(chain), "measured": measured, **kept}
    write_whole(path_of(page, chain, project), results.sealed(content))


def load(page: Page, chain: Chain, project: Project) -> results.Result | None:
    """The kept run of a chain, or ``None``.

    Its ``record`` holds the file itself: a new one makes stale what was made of this one.

    Raises:
        PageError: the file is damaged, or was edited.
    """
    path = path_of(page, chain, project)
    name = project.relative(path)
    try:
        result = results.unsealed(path.read_text(encoding="utf-8"))
        if len(result.segments) != len(chain.fences):
            raise ValueError("it is of another chain")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        message = f"{name} can't be used: {error}; remove it and run `{command(page)}`"
        raise PageError(message, page.name, chain.line) from error
    result.record.depends[name] = mark(project.root, name)
    return result


def prune(page: Page, project: Project) -> None:
    """Remove the kept runs of blocks that the page no longer has as they were."""
    current = {path_of(page, chain, project) for chain in page.chains if claims(chain)}
    for path in _folder(page, project).glob("*.json"):
        if path not in current:
            path.unlink(missing_ok=True)


def _folder(page: Page, project: Project) -> Path:
    return project.recorded / _stem(page)


def _stem(page: Page) -> str:
    return page.name.removeprefix("docs/").removesuffix(".md")
