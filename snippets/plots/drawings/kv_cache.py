"""The KV cache as a picture: what each step computes, and what it finds already there."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.drawings.shapes import PALE, tensor
from snippets.plots.drawings.sheet import finished, new_sheet, page_width, write
from snippets.plots.house.colours import COLOUR_OF
from snippets.plots.house.style import house_style
from snippets.plots.house.values import Array
from snippets.plots.house.widths import for_both

_MOST_STEPS = 4
_MOST_TOKENS = 12
_STACKED = 400.0  # points: on a narrower sheet a step is a row, and not a column
_PARTS = (("Q", "queries"), ("K", "keys"), ("V", "values"))
_INNER = 7.0  # points between queries, keys and values
_OUTER = 22.0  # points between steps, and between the two ways


@for_both
def kv_cache_drawing(
    prompt: int,
    steps: int = 3,
    head_size: int = 4,
    *,
    title: str = "With a cache, a step computes one row and finds the others",
) -> Figure:
    """Queries, keys and values that are computed (deep) or kept (pale), without and with a cache.

    The first step reads the prompt, each further step one more token. All boxes are to one scale:
    a row is a token, a square a number of one head of one layer.

    Args:
        prompt: tokens of the prompt.
        steps: how many further tokens are read, from 1 to 3.
        head_size: D, from 1 to 8.
        title: what it shows.

    Raises:
        ValueError: a size out of its range, or more than 12 tokens in all.
    """
    if prompt < 1 or not 1 <= steps < _MOST_STEPS or prompt + steps > _MOST_TOKENS:
        raise ValueError(
            f"prompt of {prompt} and {steps} steps: from 1 token, from 1 to "
            f"{_MOST_STEPS - 1} steps, at most {_MOST_TOKENS} tokens in all"
        )
    if not 1 <= head_size <= 8:
        raise ValueError(f"head_size={head_size} must be from 1 to 8")
    lengths = [prompt + step for step in range(steps + 1)]
    with house_style():
        return finished(_draw(lengths, head_size, title))


def computed_rows(lengths: list[int], cached: bool) -> list[int]:
    """How many rows of keys each step computes, of texts that grow to these lengths."""
    if not cached:
        return list(lengths)
    return [now - before for before, now in zip([0, *lengths], lengths, strict=False)]


def _draw(lengths: list[int], size: int, title: str) -> Axes:
    room, most = page_width(), lengths[-1]
    down = room < _STACKED
    across = 2 if down else len(lengths)
    unit = ((room - _OUTER * (across - 1)) / across - 2 * _INNER) / (3 * size)
    unit = min(unit, 9.0)
    pitch = (room + _OUTER) / across
    head, tall = 38.0, most * unit + 26
    rows = len(lengths) if down else 2
    axes = new_sheet(room, (head + tall * rows) if down else rows * (head + tall), title)
    for way, name in enumerate(("without a cache", "with a cache")):
        counts = computed_rows(lengths, cached=way == 1)
        left, top = (way * pitch, 6.0) if down else (0.0, way * (head + tall) + 6)
        write(axes, left, top, name, align="left", bold=True)
        text = "" if down else f"{' + '.join(map(str, counts))} = "
        text += f"{sum(counts)} rows each"
        write(axes, left + (0 if down else 92), top + (13 if down else 0), text, align="left")
        for number, (length, count) in enumerate(zip(lengths, counts, strict=True)):
            x = way * pitch if down else number * pitch
            y = head + number * tall if down else way * (head + tall) + head
            _step(axes, (x, y), length, count, size, unit)
            words = f"read {length} tokens" if number == 0 else f"token {length}"
            write(axes, x, y + length * unit + 9, words, align="left", colour="muted", size=8.5)
    return axes


def _step(
    axes: Axes, place: tuple[float, float], length: int, count: int, size: int, unit: float
) -> None:
    """Queries, keys and values of one step, of which the last ``count`` rows are computed."""
    left, top = place
    for name, thing in _PARTS:
        rows = np.full((length, size), PALE)
        rows[length - count :] = 1.0
        if name == "Q":
            rows[: length - count] = np.nan  # used once, by its own token: nobody keeps it
        tensor(axes, (left, top), _shades(rows), unit, COLOUR_OF[thing])
        write(axes, left + size * unit / 2, top - 8, name, bold=True, colour=COLOUR_OF[thing])
        left += size * unit + _INNER


def _shades(rows: Array) -> Array:
    return rows * 0.9
