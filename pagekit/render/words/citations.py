"""Citations: ``[@key]`` in the prose, the list of a page's works, and the whole bibliography.

Nothing about a work is typed in a page: works stand in the bibliography.
"""

import os
import re
from pathlib import Path

from pagekit.read.passages import unbroken
from pagekit.render.words.bibliography import SOURCE, CitationError, Work, surname
from pagekit.render.words.inline import attribute, escaped
from pagekit.suggest import did_you_mean

LIST = "docs/reference/bibliography.md"
# A line of a quote begins with `>`, also in the middle of a citation.
CITATION = re.compile(
    r"\[(?P<works>@[\w-]+(?:,[^\];@]*)?(?:;[\s>]*@[\w-]+(?:,[^\];@]*)?)*[\s>]*)\]"
)
MALFORMED = re.compile(
    r"\[[^\[\]]*(?<![\w/.])@[A-Za-z][\w-]*[^\[\]]*\](?![(\[:])|\[-?@\w[^\[\]]*\Z"
)
GAP = re.compile(r"(?<=[a-z]) (?=[\dA-Z])")  # section 4, appendix B: not to be parted
ADVICE = "write [@key], [@key, page 3] or [@key; @other]"
# Within round brackets of the sentence: no brackets of its own. An address, x@y.org, is none.
BARE = re.compile(r"(?:(?<=[\s(])|^)@(?P<key>[A-Za-z][\w-]*)")
BRACKETED = "within round brackets, write @key, which gets none of its own"


def keys_in(prose: str) -> list[str]:
    """The keys that some prose cites, in their order, each once."""
    found = re.finditer(f"{CITATION.pattern}|{BARE.pattern}", prose, re.MULTILINE)
    cited = ([m["key"]] if m["key"] else re.findall(r"@([\w-]+)", m["works"]) for m in found)
    return list(dict.fromkeys(key for keys in cited for key in keys))


def in_brackets(prose: str, place: int) -> bool:
    """Whether a place of some prose stands within round brackets, those of links aside."""
    depth = 0
    for sign in re.finditer(r"\]\([^()]*\)|[()]", prose[:place]):
        depth = depth + 1 if sign[0] == "(" else max(0, depth - (sign[0] == ")"))
    return depth > 0 and ")" in prose[place:]


def link_citations(prose: str, works: dict[str, Work], page: str) -> str:
    """Replace ``[@key, page 3; @other]`` and ``@key`` by links to the bibliography.

    The first gets round brackets; the second, which stands in some already, does not.

    Args:
        prose: Markdown without code.
        works: the bibliography.
        page: the page's name, ``docs/transformer/attention.md``, for relative links.

    Raises:
        CitationError: an unknown key; names the nearest one.
    """
    target = os.path.relpath(LIST, Path(page).parent)

    def link(key: str) -> str:
        if key not in works:
            raise CitationError(
                f"the bibliography has no work {key!r}{did_you_mean(key, works)}; "
                f"works are listed in {SOURCE}"
            )
        title = attribute(works[key].title)
        return f'[{escaped(works[key].label)}]({target}#ref-{key}){{ .pk-cite title="{title}" }}'

    def linked(match: re.Match[str]) -> str:
        parts = []
        for part in unbroken(match["works"]).split(";"):
            key, _, place = part.strip().removeprefix("@").partition(",")
            place = GAP.sub("\N{NO-BREAK SPACE}", place.strip())
            parts.append(link(key) + (f", {place}" if place else ""))
        return f"({'; '.join(parts)})"

    prose = CITATION.sub(linked, prose)
    return BARE.sub(lambda match: link(match["key"]), prose)


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


def _order(work: Work) -> tuple[str, str, str]:
    """By author, by year with its letter, as it is cited; one without a letter comes first."""
    return (surname(work.authors[0]).casefold(), work.dated, work.title)
