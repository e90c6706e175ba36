"""A chapter's figure as a small picture: as its page's own run drew it, without lettering."""

import re
import xml.etree.ElementTree as ET

from pagekit.course.catalogue import Entry
from pagekit.course.linking import SVG
from pagekit.errors import PageError
from pagekit.labs import notebooks
from pagekit.labs.source import Lab, read_lab
from pagekit.project import Project
from pagekit.read.blocks import Page, read_page
from pagekit.read.code.fences import Fence
from pagekit.render.diagrams import drawing
from pagekit.render.figures import outlines
from pagekit.render.figures.svg import inline_svg
from pagekit.run import results

EDGE = 2.0  # points around the axes, for lines that lie on their edge

_PATH = re.compile(r' d="([^"]+)"')
_WORDS = re.compile(
    r"<(text|title|desc)\b(?:[^>]*/>|.*?</\1>)|\saria-(?:labelled|described)by=\"[^\"]*\"",
    re.DOTALL,
)


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
        return _small(svg, name, entry) if svg else ""
    page = read_page(entry.path, project)
    marked = [fence for fence in page.fences if fence.card]
    if len(marked) > 1:
        message = f"the figure on line {marked[0].line} is marked `card` already"
        raise PageError(message, page.name, marked[1].line)
    for fence in marked or page.fences:
        if svg := _figure_of(fence, page, project):
            return _small(svg, name, entry)
    diagrams = [fence for fence in marked or page.fences if fence.kind == "mermaid"]
    if not diagrams:
        return ""
    html = drawing.render(diagrams[0].code, project.diagrams, key=name, phones=False)
    found = SVG.search(html)
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


def _small(svg: str, name: str, entry: Entry) -> str:
    return _wordless(inline_svg(_cropped(svg), name, entry.title))


def _cropped(svg: str) -> str:
    """A figure of matplotlib's without the margin around its axes, which held their lettering."""
    root = ET.fromstring(svg)
    axes = [group for group in root.iter() if group.get("id", "").startswith("axes_")]
    patches = (next((e.get("d") for e in group.iter() if e.get("d")), None) for group in axes)
    boxes = [found.box for d in patches if d and (found := outlines.read(d))]
    if not boxes:
        return svg
    left, top = (min(box[side] for box in boxes) - EDGE for side in (0, 1))
    right, bottom = (max(box[side] for box in boxes) + EDGE for side in (2, 3))
    return re.sub(
        r'viewBox="[^"]*"', f'viewBox="{left:.1f} {top:.1f} {right - left:.1f} {bottom - top:.1f}"',
        svg, count=1
    )  # fmt: skip


def _wordless(svg: str) -> str:
    return _PATH.sub(lambda path: f' d="{rounded(path[1])}"', _WORDS.sub("", svg))


def rounded(path: str) -> str:
    """The data of a path with one decimal: at the size of a card nobody sees more."""
    if "a" in path.lower():  # the flags of an arc may stand without spaces
        return path
    words = re.findall(r"[A-Za-z]|-?(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?", path)
    short = (word if word.isalpha() else f"{round(float(word), 1) + 0:g}" for word in words)
    return re.sub(r" ?([A-Za-z]) ?", r"\1", " ".join(short)).replace(" -", "-")
