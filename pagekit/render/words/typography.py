"""Typography that no author types: true quotes and dashes, and words that no line may split."""

import re
import xml.etree.ElementTree as ET

import markdown
from markdown.extensions import Extension
from markdown.extensions.smarty import SmartyExtension
from markdown.treeprocessors import Treeprocessor

WHOLE = "pk-whole"  # the class of what stays on one line
_LONGEST = 28  # characters of code that fit on one line of a phone
# GPT-3 and top-p, n-gram and k-th, and the endings -ly and -ing: what is left of the hyphen, or
# right of it, is too little.
_WORD = re.compile(
    r"((?<![\w-])(?:[^\W_]-[^\W_]+|[^\W_]+-(?:\d(?:[\w.]*\w)?|[^\W\d_])|-[^\W\d_]{1,4})(?![\w-]))"
)
# Code within a line; that of a listing stands in <pre>.
_CODE = re.compile(r"(?<!<pre>)(?<!<span></span>)<code>([^<\n]*-[^<\n]*)</code>")
_BLOCK = re.compile(r"(<pre\b[^>]*>(?:<span></span>)?<code)>")
_OPTION = re.compile(r"\S*-\S*")  # --data, within a command


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
    literal = not isinstance(element.tag, str) or element.tag in {"pre", "code"}
    if literal or "arithmatex" in classes:
        return
    for child in list(element):
        keep_whole(child)
        place = list(element).index(child) + 1
        child.tail = _wrap(element, place, child.tail)
    element.text = _wrap(element, 0, element.text)


def _wrap(parent: ET.Element, place: int, text: str | None) -> str | None:
    """Put spans for words at a place among the children; returns what comes before the first."""
    before, *rest = _WORD.split(text or "")
    words = list(zip(rest[::2], rest[1::2], strict=True))
    for number, (word, tail) in enumerate(words):
        span = ET.Element("span", {"class": WHOLE})
        span.text, span.tail = word, tail
        parent.insert(place + number, span)
    return before if words else text


def keep_code_whole(html: str) -> str:
    """HTML in which no line splits an option, ``--data``, alone or within a command.

    Not in the tree: highlighted inline code gets there as HTML.
    """

    def option(match: re.Match[str]) -> str:
        return f'<span class="{WHOLE}">{match[0]}</span>' if len(match[0]) <= _LONGEST else match[0]

    return _CODE.sub(lambda match: f"<code>{_OPTION.sub(option, match[1])}</code>", html)


def reached_by_key(html: str) -> str:
    """HTML whose blocks of code the Tab key reaches: a line too long for its place scrolls by key.

    The theme's script sees to it only for the code that has been looked at.
    """
    return _BLOCK.sub(r'\1 tabindex="0">', html)
