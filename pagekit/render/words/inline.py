"""Text that Markdown is to show as it stands, within a line or in an attribute."""

import re


def escaped(text: str) -> str:
    """Text as Markdown that shows it, whatever signs are in it, also in a cell of a table."""
    return re.sub(r"[\\`*_{}\[\]<>|$&]", _entity, text)


def attribute(text: str) -> str:
    """Text as the value of an attribute in braces behind a link: ``{ title="…" }``.

    It is shown, so its quotes are true ones, as in the text around it.
    """
    plain = true_quotes(" ".join(text.split()))
    return re.sub(r"(?![ ,.:;()'/?!+%-])[\x20-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e]", _entity, plain)


def true_quotes(text: str) -> str:
    """Plain text with true quotes and apostrophes, where no Markdown makes them."""
    return re.sub(r'"([^"]*)"', "“\\1”", text).replace("'", "’")


def _entity(sign: re.Match[str]) -> str:
    named = {'"': "&quot;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}
    return named.get(sign[0], f"&#{ord(sign[0])};")
