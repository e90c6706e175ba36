"""A page of Markdown as the pieces that a search looks through: its sections, cut by words."""

import re
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

NO_TEACHING = frozenset({"Exercises", "Quiz", "Key points", "References"})  # they repeat, or ask
_FENCE = re.compile(r"^ *```.*?^ *```[ \t]*$", re.MULTILINE | re.DOTALL)
_FORMULA = re.compile(r"^ *\$\$.*?\$\$[ \t]*$", re.MULTILINE | re.DOTALL)
_QUESTION = re.compile(r"^!!! (?:predict|quiz).*\n(?:(?: {4}.*)?\n|(?: {4}.*)\Z)*", re.MULTILINE)
_MARKUP = (
    (re.compile(r"<!--.*?-->", re.DOTALL), " "),
    (re.compile(r"`\{python\}[^`]*`"), " "),  # a value that the build fills in
    (re.compile(r"\[\[(?:[^\]|]*\|)?([^\]]*)\]\]"), r"\1"),  # a term of the glossary
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),  # a link
    (re.compile(r"\[@[^\]]*\]"), " "),  # a citation
    (re.compile(r'^[!?]{3}\+? \w+ "([^"]*)"', re.MULTILINE), r"\1"),  # an admonition's title
    (re.compile(r"[*`|]|^#+ ", re.MULTILINE), " "),
)


@dataclass(frozen=True)
class Chunk:
    """A piece of text, and where it stands."""

    where: str  # page#anchor
    heading: str  # the page's title and the section's
    text: str


def plain(markdown: str) -> str:
    """The words of Markdown: no code, formulas, citations, or choices of a question."""
    for pattern in (_FENCE, _FORMULA, _QUESTION):
        markdown = pattern.sub("", markdown)
    for pattern, instead in _MARKUP:
        markdown = pattern.sub(instead, markdown)
    return re.sub(r" (?=[.,;:!?])", "", " ".join(markdown.split()))


def anchor(heading: str) -> str:
    """The anchor that the site gives to a heading: "Why divide by √D?" is at "why-divide-by-d"."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def sections(page: str, markdown: str) -> list[Chunk]:
    """The sections of a page that teach, each whole; what stands above them is at the page's top.

    Raises ValueError where the page has no title, a line that begins with "# ".
    """
    body = _FENCE.sub("", re.sub(r"\A---\n.*?\n---\n", "", markdown, flags=re.DOTALL))
    parts = re.split(r"^(#{1,3}) (.+)$", body, flags=re.MULTILINE)
    title = next((h for mark, h in zip(parts[1::3], parts[2::3], strict=True) if mark == "#"), None)
    if title is None:
        raise ValueError(f"{page} has no title")
    found, teaches = [], True
    for mark, heading, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        if mark != "###":
            teaches = heading not in NO_TEACHING
        if teaches and (words := plain(text)):
            where = page if mark == "#" else f"{page}#{anchor(plain(heading))}"
            name = plain(title) if mark == "#" else f"{plain(title)}: {plain(heading)}"
            found.append(Chunk(where, name, words))
    return found


def cut(section: Chunk, longest: int | None = None) -> list[Chunk]:
    """A section in pieces of at most `longest` words, about equally long; None leaves it whole.

    Raises ValueError where longest is below 1.
    """
    if longest is not None and longest < 1:
        raise ValueError(f"longest={longest}: a piece needs at least one word")
    words = section.text.split()
    count = 1 if longest is None else max(1, ceil(len(words) / longest))
    bounds = [len(words) * k // count for k in range(count + 1)]
    pieces = (words[a:b] for a, b in pairwise(bounds))
    return [Chunk(section.where, section.heading, " ".join(piece)) for piece in pieces]
