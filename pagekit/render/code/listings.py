"""The code of a cell as HTML: highlighted, its folds closed, the lines that matter lit."""

import re
from html import escape

import markdown
from pymdownx.highlight import Highlight, HighlightExtension

from pagekit.read.blocks import Chain
from pagekit.read.code.fences import Fence
from pagekit.render.code.folds import button, folded, shown_lines
from pagekit.render.code.spans import fewer_spans
from pagekit.render.words.typography import reached_by_key


def listing_html(
    md: markdown.Markdown, fence: Fence, chain: Chain, first_line: str, behind_bar: bool
) -> str:
    """The HTML of a fence's code.

    Args:
        md: the converter of the page, for the site's settings of highlighting.
        fence: the fence.
        chain: the chain that it is part of.
        first_line: a comment that the copy begins with, if it needs one.
        behind_bar: whether a bar with its title stands for all of it until a reader asks.
    """
    code = fence.code.strip("\n")
    lines = code.count("\n") + 1
    html = _highlighted(md, fence, code)
    shown = lines
    if behind_bar:
        html = html.replace("<pre>", f"{_bar(_title(fence), lines)}<pre>", 1)
    elif fence.kind == "python":
        html, shown = folded(html, code), shown_lines(code)
    first = f' data-first="{escape(first_line)}"' if first_line else ""
    return (
        # From these the style sheet knows how high the code is, whole and with its folds closed.
        f'<div class="pk-code" style="--pk-lines: {lines}; --pk-shown: {shown}" '
        f'data-chain="{chain.line}"{first} data-pagefind-weight="0.3">'
        f"{reached_by_key(fewer_spans(html))}</div>"
    )


def _bar(title: str, lines: int) -> str:
    count = f"{lines} line{'s' * (lines > 1)} of code"
    return button(f"{title} · {count}" if title else count, kind="pk-bar")


def _title(fence: Fence) -> str:
    return re.sub(r"(?<=\w)'(?=\w)", "’", fence.options.get("title", ""))


def _highlighted(md: markdown.Markdown, fence: Fence, code: str) -> str:
    extension = next(e for e in md.registeredExtensions if isinstance(e, HighlightExtension))
    settings = extension.get_pymdownx_highlight_settings()
    known = {k: v for k, v in settings.items() if k not in {"css_class", "title_mode"}}
    extension.pygments_code_block += 1
    blank = fence.code[: fence.code.index(code)].count("\n")  # lines above the code
    language = "python" if fence.kind == "python" else "bash"
    html = Highlight(md=md, **{k: known[k] for k in _HIGHLIGHT & known.keys()}).highlight(
        code,
        language,
        css_class="highlight",
        hl_lines=[line - blank for line in fence.lit],
        linestart=int(fence.options.get("linenums", -1)),
        title=_title(fence) or None,
        code_block_count=extension.pygments_code_block,
        classes=[f"language-{language}"],
    )
    return _FILENAME.sub(lambda found: re.sub("([/_])", r"\1<wbr>", found[0]), str(html))


_FILENAME = re.compile(r'(?<=<span class="filename">)[^<]*')  # broken where its parts end

_HIGHLIGHT = {
    "guess_lang",
    "pygments_style",
    "use_pygments",
    "noclasses",
    "linenums",
    "linenums_style",
    "line_spans",
    "anchor_linenums",
    "line_anchors",
    "stripnl",
}
