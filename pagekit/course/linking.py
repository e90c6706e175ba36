"""Diagrams that a page's front matter describes: drawn by mermaid, their labels linked to pages."""

import posixpath
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import PurePosixPath

from pagekit.render.diagrams import drawing
from pagekit.render.diagrams.labels import true_apostrophes
from pagekit.render.rendering import Rendering

SVG = re.compile(r"<svg\b.*</svg>", re.DOTALL)  # within the HTML of a diagram


def address_from(rendering: Rendering, address: str) -> str:
    """An address within ``docs/`` as the page names it in a link."""
    folder = posixpath.dirname(rendering.page.name.removeprefix("docs/"))
    return posixpath.relpath(address, folder or ".")


def linked_diagram(source: str, links: Mapping[str, str], rendering: Rendering) -> str:
    """A diagram for windows that are wide enough, as a token.

    What it says stands in the page's text too: a narrow window shows that alone.

    Args:
        source: mermaid.
        links: of labels, the addresses within ``docs/`` of what they speak of.
        rendering: the page that is to show it.
    """
    name = str(len(rendering.blocks))
    html = drawing.render(source, rendering.project.diagrams, key=name, phones=False)
    return linked(html, links, rendering)


def linked(html: str, links: Mapping[str, str], rendering: Rendering) -> str:
    """The HTML of a diagram, likewise, its labels linked."""
    targets = {
        true_apostrophes(label): _html(address_from(rendering, to)) for label, to in links.items()
    }
    html = SVG.sub(lambda svg: link_labels(svg[0], targets), html)
    return rendering.block(f'<div class="pk-wide">{html}</div>')


def link_labels(svg: str, targets: Mapping[str, str]) -> str:
    """An SVG whose text elements of these words are links.

    Args:
        svg: one element, without namespaces.
        targets: of labels, where they lead.
    """
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for place, child in enumerate(list(parent)):
            words = " ".join("".join(child.itertext()).split())
            if child.tag == "text" and words in targets:
                parent[place] = anchor = ET.Element("a", {"href": targets[words]})
                anchor.tail, child.tail = child.tail, None
                anchor.append(child)
                root.set("role", "group")  # an image hides the links in it
    return ET.tostring(root, encoding="unicode")


def _html(address: str) -> str:
    """Where a page of ``docs/`` lies on the site; its heading, if one is named, stays."""
    path, mark, heading = address.partition("#")
    return f"{PurePosixPath(path).with_suffix('.html')}{mark}{heading}"
