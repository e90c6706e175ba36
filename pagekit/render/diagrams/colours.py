"""Gives each colour in a diagram's CSS its variable, so that the dark scheme can replace it."""

import colorsys
import re

from pagekit.errors import PageError
from pagekit.render.diagrams.theme import COLOURS, FIXED, INK

_COLOUR = re.compile(
    r"#[0-9a-fA-F]{3,8}(?![\w-])|(?:rgb|hsl)a?\([^)]*\)"
    r"|(?<=[:\s])(?:black|white|gr[ae]y|lightgr[ae]y)(?=\s*(?:;|!|$))"
)


class DiagramError(PageError):
    """A diagram that can't be drawn; ``line``, where known, counts from 1 within the diagram."""


def recolour(css: str) -> str:
    """Each colour as a variable with the light colour as its fallback; ink as currentColor."""
    return _COLOUR.sub(lambda match: _variable(match[0]), css)


def _variable(colour: str) -> str:
    if re.match(r"(?:rgb|hsl)a", colour) or "/" in colour:
        return colour  # see-through: shadows and veils, which suit both schemes
    colour = _hex(colour)
    colour = FIXED.get(colour, colour)
    if colour == INK:
        return "currentColor"
    if colour not in COLOURS:
        raise DiagramError(
            f"the diagram uses the colour {colour}, which has no dark twin: "
            "mark nodes with :::accent, :::good or :::other instead of a style"
        )
    return f"var(--fig-{colour[1:]}, {colour})"


def _hex(colour: str) -> str:
    """``rgb(253, 230, 138)`` → ``#fde68a``; others in lower case.

    ``hsl(…)`` is how mermaid writes a shade that it derived itself: it becomes the nearest of our
    colours.
    """
    if colour.startswith("hsl("):
        hue, saturation, light = (float(part) for part in re.findall(r"-?[\d.]+", colour)[:3])
        shade = colorsys.hls_to_rgb(hue / 360 % 1, light / 100, saturation / 100)
        return min(sorted(COLOURS), key=lambda ours: _distance(ours, shade))
    if colour.startswith("rgb("):
        parts = [float(part) for part in re.findall(r"[\d.]+", colour)[:3]]
        return "#" + "".join(f"{round(part):02x}" for part in parts)
    return colour.lower()


def _distance(colour: str, shade: tuple[float, float, float]) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return sum((part - other) ** 2 for part, other in zip(parts, shade, strict=True))
