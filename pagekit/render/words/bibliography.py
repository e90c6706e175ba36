"""The bibliography: every work that a page may cite, from ``docs/reference/bibliography.yml``.

It is YAML and not BibTeX, so that a fault in a field is told with its line, and names need no TeX.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from pagekit.errors import PageError
from pagekit.read.settings.strict_yaml import StrictLoader
from pagekit.read.text import read_text
from pagekit.render.words.inline import escaped
from pagekit.suggest import did_you_mean

SOURCE = "docs/reference/bibliography.yml"
MANY = 3  # from so many authors on, a citation names the first only
_FIELDS = {"authors", "title", "year", "venue", "url", "doi", "arxiv"}
_FORMS = {
    "arxiv": (r"\d{4}\.\d{4,5}", 'a number in quotes, like "1706.03762"'),
    "doi": (r"10\.\d{4,9}/\S+", "like 10.1145/3620665.3640366"),
    "url": (r"https?://[^\s<>()\[\]]+", "an address that begins with https://"),
}


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
        names = list(map(surname, self.authors))
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
        names = [escaped(author.strip("{}")) for author in self.authors if author != "others"]
        if len(names) < len(self.authors):
            authors = f"{', '.join(names)} and others"
        else:
            authors = " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)
        venue = f" {escaped(self.venue)}." if self.venue else ""
        link = f" [{escaped(self.link_text)}]({self.link})" if self.link else ""
        end = "" if self.title.endswith(("?", "!")) else "."
        return f"{authors} ({self.dated}). *{escaped(self.title)}*{end}{venue}{link}"


def surname(author: str) -> str:
    """The part of a name by which works are cited and sorted."""
    return author[1:-1] if author.startswith("{") else author.split()[-1]


def read_bibliography(root: Path) -> dict[str, Work]:
    """All works by their key.

    Raises:
        CitationError: an entry stands twice, lacks a field or has a wrong one; with its line.
    """
    path = root / SOURCE
    return _works(read_text(path, SOURCE)) if path.is_file() else {}


@lru_cache(maxsize=4)
def _works(text: str) -> dict[str, Work]:
    works = {}
    loader = StrictLoader(text)
    try:
        for key_node, fields_node in _entries(loader.get_single_node()):
            line = key_node.start_mark.line + 1
            key = loader.construct_object(key_node, deep=True)
            fields = loader.construct_object(fields_node, deep=True)
            try:
                works[key] = _work(key, fields)
            except CitationError as error:
                raise error.at(SOURCE, line) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or error
        raise CitationError(f"not YAML: {reason}", SOURCE, mark.line + 1 if mark else 1) from error
    finally:
        loader.dispose()
    return works


def _entries(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
    if node is None:
        return []
    if not isinstance(node, yaml.MappingNode):
        raise CitationError(
            "the bibliography must hold works by their keys: `smith2020:`", SOURCE, 1
        )
    return node.value


def _work(key: Any, fields: Any) -> Work:
    if not isinstance(key, str) or not re.fullmatch(r"\w[\w-]*", key):
        raise CitationError(f"the key {key!r} must be a word, such as surname and year: smith2020")
    if not isinstance(fields, dict):
        raise CitationError(f"{key} must hold fields such as title and year")
    unknown = sorted(str(name) for name in fields if name not in _FIELDS)
    _check_needed(key, fields)
    if unknown:
        raise CitationError(
            f"{key} has an unknown field {unknown[0]!r}{did_you_mean(unknown[0], _FIELDS)}"
        )
    for name, (form, advice) in _FORMS.items():
        value = fields.get(name)
        if name in fields and not (isinstance(value, str) and re.fullmatch(form, value, re.ASCII)):
            raise CitationError(f"{key}: {name} must be {advice}, not {value!r}")
    if not isinstance(fields.get("venue", ""), str):
        raise CitationError(f"{key}: venue must be a text in quotes, not {fields['venue']!r}")
    link, text = _link(fields)
    venue = fields.get("venue", "").rstrip(".")
    title = fields["title"].rstrip(".")
    return Work(key, tuple(fields["authors"]), title, fields["year"], venue, link, text)


def _check_needed(key: str, fields: dict[str, Any]) -> None:
    for name, kind in (("authors", list), ("title", str), ("year", int)):
        if type(fields.get(name)) is not kind or not fields[name]:
            raise CitationError(f"{key} needs {name}, a {kind.__name__}")
    if not fields["title"].strip(" ."):
        raise CitationError(f"{key} needs title, a str")
    for author in fields["authors"]:
        if not isinstance(author, str) or not re.fullmatch(
            r"[^{}]*\w[^{}]*|\{[^{}]*\w[^{}]*\}", author
        ):
            raise CitationError(f"{key}: {author!r} among the authors is no name")
    if fields["authors"][0] == "others":
        raise CitationError(f"{key}: 'others' stands last among the authors, after a name")


def _link(fields: dict[str, Any]) -> tuple[str, str]:
    """The address of a work, and how it is shown."""
    if arxiv := fields.get("arxiv"):
        return f"https://arxiv.org/abs/{arxiv}", f"arXiv:{arxiv}"
    if doi := fields.get("doi"):
        address = re.sub(r"[()<>\[\]]", lambda m: f"%{ord(m[0]):02X}", doi)
        return f"https://doi.org/{address}", f"doi:{doi}"
    url = fields.get("url", "")
    return url, re.sub(r"^https?://(www\.)?|/$", "", url)
