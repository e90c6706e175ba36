"""Which page it is that a builder has Markdown convert."""

import os
import re

import markdown

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.read.text import read_text

# What would be shown as it is typed, or without its run, if a text were taken for no page.
_OURS = re.compile(r"\[\[|\[@|\{python\}|<!--\s*pagekit|^[ \t>]*(?:`{3}|~{3})", re.MULTILINE)


def page_of(md: markdown.Markdown, text: str, project: Project) -> Page | None:
    """The page that is being converted; ``None`` for a text that some plugin converts.

    Both builders tell a converter which file it is for. Without a builder, a page is known by its
    text.

    Raises:
        PageError: the text is that of two pages, or of none although it holds what only a page can.
    """
    name = _source(md)
    if name is not None and not name.endswith(".md"):
        return None  # a lab, which its own hook renders
    if name is None:
        page = find_page(text, project)
    else:
        page = read_page(project.docs / name, project)
        if not os.environ.get("PAGEKIT_LENIENT") and _bare(text) != _bare(page.body):
            page = None  # in a preview, the file may have been saved meanwhile
    if page is None and _OURS.search(text):
        start = _bare(text)[:50]
        raise PageError(
            f"the text that begins with {start!r} is not what a file of docs/ holds, so its code, "
            "terms and citations can't be shown",
            f"docs/{name}" if name else None,
            1,
        )
    return page


def find_page(text: str, project: Project) -> Page | None:
    """The page whose text this is.

    Raises:
        PageError: it is the text of two pages.
    """
    wanted = _bare(text)
    paths = [p for p in project.pages() if wanted in _bare(read_text(p, project.relative(p)))]
    pages = [page for page in (read_page(p, project) for p in paths) if _bare(page.body) == wanted]
    if len(pages) > 1:
        names = " and ".join(page.name for page in pages)
        raise PageError(f"{names} have the same text, so neither can be told from the other")
    return pages[0] if wanted and pages else None


def _source(md: markdown.Markdown) -> str | None:
    """The file within ``docs/`` that MkDocs or Zensical converts; ``None`` if neither does."""
    if "relpath" in md.treeprocessors:
        return str(md.treeprocessors["relpath"].file.src_uri)  # type: ignore[attr-defined]
    if "rendering_context" in md.preprocessors:
        return str(md.preprocessors["rendering_context"].page.path)  # type: ignore[attr-defined]
    return None


def _bare(text: str) -> str:
    """A text without the blanks in which builders differ."""
    return "\n".join(line.rstrip() for line in text.replace("\r", "").split("\n")).strip()
