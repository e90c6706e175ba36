"""Where HTML comments of several lines begin and end: nothing within them is the page's."""

import re
from collections.abc import Sequence

from pagekit.errors import PageError

_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")


def opens_comment(line: str) -> bool:
    """Whether an HTML comment begins on a line of prose and goes on in the next."""
    text = _CODE.sub("", line)
    return text.rfind("<!--") > text.rfind("-->")


def end_of_comment(lines: Sequence[str], index: int) -> int:
    """The index of the line that ends the comment which the line ``index`` opens.

    Raises:
        PageError: none does.
    """
    for end in range(index + 1, len(lines)):
        if "-->" in lines[end]:
            return end
    raise PageError("this comment is never closed; end it with `-->`", line=index + 1)
