"""What MkDocs complains of, each with the page and the line that it speaks of."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.settings.menu import plain_settings

_LINK = re.compile(
    r"Doc file '(?P<page>[^']+)' contains an? .*?link '(?P<link>[^']*)'(?P<why>.*)", re.S
)
_OMITTED = re.compile(r"not included in the \"nav\" configuration:(?P<pages>(\s+- \S+)+)")


@contextmanager
def complaints(project: Project) -> Iterator[list[str]]:
    """Hear MkDocs for a while instead of printing what it says.

    The list fills with its warnings at the end, each once, as ``docs/page.md:LINE: message``.
    """
    heard = _Warnings()
    log = logging.getLogger("mkdocs")
    before = log.propagate
    log.addHandler(heard)
    log.propagate = False
    found: list[str] = []
    try:
        yield found
    finally:
        log.removeHandler(heard)
        log.propagate = before
        placed = (line for message in heard.messages for line in _placed(message, project))
        found += dict.fromkeys(placed)


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _placed(message: str, project: Project) -> list[str]:
    if omitted := _OMITTED.search(message):
        names = omitted["pages"].replace("- ", "").split()
        return [f"docs/{name}: {not_in_nav(name, project)}" for name in names]
    found = _LINK.search(message)
    if not found:
        return [f"mkdocs.yml: {message}"]
    path = project.docs / found["page"].replace(".ipynb", ".py")  # a lab's source
    link = found["link"]
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    line = next((n for n, text in enumerate(lines, 1) if link and link in text), 1)
    why = found["why"].strip(" ,.")
    message = f"the link {link!r} leads nowhere ({why}); mend it"
    return [str(PageError(message, project.relative(path), line))]


def not_in_nav(name: str, project: Project) -> str:
    """Says of a page of ``docs/`` that no menu leads to it, and what to write where."""
    config = plain_settings(project)
    part = name.rpartition("/")[0]
    sections = [entry for entry in config.get("nav") or [] if isinstance(entry, dict)]
    found = (
        title
        for entry in sections
        for title, below in entry.items()
        if part and isinstance(below, list) and any(f"{part}/" in str(item) for item in below)
    )
    where = next((f"under `{title}:` in" for title in found), "in")
    return f"no menu leads to the page; write `- {name}` {where} the `nav` of mkdocs.yml"


def in_nav(path: Path, project: Project) -> bool:
    """Whether a menu leads to a page or a lab; without a ``nav``, one leads to every page."""
    config = plain_settings(project)
    stem = path.relative_to(project.docs).with_suffix("").as_posix()
    return (
        "nav" not in config or re.search(rf"'{re.escape(stem)}\.", str(config["nav"])) is not None
    )
