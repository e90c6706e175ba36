"""Numbers as a figure shows them: a true minus sign, and no sign before what rounds to zero."""

import re

_MINUS = re.compile(r"(?<![\w.])-(?=\.?\d)")
_SIGNED_ZERO = re.compile(r"(?<![\w.])[-+](?=0(?:[.,]0+)*(?![.,]?\d))")


def written(value: float, form: str = "{:.3g}") -> str:
    """``value`` in a format, such as ``{:+.2f}``: ``−1.50``, and ``0.00`` for -0.001."""
    return _MINUS.sub("−", _SIGNED_ZERO.sub("", form.format(value)))
