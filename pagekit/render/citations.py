"""Citations: ``[@key]`` in the prose, the list of a page's works, and the whole bibliography.

The works stand in ``docs/reference/bibliography.yml``; nothing about them is typed in a page.
"""

import os
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import yaml

from pagekit.errors import PageError
from pagekit.suggest import did_you_mean

SOURCE = "docs/reference/bibliography.yml"
LIST = "docs/reference/bibliography.md"
CITATION = re.compile(r"\[(?P<works>@[\w-]+(?:,[^\];]*)?(?:;\s*@[\w-]+(?:,[^\];]*)?)*)\]")
_FIELDS = {"authors", "title", "year", "venue", "url", "doi", "arxiv"}
_NEEDED = {"authors": list, "title": str, "year": int}
MANY = 3  # from so many authors on, a citation names the first only


class CitationError(PageError):
    """A citation of a work that the bibliography lacks, or a faulty entry in it."""


@dataclass(frozen=True)
class Work:
    """One entry of the bibliography.

    A body among the authors stands in braces, as in BibTeX: ``{Hugging Face}`` has no surname.
    """

    key: str
    authors: tuple[str, ...]
    title: str
    year: int
    venue: str
    link: str
    link_text: str

    @property
    def label(self) -> str:
        """As it is cited: ``Vaswani et al., 2017``."""
        names = list(map(_surname, self.authors))
        if len(names) >= MANY or "others" in names:
            return f"{names[0]} et al., {self.dated}"
        return f"{' and '.join(names)}, {self.dated}"

    @property
    def dated(self) -> str:
        """The year, with the letter of the key where it has one: ``2023a``."""
        letter = re.search(r"\d{4}([a-z])$", self.key)
        return f"{self.year}{letter[1] if letter else ''}"

    @property
    def entry(self) -> str:
        """As it is listed, in Markdown."""
        names = [author.strip("{}") for author in self.authors if author != "others"]
        if len(names) < len(self.authors):
            authors = f"{', '.join(names)} and others"
        else:
            authors = " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
        venue = f" {self.venue}." if self.venue else ""
        link = f" [{self.link_text}]({self.link})" if self.link else ""
        end = "" if self.title.endswith(("?", "!")) else "."
        return f"{authors} ({self.dated}). *{self.title}*{end}{venue}{link}"


def read_bibliography(root: Path) -> dict[str, Work]:
    """All works by their key.

    Raises:
        CitationError: an entry lacks a field or has a wrong one; with its line.
    """
    path = root / SOURCE
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf-8")
    try:
        entries = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise CitationError(f"not YAML: {error}", SOURCE, mark.line + 1 if mark else 1) from error
    works = {}
    for key, fields in entries.items():
        try:
            works[key] = _work(key, fields)
        except CitationError as error:
            lines = text.splitlines()
            line = next((n for n, row in enumerate(lines, 1) if row.startswith(f"{key}:")), 1)
            raise error.at(SOURCE, line) from None
    return works


def _work(key: str, fields: Any) -> Work:
    if not isinstance(fields, dict):
        raise CitationError(f"{key} must hold fields such as title and year")
    for name, kind in _NEEDED.items():
        if not isinstance(fields.get(name), kind) or not fields[name]:
            raise CitationError(f"{key} needs {name}, a {kind.__name__}")
    unknown = sorted(set(fields) - _FIELDS)
    if unknown:
        raise CitationError(
            f"{key} has an unknown field {unknown[0]!r}{did_you_mean(unknown[0], _FIELDS)}"
        )
    link, text = "", ""
    if arxiv := fields.get("arxiv"):
        if not isinstance(arxiv, str) or not re.fullmatch(r"\d{4}\.\d{4,5}", arxiv):
            raise CitationError(f'{key}: arxiv must be a number in quotes, like "1706.03762"')
        link, text = f"https://arxiv.org/abs/{arxiv}", f"arXiv:{arxiv}"
    elif doi := fields.get("doi"):
        link, text = f"https://doi.org/{doi}", f"doi:{doi}"
    elif url := fields.get("url"):
        link, text = url, re.sub(r"^https?://(www\.)?|/$", "", url)
    return Work(
        key,
        tuple(map(str, fields["authors"])),
        str(fields["title"]).rstrip("."),
        fields["year"],
        str(fields.get("venue", "")).rstrip("."),
        link,
        text,
    )


def keys_in(prose: str) -> list[str]:
    """The keys that some prose cites, in their order, each once."""
    cited = (re.findall(r"@([\w-]+)", match["works"]) for match in CITATION.finditer(prose))
    return list(dict.fromkeys(key for keys in cited for key in keys))


def link_citations(prose: str, works: dict[str, Work], page: str) -> str:
    """Replace ``[@key, page 3; @other]`` by links to the bibliography, in brackets.

    Args:
        prose: Markdown without code.
        works: the bibliography.
        page: the page's name, ``docs/transformer/attention.md``, for relative links.

    Raises:
        CitationError: an unknown key; names the nearest one.
    """
    target = os.path.relpath(LIST, Path(page).parent)

    def link(match: re.Match[str]) -> str:
        linked = []
        for part in match["works"].split(";"):
            key, _, place = part.strip().removeprefix("@").partition(",")
            if key not in works:
                raise CitationError(
                    f"the bibliography has no work {key!r}{did_you_mean(key, works)}; "
                    f"works are listed in {SOURCE}"
                )
            title = escape(works[key].title)
            place = f", {place.strip()}" if place.strip() else ""
            text = f'[{works[key].label}]({target}#ref-{key}){{ .pk-cite title="{title}" }}'
            linked.append(text + place)
        return f"({'; '.join(linked)})"

    return CITATION.sub(link, prose)


def reference_list(keys: list[str], works: dict[str, Work]) -> str:
    """The works of a page, by author, as Markdown."""
    cited = sorted((works[key] for key in set(keys) if key in works), key=_order)
    return "\n\n".join(f"{work.entry}\n{{: .pk-ref }}" for work in cited)


def full_list(works: dict[str, Work], cited_by: dict[str, list[tuple[str, str]]]) -> str:
    """The whole bibliography as Markdown.

    Args:
        works: the bibliography.
        cited_by: for each key, (title, link) of the pages that cite it.
    """
    parts = []
    for work in sorted(works.values(), key=_order):
        pages = ", ".join(f"[{title}]({link})" for title, link in cited_by.get(work.key, []))
        back = f"<br>Cited in {pages}." if pages else ""
        parts.append(f"{work.entry}{back}\n{{: #ref-{work.key} .pk-ref }}")
    return "\n\n".join(parts)


def _order(work: Work) -> tuple[str, int, str]:
    return (_surname(work.authors[0]).casefold(), work.year, work.title)


def _surname(author: str) -> str:
    return author[1:-1] if author.startswith("{") else author.split()[-1]
