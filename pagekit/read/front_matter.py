"""What the front matter of a page, or of a lab, says of the artefacts that it reads."""

import re
from collections.abc import Iterable
from typing import Any

from pagekit.errors import PageError

_ARTEFACTS = re.compile(r"(# )?artefacts:")  # in a lab, the front matter is a comment


def names_of_artefacts(
    front_matter: dict[str, Any], lines: Iterable[str], page: str
) -> tuple[str, ...]:
    """The list ``artefacts`` of a front matter; a PageError where it is no list of names."""
    found = front_matter.get("artefacts", [])
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        message = "`artefacts` is a list of names: artefacts: [minigpt]"
        raise PageError(message, page, line_of_artefacts(lines))
    return tuple(found)


def line_of_artefacts(lines: Iterable[str]) -> int:
    """The line on which the front matter names them, counted from 1; 1 where it does not."""
    return next((number for number, line in enumerate(lines, 1) if _ARTEFACTS.match(line)), 1)
