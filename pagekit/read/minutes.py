"""How long a page takes to read: counted, so that it is true after every edit."""

import math
import re
from collections.abc import Iterator
from typing import Any

from pagekit.project import Project
from pagekit.read.blocks import Page
from pagekit.read.code.fences import Fence
from pagekit.read.passages import Passage
from pagekit.read.settings.menu import place_of

WORDS = 120  # read in a minute by somebody who follows every step
LINES = 15  # of code, likewise
STEP = 5  # what is shown is a multiple of this, rounded up
# Sections that are worked on as long as one likes, or looked things up in.
LEFT_OUT = {"Exercises", "References"}

_HEADING = re.compile(r"## +(?P<title>.*?)\s*(?:\{[^}]*\}\s*)?$")
_WORD = re.compile(r"[^\W_][\w'’-]*")


def minutes_to_read(page: Page, meta: dict[str, Any], project: Project) -> int:
    """As a page or lab says itself, else a chapter's by its length; 0 for any other page."""
    return int(meta.get("minutes", 0)) or (minutes_of(page) if place_of(page.path, project) else 0)


def minutes_of(page: Page) -> int:
    """Minutes to read a page, without its exercises and folded remarks; at least one step."""
    words = lines = 0
    for part in _read_through(page):
        if isinstance(part, Passage):
            words += len(_WORD.findall(part.masked)) if part.is_prose else 0
        elif part.kind != "mermaid":
            lines += sum(bool(line.text.strip()) for line in part.lines)
    return STEP * max(1, math.ceil((words / WORDS + lines / LINES) / STEP))


def _read_through(page: Page) -> Iterator[Fence | Passage]:
    is_read, folded = True, False
    for part in page.parts:
        inside = bool(part.prefix) if isinstance(part, Fence) else part.text[:1] in (" ", "\t")
        if isinstance(part, Passage) and part.is_prose and part.text.strip():
            folded = part.text.startswith("??? ") or (folded and inside)
            if head := _HEADING.match(part.text):
                is_read = head["title"] not in LEFT_OUT
        elif isinstance(part, Fence):
            folded = folded and inside
        if is_read and not folded:
            yield part
