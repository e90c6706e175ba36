"""Where a formula may go on in another line: between two of them, at relations, at signs.

No browser breaks lines in MathML. So a formula that may be too long for a phone is cut into pieces,
which stand in one line where there is room. They are grouped: a formula next to another is broken
only if it is too long for a line itself, and a side of an equation likewise.
"""

import re
import xml.etree.ElementTree as ET
from html import unescape

FITS = 14.0
"""Ems: a formula that is estimated to be no longer is left whole; a phone has room for 16."""

_RELATIONS = frozenset("=≈≠≡<>≤≥≪≫←→↦∝∼≔")
_SIGNS = frozenset("+−±×⋅·⊙⊗∘")
_OPENING, _CLOSING = frozenset("([{⟨⌊⌈"), frozenset(")]}⟩⌋⌉")
_ENTITY = re.compile(r"&(?!(?:lt|gt|amp|quot|apos);)\w+;")
_SCRIPTS = {"msub", "msup", "msubsup", "mmultiscripts"}
_LIMITS = {"munder", "mover", "munderover"}
_SMALLER = 0.7  # the size of a script

Row = list[ET.Element]


def breakable(mathml: str) -> str:
    """A display formula as HTML that may be broken into lines; a short one as it is."""
    root = ET.fromstring(_ENTITY.sub(lambda match: unescape(match[0]), mathml))
    if sum(map(length, root)) <= FITS:
        return mathml
    html, pieces = "", 0
    for formula, gap in _formulas(list(root)):
        sides = [_cut(side, _SIGNS) for side in _cut(formula, _RELATIONS)]
        pieces += sum(map(len, sides))
        html += _grouped([_grouped([_math(term) for term in side]) for side in sides])
        if gap:  # a space, which a line that ends there does not have
            html += f'<span style="word-spacing:{gap - 0.25:g}em"> </span>'
    return html if pieces > 1 else mathml


def length(element: ET.Element) -> float:
    """About how long a part of a formula is, in ems."""
    name, parts = element.tag, [length(child) for child in element]
    text = (element.text or "").strip()
    if name == "mspace":
        found = re.search(r"-?[\d.]+", element.get("width", "") or element.get("style", ""))
        return float(found[0]) if found else 0.0
    if name == "mo" and len(text) == 1:
        return 1.3 if text in _RELATIONS | _SIGNS else 0.0 if text == "\u2061" else 0.4
    if name == "mfrac":
        return max(parts) + 0.1
    if name in _SCRIPTS:
        return parts[0] + _SMALLER * max(parts[1:])
    if name in _LIMITS:
        return max(parts[0], _SMALLER * max(parts[1:]))
    if name == "mtable":
        rows = [[length(cell) for cell in row] for row in element]
        return sum(max(column) + 0.8 for column in zip(*rows, strict=False))
    return 0.55 * len(text) + sum(parts) + (0.8 if name in {"msqrt", "mroot"} else 0.0)


def _formulas(row: Row) -> list[tuple[Row, float]]:
    """What wide spaces part, each with the space behind it in ems."""
    found: list[tuple[Row, float]] = []
    part: Row = []
    for element in row:
        if element.tag == "mspace" and length(element) >= 1 and (part or found):
            if part:
                found.append((part, 0.0))
                part = []
            found[-1] = (found[-1][0], found[-1][1] + length(element))
        else:
            part.append(element)
    return [*found, (part, 0.0)] if part else found


def _cut(row: Row, before: frozenset[str]) -> list[Row]:
    """The row, cut before these operators wherever something stands to their left."""
    parts: list[Row] = [[]]
    depth, left = 0, False
    for element in row:
        sign = _sign(element)
        depth += (sign in _OPENING) - (sign in _CLOSING) if sign else 0
        if sign in before and left and depth == 0:
            parts.append([])
            element.set("form", "infix")  # it is first now, and would count as a sign of one term
        parts[-1].append(element)
        left = sign not in _RELATIONS | _SIGNS | _OPENING
    return parts


def _sign(element: ET.Element) -> str:
    """The operator that an element is, if it is one; a bracket may have an exponent."""
    while element.tag in _SCRIPTS:
        element = element[0]
    return (element.text or "").strip() if element.tag == "mo" else ""


def _math(row: Row) -> str:
    root = ET.Element("math", {"displaystyle": "true"})
    root.extend(row)
    return ET.tostring(root, encoding="unicode")


def _grouped(parts: list[str]) -> str:
    if len(parts) == 1:
        return parts[0]
    return f'<span class="pk-part">{"<wbr>".join(parts)}</span>'
