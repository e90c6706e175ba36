"""What a line of code says that is not for its reader, and is never shown.

A comment's end ``(!)`` is the mark that lights the line of a listing. ``# type: ignore[…]``,
``# noqa: …`` and ``# fmt: skip`` are remarks to the programs that check the snippets.
"""

import re
from dataclasses import replace

from pagekit.errors import PageError
from pagekit.read.includes import Line

MARK = "(!)"
_MARKED = re.compile(rf"(?P<line>.*#.*?)[ \t]+{re.escape(MARK)}\s*")
_REMARK = re.compile(
    r"[ \t]+# *(type: *ignore(\[[\w, -]*\])?|noqa(: *[A-Z]+\d+(, *[A-Z]+\d+)*)?|fmt: *skip)"
    r" *(\([^()\"']*\) *)?$"  # with the reason in brackets, where one is given
)
_NO_COMMENT = re.compile(r"[ \t]*#$")  # the mark was all of it


def without_mark(line: Line) -> Line:
    """A line of code as it is shown and run, without remarks; it knows whether it bore the mark.

    Raises:
        PageError: there is nothing on the line to light.
    """
    if (text := _REMARK.sub("", line.text)) not in ("", line.text):
        line = replace(line, text=text)
    marked = _MARKED.fullmatch(line.text)
    if marked is None:
        return line
    text = _NO_COMMENT.sub("", marked["line"])
    if not text.strip():
        raise PageError(
            f"`# {MARK}` lights the line that it ends, and here that line is empty",
            line=line.page_line,
        )
    return replace(line, text=text, lit=True)
