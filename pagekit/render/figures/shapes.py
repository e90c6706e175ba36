"""What an element of a drawing paints, and which elements one path can paint."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import final

from pagekit.render.figures.outlines import LONG, Box, Outline, apart, drawn, read

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
GROUP, PATH, COPY = SVG + "g", SVG + "path", SVG + "use"

Look = tuple[tuple[str, str], ...]  # a style's properties and their values, in order
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@final
@dataclass(frozen=True)
class Shape:
    """An outline, filled or drawn, at its place.

    Attributes:
        outline: as it is defined.
        look: the style.
        x: how far it is moved to the right.
        y: how far it is moved down.
        clip: what it is clipped to, as in the attribute ``clip-path``.
        element: the path that it is already, if any.
    """

    outline: Outline
    look: Look
    x: float = 0.0
    y: float = 0.0
    clip: str = ""
    element: ET.Element | None = None

    @cached_property
    def style(self) -> dict[str, str]:
        """The properties of its style."""
        return dict(self.look)

    @cached_property
    def box(self) -> Box:
        """The box that it paints in: a pen reaches out by half its width, further at a corner."""
        left, top, right, bottom = self.outline.box
        pen = float(self.style.get("stroke-width", 1)) if "stroke" in self.style else 0.0
        return left + self.x - pen, top + self.y - pen, right + self.x + pen, bottom + self.y + pen

    @property
    def paints(self) -> bool:
        """Whether there is anything to see of it."""
        return self.style.get("fill") != "none" or "stroke" in self.style

    @property
    def colour(self) -> tuple[Look, str]:
        """All in which the shapes of one path agree."""
        return self.look, self.clip

    def joins(self, others: Sequence["Shape"]) -> bool:
        """Whether one path can paint these and then it, even if some of them overlap."""
        if self.colour != others[0].colour:
            return False
        fill, pen = self.style.get("fill", ""), self.style.get("stroke", "none")
        # Where outlines that run round in opposite ways overlap, one path would have a hole.
        alike = self.outline == others[0].outline
        opaque = not any("opacity" in name for name in self.style)
        if opaque and (fill == "none" or (pen in ("none", fill) and alike)):
            return True
        return all(apart((self.box, other.box)) for other in others)


def path(shapes: Sequence[Shape]) -> ET.Element:
    """The one path that paints shapes of one colour."""
    first = shapes[0]
    if len(shapes) == 1 and first.element is not None:
        if len(first.outline.steps) > LONG:
            first.element.set("d", drawn([(first.outline, 0.0, 0.0)]))
        return first.element
    d = {"d": drawn((one.outline, one.x, one.y) for one in shapes)}
    clip = {"clip-path": first.clip} if first.clip else {}
    style = {"style": "; ".join(f"{name}: {value}" for name, value in first.look)}
    return ET.Element(PATH, d | clip | style)


def shape(element: ET.Element, paths: dict[str, ET.Element]) -> Shape | None:
    """What an element paints, if that is one outline in one colour.

    Args:
        element: any element.
        paths: those that copies may stand for, by id.
    """
    names = set(element.attrib)
    if element.tag == PATH and names <= {"d", "style", "clip-path"}:
        found = _shape(element, _look(element.get("style", "")))
        return found and replace(found, clip=element.get("clip-path", ""), element=element)
    if element.tag == GROUP and names == {"clip-path"} and len(element) == 1:
        found = shape(element[0], paths)
        if found is None or found.clip:
            return None
        return replace(found, clip=element.attrib["clip-path"], element=None)
    if element.tag == COPY and names <= {"href", f"{XLINK}href", "x", "y", "style"}:
        original = paths.get(target(element)[1:])
        if original is None or set(original.attrib) - {"id", "d", "style"}:
            return None
        found = _shape(original, _look(element.get("style", ""), original.get("style", "")))
        places = [element.get(name, "0") for name in ("x", "y")]
        if found and all(map(_NUMBER.fullmatch, places)):
            return replace(found, x=float(places[0]), y=float(places[1]))
    return None


def target(element: ET.Element) -> str:
    """What the element links to or is a copy of."""
    return element.get("href") or element.get(f"{XLINK}href") or ""


def _shape(element: ET.Element, look: Look) -> Shape | None:
    """The shape of a path, unless it is filled with a gradient, which spans all of a path."""
    outline = read(element.get("d", ""))
    pen = dict(look).get("stroke-width", "1")
    if outline is None or not _NUMBER.fullmatch(pen) or any("url(" in value for _, value in look):
        return None
    return Shape(outline, look)


@lru_cache(maxsize=1024)
def _look(style: str, own: str = "") -> Look:
    """The properties of a style, in order; a path's own goes before what it inherits.

    Opacities are in steps of a hundredth: a screen has hardly finer ones, and a heat map then has
    two hundred shades, not a thousand.
    """
    rules = [rule.partition(":") for rule in f"{style};{own}".split(";") if rule.strip()]
    properties = {name.strip(): value.strip() for name, _, value in rules}
    for name, value in properties.items():
        if "opacity" in name and _NUMBER.fullmatch(value):
            properties[name] = f"{float(value):.2f}"
    return tuple(properties.items())
