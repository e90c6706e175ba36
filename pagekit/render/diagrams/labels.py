"""The labels of mermaid's SVG: where they stand, and their apostrophes."""

import re
import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"


def centre_labels(root: ET.Element) -> None:
    """Put the labels of a mind map in the middle of their boxes, which mermaid does for HTML only.

    Where it puts them depends on how wide it takes their letters for.
    """
    for node in root.iter(SVG + "g"):
        if "mindmap-node" in node.get("class", "").split():
            for label in node.findall(f"{SVG}g[@class='label']"):
                moved = re.sub(r"translate\([^,)]*,", "translate(0,", label.get("transform", ""))
                label.set("transform", moved)


def set_apostrophes(root: ET.Element) -> None:
    """Put true apostrophes into labels, as prose has them."""
    for text in root.iter(SVG + "text"):
        for part in text.iter():
            part.text, part.tail = (
                true_apostrophes(part.text or ""),
                true_apostrophes(part.tail or ""),
            )


def true_apostrophes(words: str) -> str:
    """The words with ``’`` in the place of each ``'`` within one, as prose has it."""
    return re.sub(r"(?<=\w)'(?=\w)", "’", words)
