"""A mind map as SVG: the middle, branches to both sides of it, and the topics of each in a column.

Mermaid's own throws labels on lines, and boxes on boxes, as soon as there are many. Here each topic
has a row of its own.
"""

import html
from collections.abc import Mapping, Sequence

from pagekit.render.diagrams.colours import recolour
from pagekit.render.diagrams.theme import EDGES, FILLS, LINE

_LETTER = 8.2  # pixels of a letter, rather more than less
_ROW, _BETWEEN = 23.0, 16.0  # pixels: of a topic, and more from one branch to the next
_BOX = 30.0  # pixels: the height of a branch
_GAP = 34.0  # pixels, from one column to the next
_PAD = 15.0  # pixels, around the words of a box

Branches = Mapping[str, Sequence[str]]


def mind_map(middle: str, branches: Branches) -> str:
    """The map as HTML, ``figure.pk-diagram``.

    Args:
        middle: what stands in the middle.
        branches: the topics of each; the first half of them runs down the right side.
    """
    right, left = _sides(branches)
    inner = _wide([middle]) + 2 * _PAD
    reach = max(_reach(side) for side in (right, left))
    wide, tall = inner + 2 * reach, max(_tall(side) for side in (right, left))
    drawn = _side(right, inner / 2, tall, 1) + _side(left, -inner / 2, tall, -1)
    drawn += _box(middle, 0, tall / 2, inner, 46.0, "accent", bold=True)
    title = html.escape(f"{middle}, as the course sees them")
    said = html.escape(
        f"{middle} in the middle, and around them {len(branches)} branches: "
        f"{', '.join(branches)}. The list under the map has their topics."
    )
    return (
        f'<figure class="pk-diagram"><div class="pk-scroll" tabindex="0" role="region" '
        f'aria-label="Diagram: {title}"><svg viewBox="{-wide / 2:.0f} 0 {wide:.0f} {tall:.0f}" '
        f'width="{wide:.0f}" height="{tall:.0f}" role="img" aria-labelledby="pk-map-title" '
        f'aria-describedby="pk-map-desc" style="width:100%;max-width:{wide:.0f}px;height:auto;'
        f'--pk-w:{wide:.0f}px;font-size:15px"><title id="pk-map-title">{title}</title>'
        f'<desc id="pk-map-desc">{said}</desc>{drawn}</svg></div></figure>'
    )


def _sides(branches: Branches) -> tuple[Branches, Branches]:
    """Those on the right, and those on the left: as equal in height as their order allows."""
    names = list(branches)
    halves = [(names[:n], names[n:]) for n in range(len(names) + 1)]
    parts = [tuple({name: branches[name] for name in half} for half in pair) for pair in halves]
    right, left = min(parts, key=lambda pair: abs(_tall(pair[0]) - _tall(pair[1])))
    return right, left


def _wide(words: Sequence[str]) -> float:
    return _LETTER * max(map(len, words), default=0)


def _tall(side: Branches) -> float:
    return sum(_ROW * max(len(of), 2) + _BETWEEN for of in side.values())


def _reach(side: Branches) -> float:
    """Pixels that a side needs, from the middle's edge on."""
    topics = [topic for of in side.values() for topic in of]
    return 2 * _GAP + _wide(list(side)) + 2 * _PAD + _wide(topics) + 4


def _side(side: Branches, edge: float, tall: float, sign: int) -> str:
    """The branches of one side; ``sign`` is 1 on the right."""
    wide = _wide(list(side)) + 2 * _PAD
    near = edge + sign * _GAP
    far, column = near + sign * wide, near + sign * (wide + _GAP)
    lines, marks, top = "", "", (tall - _tall(side)) / 2
    for branch, topics in side.items():
        room = _ROW * max(len(topics), 2) + _BETWEEN
        y = top + room / 2
        lines += _curve(edge, tall / 2, near, y)
        marks += _box(branch, near + sign * wide / 2, y, wide, _BOX, "plain", bold=True)
        first = y - _ROW * (len(topics) - 1) / 2
        for number, topic in enumerate(topics):
            row = first + number * _ROW
            lines += _curve(far, y, column - sign * 4, row)
            marks += _words(topic, column, row, "start" if sign > 0 else "end")
        top += room
    return f'<g style="{recolour(f"fill:none;stroke:{LINE};stroke-width:1.2")}">{lines}</g>{marks}'


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    half = (x + to_x) / 2
    bend = f"{half:.1f} {y:.1f} {half:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
    return f'<path d="M{x:.1f} {y:.1f}C{bend}"/>'


def _box(words: str, x: float, y: float, wide: float, tall: float, kind: str, *, bold: bool) -> str:
    paint = recolour(f"fill:{FILLS[kind]};stroke:{EDGES[kind]}")
    return (
        f'<rect x="{x - wide / 2:.1f}" y="{y - tall / 2:.1f}" width="{wide:.1f}" '
        f'height="{tall:.1f}" rx="{tall / 3:.0f}" style="{paint}"/>'
    ) + _words(words, x, y, "middle", bold)


def _words(words: str, x: float, y: float, anchor: str, bold: bool = False) -> str:
    weight = ";font-weight:600" if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y + 5:.1f}" style="fill:currentColor;text-anchor:{anchor}{weight}">'
        f"{html.escape(words)}</text>"
    )
