"""A diagram for a phone: the same one laid out anew, from top to bottom and closer together."""

import re
from collections.abc import Iterator
from typing import Any

from pagekit.render.diagrams.theme import CONFIG

WIDEST = 510.0
"""Pixels: a phone of 360 shows a diagram of this width with letters of 9.6, which are 15 in it."""

PHONE_CONFIG: dict[str, Any] = {
    **CONFIG,
    "flowchart": {
        "htmlLabels": False,
        "nodeSpacing": 22,
        "rankSpacing": 28,
        "padding": 10,
        "diagramPadding": 4,
        "wrappingWidth": 130,
    },
    "sequence": {
        "wrap": True,
        "width": 92,
        "actorMargin": 14,
        "boxMargin": 6,
        "noteMargin": 8,
        "diagramMarginX": 4,
        "diagramMarginY": 4,
    },
    "gantt": {
        "useWidth": 340,
        "fontSize": 14,
        "sectionFontSize": 14,
        "barHeight": 26,
        "barGap": 6,
        "leftPadding": 70,
        "rightPadding": 12,
        "topPadding": 54,
    },
}

_FLOWCHART = re.compile(r"^([ \t]*(?:flowchart|graph)[ \t]+)(?:LR|RL|TB|TD|BT)\b", re.MULTILINE)
_INNER = re.compile(r"^([ \t]*direction[ \t]+)(?:LR|RL)\b", re.MULTILINE)
_SIZE = re.compile(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"')


def forms(source: str) -> Iterator[str]:
    """The ways to write a diagram that may be narrower, the most readable first.

    Parts of a flowchart that nothing joins stand side by side where it runs down, and below one
    another where it runs to the right.
    """
    flows_down = _INNER.sub(r"\1TB", source)
    yield _FLOWCHART.sub(r"\1TB", flows_down)
    if re.search(r"^[ \t]*subgraph\b", source, re.MULTILINE):
        yield _FLOWCHART.sub(r"\1LR", flows_down)


def size(svg: str) -> tuple[float, float]:
    """The width and the height in pixels of what mermaid drew."""
    found = _SIZE.search(svg)
    return (float(found[1]), float(found[2])) if found else (0.0, 0.0)
