"""Glossary terms: ``[[term]]`` in the prose links to the glossary and shows the definition.

The glossary is a page of its own, ``docs/reference/glossary.md``: definition lists, in which
several terms may share a definition.
"""

import itertools
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pagekit.errors import PageError
from pagekit.read.passages import unbroken
from pagekit.read.text import read_text, split_lines
from pagekit.render.words.inline import attribute
from pagekit.suggest import did_you_mean

SOURCE = "docs/reference/glossary.md"
TERM = re.compile(r"\[\[(?P<term>[^\]\[|]+)(?:\|(?P<shown>[^\]\[]+))?\]\]")
# Not `[[text](link)]`, a link that stands in brackets.
MALFORMED = re.compile(r"\[\[(?![^\[\]]*\]\s*[(\[])")
ADVICE = "write [[term]] or [[term|shown]]; code belongs between backticks"


class GlossaryError(PageError):
    """A term that the glossary lacks, or a fault in the glossary."""


@dataclass(frozen=True)
class Term:
    """A term and its definition, in Markdown."""

    name: str
    definition: str
    line: int
    anchor: str  # its id on the glossary page

    @property
    def plain(self) -> str:
        """The definition without Markdown."""
        text = re.sub(r"\s*\[@[^\]]*\]", "", self.definition)
        text = TERM.sub(lambda match: match["shown"] or match["term"], text)
        text = re.sub(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])(?:\{[^}]*\})?", r"\1", text)
        return re.sub(r"[`*$]", "", text)


def read_glossary(root: Path) -> dict[str, Term]:
    """All terms, by their name in lower case.

    Raises:
        GlossaryError: a term defined twice, or with nothing behind the colon.
    """
    path = root / SOURCE
    return _terms(read_text(path, SOURCE)) if path.is_file() else {}


@lru_cache(maxsize=4)
def _terms(text: str) -> dict[str, Term]:
    lines = split_lines(text)
    terms: dict[str, Term] = {}
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
            taken = {term.anchor for term in terms.values()}
            terms[name.lower()] = Term(name, definition, number + 1, _anchor(name, taken))
            number -= 1
    return terms


def _anchor(name: str, taken: set[str]) -> str:
    """An id of its own: terms may differ in signs only, as C and C++ do."""
    plain = "-".join(["term", *re.findall(r"[^\W_]+", name.lower())])
    numbered = (f"{plain}-{number}" for number in itertools.count(2))
    return next(anchor for anchor in itertools.chain([plain], numbered) if anchor not in taken)


def terms_in(prose: str) -> list[str]:
    """The terms that some prose refers to, in lower case."""
    return [unbroken(match["term"]).lower() for match in TERM.finditer(prose)]


def link_terms(prose: str, terms: dict[str, Term], page: str) -> str:
    """Replace ``[[term]]`` and ``[[term|shown]]`` by links to the glossary.

    Raises:
        GlossaryError: an unknown term; names the nearest one.
    """
    target = os.path.relpath(SOURCE, Path(page).parent)

    def link(match: re.Match[str]) -> str:
        name = unbroken(match["term"])
        term = terms.get(name.lower())
        if term is None:
            raise GlossaryError(
                f"the glossary has no term {name!r}{did_you_mean(name.lower(), terms)}; "
                f"terms are defined in {SOURCE}"
            )
        shown = unbroken(match["shown"] or name)
        return f'[{shown}]({target}#{term.anchor}){{ .pk-term title="{attribute(term.plain)}" }}'

    return TERM.sub(link, prose)


def anchored(line: str, number: int, terms: dict[str, Term]) -> str:
    """A line of the glossary page itself; a term with its id, and with the letter that it opens."""
    term = terms.get(line.strip().lower())
    if term is None or term.line != number:
        return line
    opens = next((letter for letter, first in _openers(terms).items() if first is term), None)
    letter = f' data-letter="{opens}"' if opens else ""
    return f"{line.rstrip()} {{: #{term.anchor}{letter} }}"


def letters(terms: dict[str, Term]) -> str:
    """Links to the first term of each letter, as Markdown."""
    links = " ".join(f"[{letter}](#{term.anchor})" for letter, term in _openers(terms).items())
    return f"{links}\n{{: .pk-letters }}"


def _openers(terms: dict[str, Term]) -> dict[str, Term]:
    """The first term of each letter; of several names with one definition the first counts."""
    heads: dict[str, Term] = {}
    for term in sorted(terms.values(), key=lambda term: term.line):
        heads.setdefault(term.definition, term)
    first: dict[str, Term] = {}
    for term in heads.values():
        first.setdefault(term.name[0].upper(), term)
    return first


def used_in(pages: list[tuple[str, str]]) -> str:
    """What goes under a definition: (title, link) of the pages that refer to the term."""
    links = ", ".join(f"[{title}]({link})" for title, link in pages)
    return f' <span class="pk-used">Used in {links}.</span>' if pages else ""
