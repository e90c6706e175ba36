"""The chapters and labs of the course, as other pages speak of them."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pagekit.errors import PageError
from pagekit.labs.source import read_lab
from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.read.minutes import minutes_to_read
from pagekit.read.settings.menu import is_chapter, menu, place_of

_LINK = re.compile(r"\[[^\]]+\]\(([^)#]+)[^)]*\)")


@dataclass(frozen=True)
class Entry:
    """A chapter, a lab, or another page.

    Attributes:
        path: its source.
        address: how links within ``docs/`` name it; a lab's ends in ``.ipynb``.
        section: the title of its section in the menu.
        number: a chapter's, in the menu's order; ``None`` for others.
        title: its title.
        question: what it answers, in one sentence.
        minutes: how long it takes: as it says itself, or a chapter's by its length; else 0.
        needs: the addresses of the chapters that it needs.
    """

    path: Path
    address: str
    section: str
    number: int | None
    title: str
    question: str
    minutes: int
    needs: tuple[str, ...]


def entries(project: Project) -> list[Entry]:
    """All chapters and labs in the menu's order; none that can't be read, which its page says."""
    return list(_entries(project))


def _entries(project: Project) -> Iterator[Entry]:
    for section, address in menu(project):
        if address.endswith(".ipynb") or is_chapter(project.docs / address, project):
            with suppress(PageError, OSError):
                yield entry_at(address, section, project)


def entry_at(address: str, section: str, project: Project) -> Entry:
    """Any page or lab.

    Raises:
        PageError: there is none at this address, or it can't be read.
    """
    path = project.docs / address
    if path.suffix == ".ipynb":
        path = path.with_suffix(".py")
    if not path.is_file():
        raise PageError(f"there is no page {address!r}")
    if path.suffix == ".py":
        lab = read_lab(path, project)
        page, meta = lab.page, lab.meta
    else:
        page = read_page(path, project)
        meta = page.front_matter
    place = place_of(path, project)
    said = meta.get("prerequisites", [])
    links = (_LINK.fullmatch(one) for one in ([said] if isinstance(said, str) else said))
    folder = posixpath.dirname(address)
    needs = (posixpath.normpath(posixpath.join(folder, link[1])) for link in links if link)
    return Entry(
        path,
        address,
        section,
        place[0] if place else None,
        str(meta.get("title", path.stem)),
        str(meta.get("question", "")),
        minutes_to_read(page, meta, project),
        tuple(needs),
    )


def way_to(goal: str, course: Iterable[Entry]) -> list[Entry]:
    """What to read, in order, to have read a chapter and all that it needs.

    Args:
        goal: the address of the chapter; ``""`` leads through the whole course.
        course: all chapters and labs.

    Raises:
        PageError: there is no such chapter.
    """
    course = list(course)
    known = {entry.address: entry for entry in course}
    if not goal:
        return course
    if goal not in known:
        raise PageError(f"a way leads to {goal!r}, which is no chapter: {', '.join(known)}")
    wanted: set[str] = set()
    ahead = [goal]
    while ahead:
        address = ahead.pop()
        if address not in wanted:
            wanted.add(address)
            ahead += [need for need in known[address].needs if need in known]
    return [entry for entry in course if entry.address in wanted]


def span(minutes: int) -> str:
    """Minutes as one says them: ``40 min``, ``3 h 35 min``, ``9 h``."""
    hours, rest = divmod(minutes, 60)
    said = [f"{hours} h"] if hours else []
    return " ".join([*said, *([f"{rest} min"] if rest or not hours else [])])
