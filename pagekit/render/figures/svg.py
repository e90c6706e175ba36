"""Makes a matplotlib SVG part of a page: theme-aware, accessible, unique in its ids, and light."""

import re
import xml.etree.ElementTree as ET
from html import escape

from pagekit.errors import PageError
from pagekit.render.figures.lightening import lighten

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_COLOUR = re.compile(r"#([0-9a-f]{6})\b")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}(?![\w.])")
_AROUND_COMMAND = re.compile(r"\s*([A-Za-z])\s*")  # of a path: "M 1 2  L 3 4" says "M1 2L3 4"
_ROUNDED = {"d", "transform", "points", "x", "y", "width", "height", "style"}
_NO_TURN = re.compile(r"rotate\(-?0(?: [-.\d]+)*\)")  # matplotlib turns every text
_FONT_FAMILY = re.compile(r"font-family:[^;]*;?\s*")

ET.register_namespace("", _SVG)


def figure_html(svg: str, figure_id: str, alt: str, caption: str = "", phone: str = "") -> str:
    """A recorded figure as it stands on the page.

    Args:
        svg: what matplotlib saved, with real text.
        figure_id: prefix of every id within the figure; unique on the page.
        alt: what the figure shows, for those who don't see it.
        caption: HTML under the figure.
        phone: the same figure for narrow pages, if it differs; a style sheet shows one of them.

    Raises:
        PageError: it is no SVG, or refers to what a page must not.
    """
    drawing = inline_svg(svg, figure_id, alt)
    if phone:
        drawing = for_widths(drawing, inline_svg(phone, f"{figure_id}-phone", alt))
    else:
        box = f'<div class="pk-scroll" tabindex="0" role="group" aria-label="{escape(alt)}">'
        drawing = f"{box}{drawing}</div>"
    under = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure class="pk-figure">{drawing}{under}</figure>'


def for_widths(wide: str, phone: str) -> str:
    """Two SVG elements, of which a page shows the one that its width is for."""
    return f'<div class="pk-for-wide">{wide}</div><div class="pk-for-phone">{phone}</div>'


def inline_svg(svg: str, figure_id: str, alt: str) -> str:
    """The SVG element alone; see ``figure_html``.

    Each colour ``#rrggbb`` becomes ``var(--fig-rrggbb, #rrggbb)``: a scheme that defines the
    variable re-colours the figure, and elsewhere (in print, say) it keeps its own colours.
    """
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as error:
        raise PageError(f"this block's figure is no SVG ({error}); run it again") from error
    for parent in root.iter():
        for child in list(parent):
            if child.tag in {f"{{{_SVG}}}metadata", f"{{{_SVG}}}style", f"{{{_SVG}}}title"}:
                parent.remove(child)
    lighten(root)
    # matplotlib numbers some ids over the whole process; here each figure counts its own.
    names: dict[str, str] = {}
    for element in root.iter():
        if name := element.get("id"):
            names.setdefault(name, f"{figure_id}-{len(names)}")
    for element in root.iter():
        _clean(element, names)
        _close_up(element)
    _dress(root, alt)
    return ET.tostring(root, encoding="unicode").replace("\n", "")


def _clean(element: ET.Element, names: dict[str, str]) -> None:
    if name := element.attrib.pop("id", None):
        element.set("id", names[name])
    target = element.attrib.pop("href", None) or element.attrib.pop(f"{{{_XLINK}}}href", None)
    for name in [name for name in element.attrib if name.lower().startswith("on")]:
        del element.attrib[name]
    if target:
        _check_link(element.tag, target)
        target = target.removeprefix("#") if target.startswith("#") else target
        element.set("href", f"#{names[target]}" if target in names else target)
    if _NO_TURN.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]
    for name, value in element.attrib.items():
        # A matrix is of ours, and scales many cells (grids.py).
        if name in _ROUNDED and not value.startswith("matrix"):
            value = _LONG_NUMBER.sub(lambda m: f"{float(m[0]):.2f}".rstrip("0").rstrip("."), value)
        if name == "d":
            value = _AROUND_COMMAND.sub(r"\1", value)
        value = _REFERENCE.sub(lambda m: f"url(#{names.get(m[1], m[1])})", value)
        if name == "style":
            value = _COLOUR.sub(r"var(--fig-\1, #\1)", value)
            value = _FONT_FAMILY.sub("", value)
        elif name in {"fill", "stroke"}:
            value = _COLOUR.sub(r"var(--fig-\1, #\1)", value)
        element.set(name, value)
    if element.tag == f"{{{_SVG}}}text" and "fill" not in element.get("style", ""):
        element.set("style", f"fill: currentColor; {element.get('style', '')}".strip("; "))


def _check_link(tag: str, target: str) -> None:
    """Refuse a link that runs something, and a picture that would be fetched."""
    # Browsers overlook blanks and control characters within the scheme of a link.
    scheme = re.match(r"([a-z][a-z0-9+.-]*):", re.sub(r"[\x00-\x20]", "", target), re.IGNORECASE)
    if tag == f"{{{_SVG}}}a":
        if scheme is None or scheme[1].lower() in ("http", "https", "mailto"):
            return
    elif target.startswith("#") or re.match(r"data:image/(png|jpeg);base64,", target):
        return
    raise PageError(f"this block's figure refers to {target[:60]!r}; link to a page or a website")


def _close_up(element: ET.Element) -> None:
    """Take out the indentation, except in text, where it is a space."""
    if element.tag in {f"{{{_SVG}}}text", f"{{{_SVG}}}tspan"}:
        return
    if not (element.text or "").strip():
        element.text = None
    for child in element:
        if not (child.tail or "").strip():
            child.tail = None


def _dress(root: ET.Element, alt: str) -> None:
    width = float(re.sub(r"[^\d.]", "", root.get("width", "0")) or 0)
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", alt)
    pixels = f"{width * 4 / 3:.0f}px"
    root.set(
        "style",
        # matplotlib's sheet says this for `*`, which would reach the whole page.
        f"stroke-linejoin: round; stroke-linecap: butt; width: {pixels}; --pk-w: {pixels}",
    )
