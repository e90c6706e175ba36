"""How long something takes to read, from its size, and what fits into the time that one has."""

from collections.abc import Iterable

from snippets.foundations.facts import Entry
from snippets.society.energy import check_amounts

# Pages per hour when one reads to understand, with a pencil. Our guess, and yours may be better.
PAGES = {"book": 12, "paper": 8, "post": 20}
PAUSES = 1.5  # hours for an hour of video, with pauses to type along
SIZES = ("pages", "video", "hours")


def hours_needed(entry: Entry, pages: dict[str, int] = PAGES) -> float:
    """The hours that a work takes: stated ones, or from its pages or its video.

    Args:
        entry: a work, with one of the facts `pages`, `video` (in hours) and `hours`.
        pages: how many pages of each kind of work one reads in an hour.

    Raises:
        ValueError: it has none of the three, more than one, no pace for its kind, or a size that
            is negative or missing.
    """
    found = [size for size in SIZES if size in entry.facts]
    if len(found) != 1:
        raise ValueError(f"{entry.name} must have one of {', '.join(SIZES)}; it has {found}")
    size = entry[found[0]]
    check_amounts(**{found[0]: size})
    if found[0] == "pages":
        if entry.kind not in pages:
            raise ValueError(f"{entry.name}: no pace for a {entry.kind}, only for {sorted(pages)}")
        return size / pages[entry.kind]  # (!)
    return size * PAUSES if found[0] == "video" else size


def spoken(hours: float) -> str:
    """A time as one says it, with no more digits than an estimate has: "40 min", "3 h", "130 h".

    Raises:
        ValueError: it is negative or missing.
    """
    check_amounts(hours=hours)
    if hours < 0.95:
        return f"{max(round(hours * 12), 1) * 5} min"
    step = 1 if hours < 20 else 10
    return f"{round(hours / step) * step} h"


def fitting(entries: Iterable[Entry], hours: float, kind: str | None = None) -> list[Entry]:
    """The works that take at most so many hours, in the order given.

    Args:
        entries: works.
        hours: what one has.
        kind: course, book, paper, tool or post; None for all.

    Raises:
        ValueError: the hours are negative or missing, or a work has no size.
    """
    check_amounts(hours=hours)
    return [
        entry for entry in entries if kind in (None, entry.kind) and hours_needed(entry) <= hours
    ]
