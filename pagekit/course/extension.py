"""The Markdown extension of a site that has a course: pages may speak of all its chapters."""

from typing import ClassVar

from pagekit.course.lessons import lessons
from pagekit.course.lists import LISTS
from pagekit.course.topics import topics
from pagekit.render.extension import PageExtension
from pagekit.render.rendering import Lists


class CourseExtension(PageExtension):
    """``pagekit.course.extension``, as ``mkdocs.yml`` names it in the place of the plain one."""

    lists: ClassVar[Lists] = {**LISTS, "lessons": lessons, "topics": topics}


def makeExtension(**settings: object) -> CourseExtension:
    """What Python-Markdown calls."""
    return CourseExtension(**settings)
