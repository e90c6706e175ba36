"""What a page says of itself above its text, between two lines ``---``."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import yaml

from pagekit.errors import PageError
from pagekit.read.settings.strict_yaml import StrictLoader

# As MkDocs takes the first lines of a text without front matter, and takes them away.
_METADATA = re.compile(r" {0,3}[A-Za-z0-9_-]+:(\s|$)")
_ARTEFACTS = re.compile(r"(# )?artefacts:")  # in a lab, the front matter is a comment
_FENCE = re.compile(r"---[ \t]*")
_END = re.compile(r"(?:---|\.\.\.)[ \t]*")


def end_of(lines: Sequence[str]) -> int:
    """The index of the first line after the front matter, and after the blank lines below it.

    Raises:
        PageError: it is not closed, or the text above the first heading would be taken for it.
    """
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if not lines or not _FENCE.fullmatch(lines[start]):
        if start == 0 and lines and _METADATA.match(lines[0]):
            raise PageError(
                f"a page that begins with `{lines[0].strip()}` would be taken for metadata: begin "
                "it with its title, or with front matter between two lines `---`",
                line=1,
            )
        return start
    if start:
        if not _METADATA.match("".join(lines[start + 1 : start + 2])):
            return start  # a rule across the page
        raise PageError("the front matter must begin in the first line of the page", line=start + 1)
    for index, line in enumerate(lines[1:], start=1):
        if _END.fullmatch(line):
            index += 1
            while index < len(lines) and not lines[index].strip():
                index += 1
            return index
    raise PageError("the front matter is not closed; end it with a line `---`", line=1)


def read(lines: Sequence[str]) -> dict[str, Any]:
    """The front matter's fields.

    Args:
        lines: the first lines of the page, up to its text.

    Raises:
        PageError: with the line, for what is no YAML or a field of a wrong type.
    """
    inner = "\n".join(lines[1 : _closing(lines)])
    try:
        found = yaml.load(inner, StrictLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it can't be read"
        raise PageError(
            f"the front matter is no YAML: {reason}; put a text with a colon in quotes",
            line=mark.line + 2 if mark else 1,
        ) from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise PageError("the front matter must hold lines like `title: …`", line=1)
    for name, value in found.items():
        _check(name, value, lines)
    return found


def _closing(lines: Sequence[str]) -> int:
    return next((n for n, line in enumerate(lines[1:], 1) if _END.fullmatch(line)), 0)


def _check(name: Any, value: Any, lines: Sequence[str]) -> None:
    line = next((n for n, row in enumerate(lines, 1) if row.startswith(f"{name}:")), 1)
    is_text = isinstance(value, str) and value.strip()
    if name in ("title", "description", "question") and not is_text:
        raise PageError(f"{name} must be a text, not {value!r}; put it in quotes", line=line)
    if name == "minutes" and (type(value) is not int or value < 1):
        raise PageError(f"minutes must be a number, not {value!r}", line=line)
    if name == "prerequisites":
        items = value if isinstance(value, list) and value else [value]
        if not all(isinstance(item, str) and item.strip() for item in items):
            raise PageError(
                f"prerequisites must be a text or a list of texts, not {value!r}", line=line
            )


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
