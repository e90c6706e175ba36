"""What a page must not show: signs of ours that nothing has read."""

import re
from html import unescape

from pagekit.errors import PageError
from pagekit.read.blocks import Page

_NOT_PROSE = re.compile(
    r"<(?P<tag>code|pre|kbd|samp|script|style)\b.*?</(?P=tag)>|<!--.*?-->"
    r'|<(?P<box>span|div) class="arithmatex">.*?</(?P=box)>',
    re.DOTALL,
)
_LEFT = re.compile(
    r"\[\[[^\[\]]+\]\]|\[-?@[\w-]+[^\[\]]*\]|\{python\}[^<]{0,20}"
    # A link that we made and Markdown did not read.
    r"|\[(?P<term>[^\[\]]+)\]\([^()\s]*#(?:term-[^)\s]*|ref-(?P<key>[\w-]+))\)\{ ?\.pk-\w+"
)


def check_all_read(html: str, page: Page) -> None:
    """Refuse a page that shows a term, a citation or an inline value as it was typed.

    That happens within raw HTML, which Markdown passes on as it is, and in text that is indented
    as code without being taken for code.

    Raises:
        PageError: with the line, where it can be found.
    """
    shown = unescape(re.sub(r"<[^<>]*>", "", _NOT_PROSE.sub("", html)))
    left = _LEFT.search(shown)
    if left is None:
        return
    typed = f"@{left['key']}" if left["key"] else left["term"] or left[0]
    rows = enumerate(page.lines, 1)
    line = next((n for n, row in rows if typed in row and "[" in row), page.body_start + 1)
    raise PageError(
        f"`{typed}` is shown as it is typed: no Markdown is read here; if this is HTML, give its "
        "element the attribute `markdown`, and code belongs between backticks",
        page.name,
        line,
    )
