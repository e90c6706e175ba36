"""A painter of simple drawings, to see that two of them look the same."""

import re
import xml.etree.ElementTree as ET

import numpy as np

SVG = "{http://www.w3.org/2000/svg}"
SIDE = 16
Point = tuple[float, float]


def painted(root: ET.Element) -> np.ndarray:
    """The picture, (SIDE, SIDE, 3): filled paths and copies of paths, one over the other."""
    canvas = np.ones((SIDE, SIDE, 3))
    originals = {e.get("id"): e for e in root.iter(f"{SVG}path") if e.get("id")}
    for element in _elements(root):
        x, y = (float(element.get(name, 0)) for name in ("x", "y"))
        path = originals[element.attrib["href"][1:]] if element.tag == f"{SVG}use" else element
        style = dict(re.findall(r"([\w-]+): ?([^;]+)", element.get("style", "")))
        if style["fill"] == "none":
            continue
        rings = [[(left + x, top + y) for left, top in ring] for ring in rings_of(path.get("d"))]
        opacity = float(style.get("fill-opacity", 1))
        colour = np.array([int(style["fill"][n : n + 2], 16) / 255 for n in (1, 3, 5)])
        inside = sum(_windings(ring) for ring in rings) != 0
        canvas[inside] = (1 - opacity) * canvas[inside] + opacity * colour
    return canvas


def _elements(parent: ET.Element) -> list[ET.Element]:
    found = []
    for child in parent:
        if child.tag in (f"{SVG}path", f"{SVG}use"):
            found.append(child)
        elif child.tag != f"{SVG}defs":
            found += _elements(child)
    return found


def rings_of(d: str | None) -> list[list[Point]]:
    """The closed lines of a path, absolute or relative, without curves."""
    rings: list[list[Point]] = []
    x = y = 0.0
    for command, text in re.findall(r"([A-Za-z])([^A-Za-z]*)", d or ""):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", text)]
        if command == "z":
            x, y = rings[-1][0]
            continue
        relative = command.islower()
        if command == "h":
            numbers = [numbers[0], 0.0]
        if command == "v":
            numbers = [0.0, numbers[0]]
        x, y = (x + numbers[0], y + numbers[1]) if relative else (numbers[0], numbers[1])
        if command in "Mm":
            rings.append([])
        rings[-1].append((x, y))
    return rings


def _windings(ring: list[Point]) -> np.ndarray:
    """How often a ring runs round the middle of each pixel; to the left counts negative."""
    rows, columns = np.mgrid[:SIDE, :SIDE] + 0.5
    turns = np.zeros((SIDE, SIDE), dtype=int)
    for (x0, y0), (x1, y1) in zip(ring, ring[1:] + ring[:1], strict=True):
        if y0 == y1:
            continue
        beside = columns < x0 + (rows - y0) * (x1 - x0) / (y1 - y0)
        turns += beside & (y0 <= rows) & (rows < y1)
        turns -= beside & (y1 <= rows) & (rows < y0)
    return turns
