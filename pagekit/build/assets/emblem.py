"""The emblem: squares, read from the theme's icon and written as a file of their own."""

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from pagekit.errors import PageError

VIEW = 24
"""The side of the emblem's view box."""


@dataclass(frozen=True)
class Square:
    """One ``<rect>`` of the emblem, in units of its view box."""

    x: float
    y: float
    side: float
    radius: float
    opacity: float


def read_emblem(path: Path) -> list[Square]:
    """The squares of an emblem.

    Raises:
        PageError: it is no SVG, or holds anything but squares.
    """
    try:
        rects = list(ET.fromstring(path.read_text(encoding="utf-8")))
        squares = []
        for rect in rects:
            values = {name: float(value) for name, value in rect.attrib.items()}
            if not rect.tag.endswith("rect") or values["width"] != values["height"]:
                raise ValueError(f"<{rect.tag.rpartition('}')[2]}> is no square")
            squares.append(
                Square(
                    values["x"],
                    values["y"],
                    values["width"],
                    values.get("rx", 0.0),
                    values.get("opacity", 1.0),
                )
            )
    except (ET.ParseError, KeyError, ValueError) as error:
        raise PageError(f"the emblem must be made of square <rect>s: {error}", str(path)) from error
    if not squares:
        raise PageError("the emblem holds no <rect>", str(path))
    return squares


def emblem_svg(squares: list[Square], colour: str, dark: str | None = None) -> str:
    """The emblem as a file of its own, in one colour, with a twin for dark browsers if given."""
    style = f"svg{{fill:{colour}}}"
    if dark:
        style += f"@media(prefers-color-scheme:dark){{svg{{fill:{dark}}}}}"
    rects = "".join(
        f'<rect x="{s.x:g}" y="{s.y:g}" width="{s.side:g}" height="{s.side:g}" rx="{s.radius:g}"'
        + ("/>" if s.opacity == 1 else f' opacity="{s.opacity:g}"/>')
        for s in squares
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {VIEW} {VIEW}">'
        f"<style>{style}</style>{rects}</svg>\n"
    )
