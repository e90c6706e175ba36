"""Typography that no author types: true quotes and dashes, and words that no line may split."""

import re
import xml.etree.ElementTree as ET

import markdown
from markdown.extensions import Extension
from markdown.extensions.smarty import SmartyExtension
from markdown.treeprocessors import Treeprocessor

WHOLE = "pk-whole"  # the class of what stays on one line
_LONGEST = 28  # characters of code that fit on one line of a phone
# GPT-3 and top-p, n-gram and k-th: what is left of the hyphen, or right of it, is too little.
_WORD = re.compile(r"((?<![\w-])(?:[^\W_]-[^\W_]+|[^\W_]+-(?:\d(?:[\w.]*\w)?|[^\W\d_]))(?![\w-]))")
_OPTION = re.compile(r"(\S*-\S*)")  # --data, within a command


_SIGNS = {  # the signs themselves, no entities
    "left-single-quote": "‘",
    "right-single-quote": "’",
    "left-double-quote": "“",
    "right-double-quote": "”",
    "ellipsis": "…",
    "ndash": "–",
    "mdash": "—",
}


class Typography(Extension):
    """True quotes, dashes and ellipses in prose, and words that stay whole; never in code."""

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        """Register Python-Markdown's own extension for the signs, and ours for the words."""
        SmartyExtension(substitutions=_SIGNS).extendMarkdown(md)
        # After the table of contents (5), which takes the headings as they are.
        md.treeprocessors.register(_Unbroken(md), "pagekit-unbroken", 4)


class _Unbroken(Treeprocessor):
    def run(self, root: ET.Element) -> None:
        keep_whole(root)


def keep_whole(element: ET.Element) -> None:
    """Wrap the words in an element that are not to be broken in ``span.pk-whole``."""
    classes = element.get("class", "").split()
    if not isinstance(element.tag, str) or element.tag == "pre" or "arithmatex" in classes:
        return
    if element.tag == "code":
        _keep_code(element)
        return
    for child in list(element):
        keep_whole(child)
        place = list(element).index(child) + 1
        child.tail = _wrap(element, place, child.tail, _WORD)
    element.text = _wrap(element, 0, element.text, _WORD)


def _keep_code(code: ET.Element) -> None:
    text = code.text or ""
    if len(code) or "-" not in text:
        return
    if " " in text:
        code.text = _wrap(code, 0, text, _OPTION)
    elif len(text) <= _LONGEST:
        code.set("class", f"{code.get('class', '')} {WHOLE}".strip())


def _wrap(parent: ET.Element, place: int, text: str | None, form: re.Pattern[str]) -> str | None:
    """Put spans for what has the form at a place among the children; returns what comes before."""
    before, *rest = form.split(text or "")
    words = list(zip(rest[::2], rest[1::2], strict=True))
    for number, (word, tail) in enumerate(words):
        span = ET.Element("span", {"class": WHOLE} if len(word) <= _LONGEST else {})
        span.text, span.tail = word, tail
        parent.insert(place + number, span)
    return before if words else text
