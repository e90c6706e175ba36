"""What a drawing shows, read back from it."""

from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from snippets.plots.house.style import PALETTE
from tests.snippets.plots.laws import assert_all_inside

NAMES = {colour: name for name, colour in PALETTE.items()}


def tensors(figure: Figure) -> list[PolyCollection]:
    (axes,) = figure.axes
    return [found for found in axes.collections if isinstance(found, PolyCollection)]


def shapes(figure: Figure) -> list[tuple[int, float]]:
    """Of each tensor drawn number by number: how many squares, and their side in points."""
    found = []
    for tensor in tensors(figure):
        sides = {
            round(float(np.ptp(np.asarray(path.vertices)[:4, 0])), 3) for path in tensor.get_paths()
        }
        (side,) = sides
        found.append((len(tensor.get_paths()), side))
    return found


def boxes(figure: Figure) -> list[tuple[str, float, float]]:
    """Of each plain box: colour, width and height."""
    (axes,) = figure.axes
    plain: list[Any] = [patch for patch in axes.patches if type(patch) is Rectangle]
    return [
        (NAMES[to_hex(box.get_facecolor()[:3])], box.get_width(), box.get_height())
        for box in plain
        if box.get_facecolor()[3] > 0
    ]


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def arrows(figure: Figure) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Of each arrow: where it starts and where it ends."""
    drawn: list[Any] = [p for p in figure.axes[0].patches if isinstance(p, FancyArrowPatch)]
    return [arrow._posA_posB for arrow in drawn]


def parts(figure: Figure) -> list[Bbox]:
    """Whatever fills a place: tensors, plain boxes, steps and circles, in points."""
    (axes,) = figure.axes
    found = [
        Bbox.union([path.get_extents() for path in tensor.get_paths()])
        for tensor in tensors(figure)
    ]
    filled: list[Any] = [p for p in axes.patches if not isinstance(p, FancyArrowPatch)]
    for patch in filled:
        if not _is_mark(patch):
            path = patch.get_path().transformed(patch.get_patch_transform())
            found.append(path.get_extents())
    return found


def marks(figure: Figure) -> list[Bbox]:
    """The frames around what the text names."""
    found: list[Any] = list(filter(_is_mark, figure.axes[0].patches))
    return [patch.get_bbox() for patch in found]


def _is_mark(patch: Any) -> bool:
    plain = type(patch) is Rectangle
    return plain and patch.get_facecolor()[3] == 0


def texts_at(figure: Figure, said: str) -> list[tuple[float, float]]:
    """Where a text stands, each time."""
    return [text.get_position() for text in figure.axes[0].texts if text.get_text() == said]


def text_boxes(figure: Figure) -> dict[Text, Bbox]:
    """Where the letters of each text lie, in points; of its height, what a capital takes."""
    (axes,) = figure.axes
    back = axes.transData.inverted()
    found = {}
    for text in axes.texts:
        box, y = text.get_window_extent().transformed(back), text.get_position()[1]
        high = 0.37 * float(text.get_fontsize())
        found[text] = Bbox([[box.x0, y - high], [box.x1, y + high]])
    return found


def assert_tidy(figure: Figure, *, reach: float = 4.5, below: float = 14) -> None:
    """Laws of a sheet: all of it used, words apart and across no edge, arrows from part to part.

    Args:
        figure: a drawing.
        reach: points between an arrow's end and what it begins or ends at.
        below: points that may be empty at the foot.
    """
    (axes,) = figure.axes
    assert_all_inside(figure)
    texts, places = text_boxes(figure), parts(figure)
    for one, other in combinations(texts.values(), 2):
        assert not Bbox.overlaps(one.padded(-0.5), other.padded(-0.5)), (one, other)
    height = axes.get_ylim()[0]
    lowest = max(box.y1 for box in [*texts.values(), *places])
    assert height - below <= lowest <= height + 2
    for text, box in texts.items():
        for place in places:
            within = place.x0 <= box.x0 + 2 and box.x1 - 2 <= place.x1
            within = within and place.y0 <= box.y0 + 3 and box.y1 - 3 <= place.y1
            assert within or not Bbox.overlaps(place.padded(-1), box), (text, place)
    _assert_arrows_join(figure, places, [*texts.values()], reach)


def _assert_arrows_join(
    figure: Figure, places: list[Bbox], texts: list[Bbox], reach: float
) -> None:
    """Each arrow begins and ends near the edge of a part, a word or a line, and in no part."""
    paths = [np.asarray(line.get_xydata()) for line in figure.axes[0].lines]
    lines = [Bbox([path.min(0), path.max(0)]) for path in paths]
    solid = [p for p in places if _is_part(p, places)]
    for ends in arrows(figure):
        for x, y in ends:
            near = [*solid, *texts, *lines]
            assert any(_outside(p, x, y) <= reach for p in near), (ends, (x, y))
            assert not any(p.padded(-1).contains(x, y) for p in solid), (ends, (x, y))


def _is_part(place: Bbox, places: list[Bbox]) -> bool:
    """Not a ground on which other parts stand."""
    others = [p for p in places if not np.allclose(p, place)]
    return not any(place.x0 <= p.x0 and p.x1 <= place.x1
                   and place.y0 <= p.y0 and p.y1 <= place.y1 for p in others)  # fmt: skip


def _outside(place: Bbox, x: float, y: float) -> float:
    """Points from a place to a point outside of it."""
    beside = max(place.x0 - x, x - place.x1, 0)
    above = max(place.y0 - y, y - place.y1, 0)
    return float(np.hypot(beside, above))
