"""The mark that lights a line of a listing: a comment's end, ``(!)``, which is never shown."""

import re
from dataclasses import replace

from pagekit.errors import PageError
from pagekit.read.includes import Line

MARK = "(!)"
_MARKED = re.compile(rf"(?P<line>.*#.*?)[ \t]+{re.escape(MARK)}\s*")
_NO_COMMENT = re.compile(r"[ \t]*#$")  # the mark was all of it


def without_mark(line: Line) -> Line:
    """A line of code as it is shown and run; it knows whether it bore the mark.

    Raises:
        PageError: there is nothing on the line to light.
    """
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
