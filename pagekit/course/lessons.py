"""The course as a row of lessons, one per week: a gantt diagram, and the same as a list."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from pagekit.course.catalogue import entry_at
from pagekit.course.linking import address_from, linked_diagram
from pagekit.errors import PageError
from pagekit.render.rendering import Rendering
from pagekit.render.words.inline import escaped

_MONDAY = date(2024, 1, 1)  # of any year: only weeks are shown


def lessons(words: str, rendering: Rendering) -> str:
    """What the front matter lists as ``lessons``: ``title``, ``covers``, ``pages``, ``meanwhile``.

    ``pages`` are addresses within ``docs/``; a lesson without any is in preparation. ``meanwhile``
    says what there is instead.

    Raises:
        PageError: the list can't be read, or names a page that is not there.
    """
    listed = rendering.meta.get("lessons")
    if not isinstance(listed, list) or not all(_is_lesson(one) for one in listed):
        raise PageError("the front matter has no list `lessons` of `title`, `covers` and `pages`")
    links = {
        f"{number} {lesson['title']}": lesson["pages"][0]
        for number, lesson in enumerate(listed, 1)
        if lesson.get("pages")
    }
    rows = [_row(number, lesson, rendering) for number, lesson in enumerate(listed, 1)]
    return "\n".join([linked_diagram(gantt(listed), links, rendering), "", *rows])


def _is_lesson(lesson: Any) -> bool:
    return isinstance(lesson, dict) and {"title", "covers"} <= lesson.keys()


def gantt(listed: Sequence[dict[str, Any]]) -> str:
    """The lessons as mermaid: a week each, one after the other."""
    ready = [str(n) for n, lesson in enumerate(listed, 1) if lesson.get("pages")]
    tasks = [
        f"    {number} {lesson['title']} :{'done, ' if lesson.get('pages') else ''}"
        f"l{number}, {_MONDAY + timedelta(weeks=number - 1)}, 6d"
        for number, lesson in enumerate(listed, 1)
    ]
    return "\n".join(
        [
            "gantt",
            f"    accTitle: The course in {len(listed)} lessons",
            f"    accDescr: One lesson per week. Ready are lessons {', '.join(ready)}; the others "
            "are in preparation. The list under the diagram says the same.",
            "    dateFormat YYYY-MM-DD",
            "    axisFormat %-W",
            "    tickInterval 1week",
            "    weekday monday",
            *tasks,
        ]
    )


def _row(number: int, lesson: dict[str, Any], rendering: Rendering) -> str:
    pages = lesson.get("pages") or []
    links = [_link(address, rendering) for address in pages] or ["in preparation"]
    if lesson.get("meanwhile"):
        links.append(str(lesson["meanwhile"]))
    title, covers = escaped(str(lesson["title"])), escaped(str(lesson["covers"]))
    where = "\N{NO-BREAK SPACE}· ".join(links)  # no line begins with a dot
    return f"{number}. **{title}:** {covers}  \n    {where}\n"


def _link(address: str, rendering: Rendering) -> str:
    title = entry_at(address, "", rendering.project).title
    return f"[{escaped(title)}]({address_from(rendering, address)})"
