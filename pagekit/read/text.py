"""A file's text, read in one way by all: UTF-8, with or without a mark, lines ended by newlines."""

from functools import lru_cache
from pathlib import Path

from pagekit.errors import PageError


def read_text(path: Path, name: str) -> str:
    r"""The text of a file, each line of it ended by ``\n`` whatever system wrote it.

    Args:
        path: the file.
        name: what a message calls it, ``docs/transformer/attention.md``.

    Raises:
        PageError: the file isn't UTF-8 text, with the line, or can't be read.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise PageError(f"cannot be read: {error.strerror}", name, 1) from error
    try:
        # A byte order mark belongs to the encoding, not to the text.
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PageError(f"not UTF-8 text: {error.reason}", name, line) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


@lru_cache(maxsize=512)
def split_lines(text: str) -> tuple[str, ...]:
    """The lines of a text.

    Not ``str.splitlines``, which also splits at a form feed or U+2028: Markdown, Python and
    everybody's editor do not, and would count other lines.
    """
    lines = text.split("\n")
    return tuple(lines[:-1] if lines[-1] == "" else lines)
