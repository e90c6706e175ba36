"""The menu of ``mkdocs.yml``: the order of the pages, which are chapters, and their numbers."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from pagekit.project import Project

# Folders of docs/ whose pages are no chapters.
OTHERS = {"assets", "data", "labs", "reference"}


class PlainLoader(yaml.SafeLoader):
    """Reads the plain values of ``mkdocs.yml``, without what its tags would compute."""


def _nothing(*_: Any) -> None:
    return None


PlainLoader.add_multi_constructor("!", _nothing)
PlainLoader.add_multi_constructor("tag:yaml.org,2002:python/", _nothing)


def plain_settings(project: Project) -> Any:
    """What ``mkdocs.yml`` holds, as far as it is plain; not to be changed."""
    return _parsed((project.root / "mkdocs.yml").read_text(encoding="utf-8"))


@lru_cache(maxsize=4)
def _parsed(text: str) -> Any:
    return yaml.load(text, PlainLoader)


def menu(project: Project) -> list[tuple[str, str]]:
    """Every page in the menu's order: the title of its section, and its address within ``docs/``.

    A page outside all sections has the section ``""``; without a ``nav`` there is no order.
    """
    if not (project.root / "mkdocs.yml").is_file():
        return []
    settings = plain_settings(project)
    return list(_pages(settings.get("nav") or [], "")) if isinstance(settings, dict) else []


def _pages(entry: Any, section: str) -> Iterator[tuple[str, str]]:
    if isinstance(entry, str):
        yield section, entry
    elif isinstance(entry, list):
        for item in entry:
            yield from _pages(item, section)
    elif isinstance(entry, dict):
        for title, below in entry.items():
            yield from _pages(below, section if isinstance(below, str) else str(title))


def is_chapter(path: Path, project: Project) -> bool:
    """Whether a page is one: it lies in a part of the course."""
    folders = path.relative_to(project.docs).parts[:-1]
    return bool(folders) and folders[0] not in OTHERS


def chapters(project: Project) -> list[Path]:
    """The chapters, in the menu's order."""
    pages = (project.docs / address for _, address in menu(project))
    return [path for path in pages if path.suffix == ".md" and is_chapter(path, project)]


def place_of(path: Path, project: Project) -> tuple[int, int] | None:
    """A chapter's number and how many there are; ``None`` for any other page."""
    order = chapters(project)
    return (order.index(path) + 1, len(order)) if path in order else None
