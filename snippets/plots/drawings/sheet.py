"""A sheet to draw on, where one unit is one point and y runs down; places on it, and words."""

from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.plots.house.style import MAX_WIDTH, PALETTE, finish, new_figure, plain_text
from snippets.plots.house.titles import TITLE_LINE, TITLE_SIZE, balanced
from snippets.plots.house.widths import PHONE, for_phone

POINTS = 72
"""Points per inch."""

WORD = 9.0
"""Points: the size of words."""


@dataclass(frozen=True)
class Box:
    """A place on the sheet, in points from its top left corner."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.top + self.height

    @property
    def x(self) -> float:
        """The middle from left to right."""
        return self.left + self.width / 2

    @property
    def y(self) -> float:
        """The middle from top to bottom."""
        return self.top + self.height / 2


def new_sheet(width: float, height: float, title: str) -> Axes:
    """An empty sheet of ``width`` by ``height`` points below its title, inside ``house_style()``.

    Raises:
        ValueError: see ``figure_size``.
    """
    lines = balanced(title, 0.93 * width)  # a coarse screen's letters are wider
    head = TITLE_LINE * len(lines) + 8
    figure, (axes,) = new_figure(width / POINTS, (height + head) / POINTS)
    figure.set_layout_engine("none")
    axes.set_position((0, 0, 1, height / (height + head)))
    axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    for number, line in enumerate(lines):
        at = TITLE_LINE * (number + 0.5) - head
        write(axes, 0, at, line, size=TITLE_SIZE, align="left", bold=True)
    return axes


def finished(axes: Axes) -> Figure:
    """The figure of a sheet, laid out as it will be shown."""
    figure = axes.get_figure(root=True)
    assert figure is not None, "a sheet belongs to a figure"
    return finish(figure)


def write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    colour: str = "ink",
    size: float = WORD,
    align: str = "center",
    bold: bool = False,
) -> None:
    """A line of text, its middle at the height y, in a colour of ``PALETTE``."""
    weight = "bold" if bold else "normal"
    font: Any = {"ha": align, "va": "center", "fontsize": size, "fontweight": weight}
    plain_text(axes.text(x, y, text, color=PALETTE[colour], **font))


def page_width() -> float:
    """Points: as wide as a figure may be, on a page or on a phone."""
    return POINTS * (PHONE if for_phone() else MAX_WIDTH)
