"""A drawing of fewer elements that looks the same: the cells of one colour become one path.

A browser styles each element of a page, and again whenever something around it changes; a copy
(``<use>``) costs it three elements. A heat map has thousands of cells, in a few hundred shades.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence

from pagekit.render.figures.grids import grid
from pagekit.render.figures.outlines import apart
from pagekit.render.figures.shapes import GROUP, PATH, SVG, Shape, path, shape, target

_DEFINITIONS = {SVG + name for name in ("defs", "clipPath", "mask", "pattern", "marker", "symbol")}
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def lighten(root: ET.Element) -> None:
    """Merge what one path can paint and drop what paints nothing, in place.

    Shapes change their order only where no two of them overlap, so the picture stays as it is.
    """
    _forget_names(root)
    _merge_within(root, {name: e for e in root.iter(PATH) if (name := e.get("id"))})
    _forget_names(root)
    _drop_unused(root)
    _unwrap(root)
    _merge_within(root, {})  # bars, say, each of which had a group of its own


def referenced(root: ET.Element) -> set[str]:
    """The ids that something in the drawing refers to."""
    found = {target(element)[1:] for element in root.iter() if target(element)[:1] == "#"}
    for element in root.iter():
        for value in element.attrib.values():
            found.update(_REFERENCE.findall(value))
    return found


def _forget_names(root: ET.Element) -> None:
    """Take away the ids that nothing refers to, such as those of matplotlib's groups."""
    needed = referenced(root)
    for element in root.iter():
        if element.get("id") not in needed:
            element.attrib.pop("id", None)


def _drop_unused(parent: ET.Element) -> None:
    """Take away what is defined and, by now, used by nothing."""
    for child in list(parent):
        if child.tag != SVG + "defs":
            _drop_unused(child)
            continue
        child[:] = [inner for inner in child if inner.get("id")]
        if not len(child):
            parent.remove(child)


def _unwrap(parent: ET.Element) -> None:
    """Put what is in a group that says nothing in the group's place."""
    children: list[ET.Element] = []
    for child in parent:
        _unwrap(child)
        children += child if child.tag == GROUP and not child.attrib else [child]
    parent[:] = children


def _merge_within(parent: ET.Element, paths: dict[str, ET.Element]) -> None:
    """Merge shapes that follow one another, here and further in."""
    children: list[ET.Element] = []
    run: list[Shape] = []
    for child in parent:
        if child.tag in _DEFINITIONS:
            children.append(child)  # paints nothing itself, so it may as well come before the run
        elif found := shape(child, paths):
            run.append(found)
        else:
            children += [*_merged(run), child]
            run = []
            _merge_within(child, paths)
    parent[:] = [*children, *_merged(run)]


def _merged(run: Sequence[Shape]) -> list[ET.Element]:
    """The fewest paths that paint these shapes."""
    run = [one for one in run if one.paints]
    groups: list[list[Shape]] = []
    if apart(one.box for one in run):
        if (cells := grid(run)) is not None:
            return [cells]
        by_colour: dict[object, list[Shape]] = {}
        for one in run:
            by_colour.setdefault(one.colour, []).append(one)
        groups = list(by_colour.values())
    else:
        for one in run:
            if groups and one.joins(groups[-1]):
                groups[-1].append(one)
            else:
                groups.append([one])
    return [path(group) for group in groups]
