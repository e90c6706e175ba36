"""Turns mermaid's SVG into SVG that can live inline in a page, many to a page, in both schemes."""

import re
import xml.etree.ElementTree as ET

from pagekit.render.diagrams.colours import DiagramError, recolour
from pagekit.render.diagrams.labels import SVG, centre_labels, set_apostrophes, true_apostrophes
from pagekit.render.diagrams.theme import EDGES, FILLS, LINE

XLINK = "{http://www.w3.org/1999/xlink}"
_PAINT = ("fill", "stroke", "stop-color", "color")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


def inline_svg(raw: str, prefix: str, title: str, description: str) -> str:
    """Mermaid's SVG, made fit for a page.

    Args:
        raw: what mermaid drew.
        prefix: begins every id, so that several diagrams share a page.
        title: accessible name.
        description: accessible description.

    Returns:
        One ``<svg>`` element: no script, no foreign reference, colours as CSS variables.

    Raises:
        DiagramError: a reference to another origin, or a colour that has no dark twin.
    """
    root = ET.fromstring(raw)
    _refuse_foreign(root)
    sheet = _take_sheet(root)
    for element in root.iter():
        for name in [name for name in element.attrib if name.startswith(("data-", "on"))]:
            del element.attrib[name]
    for css in (sheet, *(value for e in root.iter() for value in e.attrib.values())):
        _refuse_fetching(css)
    renamed = _rename_ids(root, prefix)
    centre_labels(root)
    set_apostrophes(root)
    _set_root(root, prefix, true_apostrophes(title), true_apostrophes(description))
    style = ET.Element(SVG + "style")
    style.text = _sheet(sheet, root, prefix, renamed)
    _drop_unused(root, style.text)
    root.insert(2, style)
    ET.register_namespace("", SVG[1:-1])
    ET.register_namespace("xlink", XLINK[1:-1])
    text = ET.tostring(root, encoding="unicode")
    return re.sub(r"\s*\n\s*", " ", text).replace(' xmlns="http://www.w3.org/2000/svg"', "")


def _refuse_foreign(root: ET.Element) -> None:
    for element in root.iter():
        tag = element.tag.removeprefix(SVG)
        if tag in ("script", "image", "iframe", "foreignObject"):
            raise DiagramError(f"the diagram holds a <{tag}>; draw it with plain nodes and labels")
        for name in ("href", XLINK + "href"):
            if re.match(r"[a-z][a-z0-9+.-]*:|//", element.get(name, ""), re.IGNORECASE):
                raise DiagramError(
                    f"the diagram links to {element.get(name)}: use a relative link to a page"
                )


def _refuse_fetching(css: str) -> None:
    """Refuse CSS, or an attribute that may hold some, that would fetch something.

    A backslash can hide any of these words from us, and from nobody else.
    """
    if re.search(
        r"\\|@import|image-set\(|\b(?:url|src)\(\s*[\"']?\s*(?![\"'#\s])", css, re.IGNORECASE
    ):
        raise DiagramError(
            "the diagram's style would fetch a file or hides what it does; "
            "mark nodes with :::accent, :::good or :::other instead of a style"
        )


def _take_sheet(root: ET.Element) -> str:
    """Removes the style elements and returns their text."""
    text = ""
    for parent in list(root.iter()):
        for child in [c for c in parent if c.tag == SVG + "style"]:
            text += child.text or ""
            parent.remove(child)
    return text


def _drop_unused(root: ET.Element, sheet: str) -> None:
    """Removes markers and gradients that nothing refers to, and all but the first of an id."""
    used = " ".join([sheet] + [v for e in root.iter() for v in e.attrib.values()])
    kinds = ("marker", "symbol", "filter", "linearGradient", "clipPath")
    seen: set[str] = set()
    for parent in list(root.iter()):
        for child in list(parent):
            identifier = child.get("id")
            if identifier is None:
                continue
            unused = not re.search(rf"#{re.escape(identifier)}(?![\w-])", used)
            if child.tag.removeprefix(SVG) in kinds and (unused or identifier in seen):
                parent.remove(child)
            elif identifier in seen:
                del child.attrib["id"]
            seen.add(identifier)


def _rename_ids(root: ET.Element, prefix: str) -> dict[str, str]:
    """Gives each id the prefix, in place; returns old id → new id."""
    renamed = {}
    for element in root.iter():
        if (old := element.get("id")) is not None:
            tail = re.sub(r"[^\w-]", "-", old.removeprefix("my-svg"))
            renamed[old] = prefix + (tail if tail[:1] in ("", "-", "_") else "-" + tail)
            element.set("id", renamed[old])
    for element in root.iter():
        for name, value in element.attrib.items():
            if name.startswith("aria-"):
                element.set(name, " ".join(renamed.get(word, word) for word in value.split()))
            elif "#" in value and name != "id":
                value = re.sub(r"#([\w-]+)", lambda m: "#" + renamed.get(m[1], m[1]), value)
                element.set(name, recolour(value) if name == "style" else value)
            elif name == "style":
                element.set(name, recolour(value))
    return renamed


def _set_root(root: ET.Element, prefix: str, title: str, description: str) -> None:
    for child in [c for c in root if c.tag in (SVG + "title", SVG + "desc")]:
        root.remove(child)
    width, height = root.get("viewBox", "0 0 1 1").split()[2:]
    drawn = root.get("class")
    linked = any(e.tag == SVG + "a" for e in root.iter())  # an image hides the links in it
    viewbox = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib |= {
        "id": prefix,
        "viewBox": viewbox,
        "width": f"{float(width):.0f}",
        "height": f"{float(height):.0f}",
        "role": "group" if linked else "img",
        "aria-labelledby": f"{prefix}-title",
        "aria-describedby": f"{prefix}-desc",
        # --pk-w: how far it shrinks is for the style sheet to say.
        "style": f"width:100%;max-width:{float(width):.0f}px;height:auto;"
        f"--pk-w:{float(width):.0f}px",
    }
    if drawn:
        root.set("class", drawn)
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ET.Element(SVG + tag, {"id": f"{prefix}-{tag}"})
        element.text = text
        root.insert(place, element)


def _sheet(sheet: str, root: ET.Element, prefix: str, renamed: dict[str, str]) -> str:
    """Mermaid's rules that something here uses, then ours."""
    classes = {name for e in root.iter() for name in e.get("class", "").split()}
    identifiers = {e.get("id") for e in root.iter()}
    rules = []
    sheet = re.sub(r"@[\w-]+[^{}]*\{(?:[^{}]|\{[^{}]*\})*\}", "", sheet)  # key frames, imports
    for selectors, body in _RULE.findall(sheet):
        kept = []
        for selector in selectors.split(","):
            selector = re.sub(r"#([\w-]+)", lambda m: "#" + renamed.get(m[1], m[1]), selector)
            named = re.findall(r"\.([\w-]+)", selector)
            tied = re.findall(r"#([\w-]+)", selector)
            plain = not re.search(r"\[data-|:root|foreignObject|\b(?:div|span|p)\b", selector)
            if plain and classes.issuperset(named) and identifiers.issuperset(tied):
                kept.append(selector.strip())
        if kept:
            body = re.sub(r"(?<![\w-])filter:[^;]*;?", "", body)  # brightens light fills to white
            rules.append(f"{','.join(kept)}{{{recolour(body)}}}")
    if "mindmap-node" in classes:  # mermaid centres a round node's label only where it is HTML
        rules.append(
            f'#{prefix} .mindmap-node>.label[transform^="translate(0,"] text{{text-anchor:middle}}'
        )
    if any(name.startswith("section-edge-") for name in classes):  # else as pale as the nodes
        rules.append(f'#{prefix} path[class*="section-edge-"]{{{recolour(f"stroke:{LINE}")}}}')
    for name in ("accent", "good", "other"):
        if name in classes:
            shape = ":is(rect,circle,ellipse,polygon,path)"
            paint = f"{{fill:{FILLS[name]};stroke:{EDGES[name]}}}"
            rules.append(f"#{prefix} .node.{name} {shape}{recolour(paint)}")
    # Attributes weigh less than any rule, and var() is not allowed in them. :where() weighs
    # nothing, so mermaid's own rules still win over these.
    for name in _PAINT:
        for value in sorted({e.get(name, "") for e in root.iter()}):
            if (themed := recolour(f"{name}:{value}")) != f"{name}:{value}":
                rules.append(f':where(#{prefix} [{name}="{value}"]){{{themed}}}')
    return "".join(rules)
