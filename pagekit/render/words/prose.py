"""The prose of a page: inline values, citations, terms and lists of works."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from textwrap import indent
from typing import TypeVar

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.read.comments import opens_comment
from pagekit.read.passages import Passage, unbroken
from pagekit.read.values import value_expression
from pagekit.render.words import bibliography, citations, glossary, offers

_MARKER = re.compile(r"(?P<margin>[ \t]*)<!--\s*pagekit\b:?\s*(?P<what>.*?)\s*-->\s*")
_OURS = re.compile(r"\s*<!--\s*pagekit\b")
_FENCE = re.compile(r"^[ \t>]*(?:`{3}|~{3})", re.MULTILINE)

Named = TypeVar("Named", bibliography.Work, glossary.Term)
Piece = tuple[int, int, str]  # from, to, and the Markdown that takes its place


class Prose:
    """Turns passages of prose into what the other Markdown extensions are to read.

    Args:
        page: the page.
        project: where bibliography and glossary lie.
        value: makes the token of an inline value out of its expression and line.
        lists: what stands for further comments ``<!-- pagekit:name words -->``, by their names.
    """

    def __init__(
        self,
        page: Page,
        project: Project,
        value: Callable[[str, int], str],
        lists: Mapping[str, Callable[[str], str]] | None = None,
    ) -> None:
        self.page = page
        self.project = project
        self.value = value
        self.lists = lists or {}
        self.works = bibliography.read_bibliography(project.root)
        self.terms = glossary.read_glossary(project.root)

    def text(self, passage: Passage) -> str:
        """What a passage becomes: as many lines as it takes.

        Raises:
            PageError: with the line, for whatever the passage names that does not exist.
        """
        if not passage.is_prose:
            if opens_comment(passage.lines[0].text) and _OURS.match(passage.text):
                message = "a comment that stands for something is one line; this one is several"
                raise PageError(message, self.page.name, passage.line)
            # A fence within a comment would be shown as code by the other extensions.
            return "" if _FENCE.search(passage.text) else passage.text
        if marker := _MARKER.fullmatch(passage.text):
            try:
                instead = self._list(marker["what"])
            except PageError as error:
                raise error.at(self.page.name, passage.line) from error.__cause__
            return indent(f"\n{instead}\n", marker["margin"])
        text, end = "", 0
        for start, stop, instead in sorted(self._pieces(passage)):
            text += passage.text[end:start] + instead
            end = stop
        return text + passage.text[end:]

    def _pieces(self, passage: Passage) -> Iterator[Piece]:
        yield from self._values(passage)
        left = passage.masked
        for form, link, malformed, advice in (
            (citations.CITATION, self._citation, citations.MALFORMED, citations.ADVICE),
            (citations.BARE, self._citation, citations.MALFORMED, citations.ADVICE),
            (glossary.TERM, self._term, glossary.MALFORMED, glossary.ADVICE),
        ):
            for match in form.finditer(left):
                yield *match.span(), link(match, passage)
            left = form.sub(lambda match: " " * len(match[0]), left)
            if odd := malformed.search(left):
                self._refuse(odd.start(), advice, passage)
        if self.page.name == glossary.SOURCE:
            yield from self._anchors(passage)
            for term in self.terms.values():
                if term.line == passage.line - 1 and passage.text.startswith(":"):
                    end = len(passage.text.rstrip())
                    yield end, end, glossary.used_in(self._users[term.definition])

    def _refuse(self, place: int, advice: str, passage: Passage) -> None:
        said = unbroken(passage.text[place:])[:40]
        line = passage.line_at(place)
        raise PageError(f"`{said}` can't be read; {advice}", self.page.name, line)

    def _values(self, passage: Passage) -> Iterator[Piece]:
        for span in passage.code_spans():
            if expression := value_expression(span["body"]):
                line = passage.line_at(span.start())
                yield *span.span(), self.value(expression, line)

    def _anchors(self, passage: Passage) -> Iterator[Piece]:
        place = 0
        for line in passage.lines:
            end = place + len(line.text)
            if (text := glossary.anchored(line.text, line.page_line, self.terms)) != line.text:
                yield place, end, text
            place = end + 1

    def _citation(self, match: re.Match[str], passage: Passage) -> str:
        bracketed = match[0].startswith("[")
        if bracketed and citations.in_brackets(passage.masked, match.start()):
            self._refuse(match.start(), citations.BRACKETED, passage)
        return self._linked(citations.link_citations, self.works, match, passage)

    def _term(self, match: re.Match[str], passage: Passage) -> str:
        return self._linked(glossary.link_terms, self.terms, match, passage)

    def _linked(
        self,
        link: Callable[[str, dict[str, Named], str], str],
        known: dict[str, Named],
        match: re.Match[str],
        passage: Passage,
    ) -> str:
        text = unbroken(passage.text[match.start() : match.end()])
        try:
            return link(text, known, self.page.name)
        except PageError as error:
            raise error.at(self.page.name, passage.line_at(match.start())) from error.__cause__

    def _list(self, what: str) -> str:
        if what == "references":
            return citations.reference_list(cited_on(self.page), self.works)
        if what == "bibliography":
            return citations.full_list(self.works, self._cited_by())
        if what == "letters":
            return glossary.letters(self.terms)
        if what.partition(" ")[0] in offers.WORDS:
            return offers.offer(what.split(), self.page, self.project)
        name, _, words = what.partition(" ")
        if name in self.lists:
            return self.lists[name](words.strip())
        names = ("references", "bibliography", "letters", *offers.WORDS, *self.lists)
        known = ", ".join(f"`{word}`" for word in names)
        raise PageError(f"`pagekit:{what}` is none of {known}")

    def _cited_by(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for path in self.project.pages():
            page = read_page(path, self.project)
            link = os.path.relpath(page.name, Path(self.page.name).parent)
            for key in cited_on(page):
                found.setdefault(key, []).append((title_of(page), link))
        return found

    @cached_property
    def _users(self) -> defaultdict[str, list[tuple[str, str]]]:
        """For each definition, (title, link) of the pages that refer to it."""
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for path in self.project.pages():
            page = read_page(path, self.project)
            prose = "\n\n".join(passage.masked for passage in page.passages)
            named = (self.terms[name] for name in glossary.terms_in(prose) if name in self.terms)
            for definition in dict.fromkeys(term.definition for term in named):
                if page.name != self.page.name:
                    link = os.path.relpath(page.name, Path(self.page.name).parent)
                    found[definition].append((title_of(page), link))
        return found


def cited_on(page: Page) -> list[str]:
    """The keys that a page cites, in their order, each once."""
    return citations.keys_in("\n\n".join(passage.masked for passage in page.passages))


def title_of(page: Page) -> str:
    """The title in a page's front matter, else its first heading, else its name."""
    if title := page.front_matter.get("title"):
        return str(title)
    return page.lines[page.title_line - 1].lstrip("# ") if page.title_line else Path(page.name).stem
