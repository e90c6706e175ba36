"""The prose of a page, line by line: inline values, citations, terms and lists of works."""

import os
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import CODE_SPAN, Page, prose, read_page, value_expression
from pagekit.render import citations, glossary

_MARKER = re.compile(r"^\s*<!--\s*pagekit:(?P<what>[\w-]+)\s*-->\s*$")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s")


class Prose:
    """Turns lines of prose into what the other Markdown extensions are to read.

    Args:
        page: the page.
        project: where bibliography and glossary lie.
        value: makes the token of an inline value out of its expression and line.
    """

    def __init__(self, page: Page, project: Project, value: Callable[[str, int], str]) -> None:
        self.page = page
        self.project = project
        self.value = value
        self.works = bibliography(project)
        self.terms = terms(project)

    def line(self, number: int) -> list[str]:
        """The lines that one line of the page becomes.

        Raises:
            PageError: with the line, for whatever the line names that does not exist.
        """
        text = self.page.lines[number - 1]
        try:
            if marker := _MARKER.match(text):
                return ["", *self._list(marker["what"]).splitlines(), ""]
            if self.page.name == glossary.SOURCE:
                text = glossary.anchored(text, number, self.terms)
            return [self._linked(text, number)]
        except PageError as error:
            raise error.at(self.page.name, number) from error.__cause__

    def _linked(self, text: str, number: int) -> str:
        parts, end = [], 0
        for span in CODE_SPAN.finditer(text):
            parts += [self._named(text[end : span.start()]), self._code(span, text, number)]
            end = span.end()
        return "".join([*parts, self._named(text[end:])])

    def _code(self, span: re.Match[str], text: str, number: int) -> str:
        expression = value_expression(span["body"])
        if expression is None:
            return span[0]
        if _HEADING.match(text):
            raise PageError("a heading can't hold an inline value; its link would change with it")
        return self.value(expression, number)

    def _named(self, text: str) -> str:
        text = citations.link_citations(text, self.works, self.page.name)
        return glossary.link_terms(text, self.terms, self.page.name)

    def _list(self, what: str) -> str:
        if what == "references":
            return citations.reference_list(cited_on(self.page), self.works)
        if what == "bibliography":
            return citations.full_list(self.works, self._cited_by())
        raise PageError(f"`pagekit:{what}` is neither `references` nor `bibliography`")

    def _cited_by(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for path in self.project.pages():
            page = read_page(path, self.project)
            link = os.path.relpath(page.name, Path(self.page.name).parent)
            for key in cited_on(page):
                found.setdefault(key, []).append((title_of(page), link))
        return found


def cited_on(page: Page) -> list[str]:
    """The keys that a page cites, in their order, each once."""
    return citations.keys_in("\n".join(CODE_SPAN.sub("", text) for _, text in prose(page)))


def terms_on(page: Page) -> list[str]:
    """The glossary terms that a page refers to."""
    return glossary.terms_in("\n".join(CODE_SPAN.sub("", text) for _, text in prose(page)))


def title_of(page: Page) -> str:
    """The title in a page's front matter, else its first heading, else its name."""
    if title := page.front_matter.get("title"):
        return str(title)
    return page.lines[page.title_line - 1].lstrip("# ") if page.title_line else Path(page.name).stem


def bibliography(project: Project) -> dict[str, citations.Work]:
    """The works; read again only when the file has changed."""
    return _works(project.root, _changed(project.root / citations.SOURCE))


def terms(project: Project) -> dict[str, glossary.Term]:
    """The glossary's terms; read again only when the file has changed."""
    return _terms(project.root, _changed(project.root / glossary.SOURCE))


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


@lru_cache(maxsize=4)
def _works(root: Path, _changed: int) -> dict[str, citations.Work]:
    return citations.read_bibliography(root)


@lru_cache(maxsize=4)
def _terms(root: Path, _changed: int) -> dict[str, glossary.Term]:
    return glossary.read_glossary(root)
