"""Glossary terms: ``[[term]]`` in the prose links to the glossary and shows the definition.

The glossary is a page of its own, ``docs/reference/glossary.md``: definition lists, in which
several terms may share a definition.
"""

import os
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from pagekit.errors import PageError
from pagekit.suggest import did_you_mean

SOURCE = "docs/reference/glossary.md"
TERM = re.compile(r"\[\[(?P<term>[^\]\[|]+)(?:\|(?P<shown>[^\]\[]+))?\]\]")


class GlossaryError(PageError):
    """A term that the glossary lacks, or a fault in the glossary."""


@dataclass(frozen=True)
class Term:
    """A term and its definition, in Markdown."""

    name: str
    definition: str
    line: int

    @property
    def anchor(self) -> str:
        """The id of the term on the glossary page."""
        return "term-" + re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")

    @property
    def plain(self) -> str:
        """The definition without Markdown."""
        return re.sub(r"[`*$]", "", self.definition)


def read_glossary(root: Path) -> dict[str, Term]:
    """All terms, by their name in lower case.

    Raises:
        GlossaryError: a term defined twice, or with nothing behind the colon.
    """
    path = root / SOURCE
    terms: dict[str, Term] = {}
    if not path.is_file():
        return terms
    lines = path.read_text(encoding="utf-8").splitlines()
    for index, line in enumerate(lines):
        if not re.match(r":\s", line) and line.strip() != ":":
            continue
        definition = line[1:].strip()
        for follower in lines[index + 1 :]:
            if not follower.startswith("    "):
                break
            definition += f" {follower.strip()}"
        if not definition:
            raise GlossaryError("this term has no definition", SOURCE, index + 1)
        number = index - 1
        while number >= 0 and lines[number].strip():
            name = lines[number].strip()
            if name.lower() in terms:
                raise GlossaryError(f"{name!r} is defined twice", SOURCE, number + 1)
            terms[name.lower()] = Term(name, definition, number + 1)
            number -= 1
    return terms


def terms_in(prose: str) -> list[str]:
    """The terms that some prose refers to, in lower case."""
    return [match["term"].strip().lower() for match in TERM.finditer(prose)]


def link_terms(prose: str, terms: dict[str, Term], page: str) -> str:
    """Replace ``[[term]]`` and ``[[term|shown]]`` by links to the glossary.

    Raises:
        GlossaryError: an unknown term; names the nearest one.
    """
    target = os.path.relpath(SOURCE, Path(page).parent)

    def link(match: re.Match[str]) -> str:
        name = match["term"].strip()
        term = terms.get(name.lower())
        if term is None:
            raise GlossaryError(
                f"the glossary has no term {name!r}{did_you_mean(name.lower(), terms)}; "
                f"terms are defined in {SOURCE}"
            )
        shown = (match["shown"] or name).strip()
        return f'[{shown}]({target}#{term.anchor}){{ .pk-term title="{escape(term.plain)}" }}'

    return TERM.sub(link, prose)


def anchored(line: str, number: int, terms: dict[str, Term]) -> str:
    """A line of the glossary page itself; if it is a term, with its id."""
    term = terms.get(line.strip().lower())
    if term is None or term.line != number:
        return line
    return f"{line.rstrip()} {{: #{term.anchor} }}"
