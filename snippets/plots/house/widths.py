"""Figures for two widths: a page of text, and a phone's page, on which nothing is made smaller.

A function that draws asks ``for_phone()`` which of them it draws for. With ``@for_both`` before it,
the figure that it returns keeps, as ``for_phone``, a function that draws it again for a phone;
whoever shows figures on pages calls that, and all others needn't know.
"""

import textwrap
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

PHONE = 3.2
"""Inches: the width of a figure on a phone, whose page is 3.75 inches wide with its margins."""

_LETTER = 0.62  # of its size: the width of a letter in bold, on average
_FEWEST = 8  # letters in a line of a title
_POINTS = 72  # in an inch
_LINE = 17.0  # points: a line of text above or below the plot
_LINES_OF_KEY = 2
_PAD = 6.0  # points: between a title and what is below it
_EDGE = 0.04  # inches

_for_phone: ContextVar[bool] = ContextVar("for_phone", default=False)
_Arguments = ParamSpec("_Arguments")
_Width = TypeVar("_Width", int, float)  # letters, or points


def for_phone() -> bool:
    """Whether what is drawn now is for a phone."""
    return _for_phone.get()


def for_both(draw: Callable[_Arguments, Figure]) -> Callable[_Arguments, Figure]:
    """Let each figure that ``draw`` returns know how it is drawn for a phone.

    That is done from the same arguments, and only if it is asked for; they must not change before.
    """

    @wraps(draw)
    def drawn(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Figure:
        figure = draw(*args, **kwargs)
        vars(figure)["for_phone"] = partial(_again, drawn, *args, **kwargs)
        figure.stale = False  # so that one can tell whether it was changed since
        return figure

    return drawn


def _again(draw: Callable[..., Figure], *args: Any, **kwargs: Any) -> Figure:
    before = _for_phone.set(True)
    try:
        return draw(*args, **kwargs)
    finally:
        _for_phone.reset(before)


def fit(figure: Figure) -> list[Text]:
    """Fit what is written around the plots to a phone, before the figure is laid out.

    The name of a vertical axis goes above its plot, which may then be wider, and titles get as
    many lines as they need. The figure grows by what the plots would lose. Returns the titles.
    """
    lines = 0
    titles = []
    above_plots = any(axes.get_ylabel() for axes in figure.axes)
    pad = _PAD + _LINE * above_plots  # of all titles alike, so that they stand level
    for axes in figure.axes:
        above = int(above_plots)
        axes.yaxis.label.set(rotation=0, ha="left", va="bottom")
        axes.yaxis.set_label_coords(0, 1.02)
        if title := axes.get_title(loc="left"):
            text = axes.set_title(title, loc="left", pad=pad)
            letters = _width(axes) / (float(text.get_fontsize()) * _LETTER)
            text.set_text(_broken(title, max(_FEWEST, int(letters))))
            above += text.get_text().count("\n")
            titles.append(text)
        lines = max(lines, above)
    lines += _LINES_OF_KEY * len(figure.legends)
    figure.set_figheight(figure.get_figheight() + lines * _LINE / _POINTS)
    return titles


def _broken(title: str, letters: int) -> str:
    """A title in as few lines as it takes, of at most so many letters and about equally long."""
    broken = partial(textwrap.wrap, title, break_long_words=False)
    return "\n".join(evenly(broken, [letters, *range(letters - 1, _FEWEST, -1)]))


def evenly(broken: Callable[[_Width], list[str]], widths: Iterable[_Width]) -> list[str]:
    """A text in as few lines as it takes, none much shorter than the others.

    Args:
        broken: gives the lines of at most a width.
        widths: from the one that there is down; the last that needs no more lines is taken.
    """
    lines: list[str] = []
    for width in widths:
        narrower = broken(width)
        if lines and len(narrower) > len(lines):
            break
        lines = narrower
    return lines


def align(titles: Iterable[Text]) -> None:
    """Let titles begin at the left edge of the figure, which is laid out: there they have room."""
    for title in titles:
        axes = title.axes
        if isinstance(axes, Axes) and _width(axes) == PHONE * _POINTS:
            box = axes.get_position()
            title.set_x((_EDGE / PHONE - box.x0) / box.width)


def _width(axes: Axes) -> float:
    """The width in points that a plot has among others, its lettering included."""
    place = axes.get_subplotspec()
    return PHONE * _POINTS / (place.get_gridspec().ncols if place else 1)
