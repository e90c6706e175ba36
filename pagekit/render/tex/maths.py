"""TeX → MathML at build."""

import re
from functools import cache
from html import unescape
from xml.etree import ElementTree

from math_core import LatexError, LatexToMathML

from pagekit.errors import PageError

_PRIMES = ("′", "″", "‴", "⁗")


class MathError(PageError):
    """TeX that can't be read."""


@cache
def _converter() -> LatexToMathML:
    return LatexToMathML(fancy_error=False)


@cache
def to_mathml(tex: str, display: bool) -> str:
    """A formula as MathML.

    Args:
        tex: the TeX between the dollar signs.
        display: whether it stands on lines of its own.

    Raises:
        MathError: with the reason.
    """
    if brace := re.search(r"\\(?:under|over)brace\b", tex):
        raise MathError(
            f"{brace[0]} is drawn in pieces that browsers leave gaps between; name the terms in "
            f"the text or a table, in ${tex.strip()}$"
        )
    try:
        return _primes_once(str(_converter().convert_with_local_state(tex, displaystyle=display)))
    except LatexError as error:
        reason = re.sub(r"^\d+:\s*", "", str(error)).strip().rstrip(".")
        raise MathError(f"this TeX can't be read: {reason}, in ${tex.strip()}$") from error


def _primes_once(mathml: str) -> str:
    """Some MathML whose primes stand beside their letters.

    A font for formulas draws a prime small and high already. As an exponent it would be made
    smaller and raised once more, and float above its letter.
    """
    if not any(prime in mathml for prime in _PRIMES):
        return mathml
    # XML knows five of HTML's names of characters.
    named = re.sub(r"&(?!(?:amp|lt|gt|quot|apos);)\w+;", lambda name: unescape(name[0]), mathml)
    root = ElementTree.fromstring(named)
    for element in root.iter():
        if element.tag not in ("msup", "msubsup") or element[-1].text not in _PRIMES:
            continue
        base, *index, prime = element
        if index:
            primed = ElementTree.Element("mrow")
            primed.extend([base, prime])
            element.tag, element[:] = "msub", [primed, *index]
        else:
            element.tag = "mrow"
    return ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
