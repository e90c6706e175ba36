"""Side notes: beside a paragraph, what it cites and the terms that it explains, in wide windows.

They say what the links' own texts say (the box under a term, see docs/assets/js/terms.js), so they
are there for the eye alone: a screen reader has the links, and hears nothing twice.
"""

import re
import xml.etree.ElementTree as ET

from markdown.treeprocessors import Treeprocessor

NOTED = {"pk-cite", "pk-term"}


class SideNotes(Treeprocessor):
    """Puts notes before each paragraph that stands in no list, remark or tab."""

    def run(self, root: ET.Element) -> None:
        """Add the notes of a page; each work and each term is noted once, where it comes first."""
        seen: set[str] = set()
        for paragraph in root.findall("p"):
            links = {link.get("href", ""): link for link in paragraph.iter("a") if _is_noted(link)}
            new = [link for target, link in links.items() if target not in seen]
            seen |= links.keys()
            if new:
                root.insert(list(root).index(paragraph), _notes(new))


def _is_noted(link: ET.Element) -> bool:
    return bool(NOTED & set(link.get("class", "").split()) and link.get("title"))


def _notes(links: list[ET.Element]) -> ET.Element:
    attributes = {"class": "pk-notes", "aria-hidden": "true", "data-pagefind-ignore": ""}
    notes = ET.Element("div", attributes)
    for link in links:
        note = ET.SubElement(notes, "div")
        name = ET.SubElement(note, "b")
        name.text = "".join(link.itertext())
        name.tail = f" {_true_signs(link.get('title', ''))}"
    return notes


def _true_signs(text: str) -> str:
    """A text without Markdown, with the signs that the page's prose has."""
    return re.sub(r'"([^"]*)"', r"“\1”", text).replace("'", "’").replace("...", "…")
