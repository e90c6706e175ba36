"""Counts the code blocks of the finished HTML against the blocks that ran.

The renderer and the runner share one reading of a page. This count does not: a fence that our
reading missed is shown by the site's other extensions, and then stands here without a run.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from pagekit.errors import PageError
from pagekit.read.blocks import Page
from pagekit.read.code.languages import PYTHON, SHELL

_RUNNABLE = {f"language-{name}" for name in PYTHON | SHELL}
_VOID = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}


@dataclass
class Count:
    """Code blocks of one HTML page.

    Attributes:
        shown: those in a language that is run.
        ran: those that carry a recorded run.
        not_run: those that say why they did not run.
        strays: the text of those that do neither.
    """

    shown: int = 0
    ran: int = 0
    not_run: int = 0
    strays: list[str] = field(default_factory=list)


class _Counter(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.count = Count()
        self.open: list[tuple[str, str | None]] = []
        self.stray_depth: int | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        named = dict(attrs)
        classes = set((named.get("class") or "").split())
        if tag == "div" and "highlight" in classes and classes & _RUNNABLE:
            self.count.shown += 1
            states = [state for _, state in self.open if state]
            if not states:
                self.stray_depth = len(self.open)
                self.count.strays.append("")
            elif states[-1] == "ok":
                self.count.ran += 1
            else:
                self.count.not_run += 1
        self.open.append((tag, named.get("data-run")))

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            if self.open.pop()[0] == tag:
                break
        if self.stray_depth is not None and len(self.open) <= self.stray_depth:
            self.stray_depth = None

    def handle_data(self, data: str) -> None:
        if self.stray_depth is not None:
            self.count.strays[-1] += data


def count_html(html: str) -> Count:
    """Count the code blocks of one page of the built site."""
    counter = _Counter()
    counter.feed(html)
    return counter.count


def check(page: Page, html: str) -> Count:
    """Refuse a page whose HTML shows other blocks than those that were run.

    Raises:
        PageError: with the line of the first block that nothing ran, where it can be found.
    """
    count = count_html(html)
    if count.strays:
        first = count.strays[0].strip().splitlines()[0] if count.strays[0].strip() else ""
        lines = (n for n, line in enumerate(page.lines, 1) if first and first in line)
        raise PageError(
            f"this block is shown as code but was never run: {first!r}; write it as a fence of "
            "its own",
            page.name,
            next(lines, 1),
        )
    read = sum(fence.runs for fence in page.fences)
    if count.shown != read:
        raise PageError(
            f"the page has {read} blocks to run, but its HTML shows {count.shown}", page.name, 1
        )
    return count
