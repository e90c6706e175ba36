"""Numbers in sentences as a printer sets them: a true minus sign, and none before zero."""

import re

# Not within a word, a date or a range: gpt-2, 2026-11-25, 3-5.
_MINUS = re.compile(r"(?<![\w.,)\]}-])-(?=\.?\d)")
_SIGNED_ZERO = re.compile(r"(?<![\w.,)\]}-])[-+](?=0(?:[.,]0+)*(?![.,]?\d))")


def set_numbers(text: str) -> str:
    """The text of an inline value: ``-0.50`` as ``−0.50``, and ``-0.00`` as ``0.00``."""
    return _MINUS.sub("−", _SIGNED_ZERO.sub("", text))
