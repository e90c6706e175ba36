"""What the house style asks of a figure, read from the SVG that a run recorded."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from snippets.plots.house.style import PALETTE

SVG = "{http://www.w3.org/2000/svg}"
AXES = re.compile(r"axes_\d+")
AXIS = re.compile(r"matplotlib\.axis_\d+")
TICK = re.compile(r"[xy]tick_\d+")
COLOUR = re.compile(r"(?:fill|stroke): *(#[0-9a-f]{6})")
BOLD = re.compile(r"\b(bold|700)\b")
NUMBER = re.compile(r"[−+]?[\d.,]+(×?10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?%?")
WRONG = {
    "a hyphen for a minus": re.compile(r"(?<![\w–-])-\.?\d"),
    "thousands without a comma": re.compile(r"(?<![\d.,])\d{4,}(?!\d)"),
    "a power as programs write it": re.compile(r"\d[eE][-+]?\d"),
    "a zero with a sign": re.compile(r"[−+]0(\.0+)?(?![\d.])"),
    "a name out of the code": re.compile(r"[a-z]_[a-z]"),
}
YEAR = re.compile(r"(?<!\d)(19|20)\d\d(?!\d)")
NATS = re.compile(r"\bnats\b(?! per )")
PLAIN = {PALETTE["ink"], PALETTE["muted"], PALETTE["paper"]}


def faults(svg: str) -> list[str]:
    """What is wrong with a figure, one line each."""
    root = ET.fromstring(svg)
    words = [text_of(text) for text in root.iter(f"{SVG}text")]
    if "year" in words:  # on one of its axes: years have no comma between their digits
        words = [YEAR.sub("", word) for word in words]
    found = [
        f"{word!r}: {what}" for word in words for what, bad in WRONG.items() if bad.search(word)
    ]
    if NATS.search(" ".join(words)):  # a title may break between its words
        found.append("nats of what")
    if not any(BOLD.search(style_of(text)) for text in root.iter(f"{SVG}text")):
        found.append("no title")
    found += [
        f"{colour} is not in the palette"
        for colour in sorted(colours(root) - set(PALETTE.values()))
    ]
    found += [f"no name and unit along the {side} axis" for side in "xy" if not named(root, side)]
    if any(shades(axes) for axes in groups(root, AXES)) and not groups(
        root, re.compile(r"legend_\d+")
    ):
        found.append("a heat map without a scale")
    return found


def coloured(svg: str) -> Iterator[tuple[str, str]]:
    """Each text that has the colour of a thing, and that colour."""
    for text in ET.fromstring(svg).iter(f"{SVG}text"):
        for colour in COLOUR.findall(style_of(text)):
            if colour not in PLAIN and len(text_of(text)) > 1:  # a letter may stand for itself
                yield text_of(text), colour


def text_of(text: ET.Element) -> str:
    return "".join(text.itertext()).strip()


def style_of(element: ET.Element) -> str:
    return element.get("style", "")


def colours(root: ET.Element) -> set[str]:
    """All colours of what is painted."""
    return {colour for element in root.iter() for colour in COLOUR.findall(style_of(element))}


def groups(root: ET.Element, name: re.Pattern[str]) -> list[ET.Element]:
    return [group for group in root.iter(f"{SVG}g") if name.fullmatch(group.get("id", ""))]


def named(root: ET.Element, side: str) -> bool:
    """Whether an axis that has numbers, if there is one, has a name in this figure."""
    whole = [
        t
        for group in root.iter(f"{SVG}g")
        if group.get("id") == "figure_1"
        for child in group
        if child.get("id", "").startswith("text_")
        for t in child
    ]
    # Matplotlib counts them over all plots of a figure, of each first the horizontal one.
    odd = side == "x"
    mine = [
        axis for axis in groups(root, AXIS) if int(axis.get("id", "_").split("_")[1]) % 2 == odd
    ]
    numbered = [axis for axis in mine if any(map(NUMBER.fullmatch, ticks(axis)))]
    labels = [child for axis in mine for child in axis if child.get("id", "").startswith("text_")]
    return not numbered or bool(labels) or any(not BOLD.search(style_of(t)) for t in whole)


def ticks(axis: ET.Element) -> list[str]:
    return [text_of(text) for tick in groups(axis, TICK) for text in tick.iter(f"{SVG}text")]


def shades(axes: ET.Element) -> bool:
    """Whether these axes have a map whose cells differ in their opacity."""
    if not any(map(ticks, groups(axes, AXIS))):
        return False
    found = set()
    for cells in groups(axes, re.compile(r"PolyCollection_\d+")):
        found |= set(re.findall(r"opacity: *([\d.]+)", " ".join(map(style_of, cells.iter()))))
    return len(found) > 1
