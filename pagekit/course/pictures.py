"""A chapter's figure as a small picture: the one that its pages' own run drew, without lettering."""

import re

from pagekit.course.catalogue import Entry
from pagekit.errors import PageError
from pagekit.labs import notebooks
from pagekit.labs.source import Lab, read_lab
from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.read.fences import Fence
from pagekit.render.diagrams import drawing
from pagekit.render.figures.svg import inline_svg
from pagekit.run import results

_TEXT = re.compile(r"<text\b.*?</text>", re.DOTALL)
_SVG = re.compile(r"<svg\b.*</svg>", re.DOTALL)


def picture(entry: Entry, project: Project, name: str) -> str:
    """The picture of a chapter or lab as an SVG element, with no text in it; empty without one.

    It is the figure of the fence that is marked ``card``, else the first figure, else the first
    diagram. At the size of a card nobody could read its text, and the card says what it is about.

    Args:
        entry: the chapter.
        project: where its results are recorded.
        name: begins every id in the picture; unique on the page.

    Raises:
        PageError: the page has two marked fences.
    """
    if entry.path.suffix == ".py":
        svg = _figure_of_lab(read_lab(entry.path, project), project)
        return _wordless(inline_svg(svg, name, entry.title)) if svg else ""
    page = read_page(entry.path, project)
    marked = [fence for fence in page.fences if fence.card]
    if len(marked) > 1:
        message = f"the figure on line {marked[0].line} is marked `card` already"
        raise PageError(message, page.name, marked[1].line)
    for fence in marked or page.fences:
        if svg := _figure_of(fence, page, project):
            return _wordless(inline_svg(svg, name, entry.title))
    diagrams = [fence for fence in marked or page.fences if fence.kind == "mermaid"]
    if not diagrams:
        return ""
    found = _SVG.search(drawing.render(diagrams[0].code, project.diagrams, key=name))
    return _wordless(found[0]) if found else ""


def _figure_of(fence: Fence, page: Page, project: Project) -> str | None:
    """What a fence drew last time, if it did."""
    if not fence.options.get("alt"):
        return None
    chain = page.chain_of(fence)
    result = results.load(page, chain, project)
    if result is None:
        return None  # in a preview; a build finds that out where the page is rendered
    figures = result.segments[chain.fences.index(fence)].figures
    return figures[0] if figures else None


def _figure_of_lab(lab: Lab, project: Project) -> str | None:
    recorded = notebooks.load(lab, project)
    outputs = recorded[0] if recorded else []
    figures = (one.get("data", {}).get("image/svg+xml") for cell in outputs for one in cell)
    return next((str(svg) for svg in figures if svg), None)


def _wordless(svg: str) -> str:
    return _TEXT.sub("", svg)

