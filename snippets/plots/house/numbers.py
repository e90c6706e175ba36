"""Numbers as a figure shows them: one way for labels, cells and ticks.

A true minus sign, thousands with a comma, powers of ten for what is very large or small, and no
sign before what rounds to zero.
"""

import re

from matplotlib.axis import Axis
from matplotlib.ticker import AutoLocator, FuncFormatter, MaxNLocator

_MINUS = re.compile(r"(?<![\w.])-(?=\.?\d)")
_SIGNED_ZERO = re.compile(r"(?<![\w.])[-+](?=0(?:[.,]0+)*(?![.,]?\d))")
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_LEAST, _LARGEST = 1e-3, 999_999.5  # between these, a number is written out


def written(value: float, form: str = "{:.3g}") -> str:
    """``value`` in a format, such as ``{:+.2f}``: ``−1.50``, and ``0.00`` for -0.001."""
    return _MINUS.sub("−", _SIGNED_ZERO.sub("", form.format(value)))


def round_number(value: float, _position: int | None = None) -> str:
    """``1000`` as ``1,000``, what is very large or small as a power: ``2×10⁶``."""
    if value == 0 or _LEAST <= abs(value) < _LARGEST:
        return written(value, "{:,.6g}")
    return _scientific(value)


def _scientific(value: float) -> str:
    digits, exponent = f"{value:.2e}".split("e")
    factor = f"{float(digits):g}×".replace("-", "−")
    factor = {"1×": "", "−1×": "−"}.get(factor, factor)
    return f"{factor}10{str(int(exponent)).translate(_SUPERSCRIPT)}"


def power(value: float, _position: int | None = None) -> str:
    """A number as a power of ten, ``10⁻²`` and ``2×10⁻²``; but what is from 1 to 99 as ever."""
    return round_number(value) if value == 0 or 1 <= abs(value) < 100 else _scientific(value)


def number_ticks(*axes: Axis) -> None:
    """Write the ticks of these axes as all figures do, 1, 2 or 5 apart, or a power of ten of that.

    Ticks that are set already stay where they are.
    """
    for axis in axes:
        if isinstance(axis.get_major_locator(), AutoLocator):  # which would have 2.5, too
            axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10]))
        axis.set_major_formatter(FuncFormatter(round_number))


def log_ticks(axis: Axis, low: float, high: float) -> None:
    """Write the ticks of a log scale from ``low`` to ``high``: either all as powers, or none."""
    plain = low >= _LEAST and high < _LARGEST
    axis.set_major_formatter(FuncFormatter(round_number if plain else power))
