"""A cell of a page as HTML: the code, and under it what it printed and drew.

Where a cell is there for its figure, that comes first, and the code is folded away below.
"""

import re
from html import escape
from itertools import zip_longest

import markdown

from pagekit.read.blocks import Chain
from pagekit.read.code.fences import Fence
from pagekit.render import faults
from pagekit.render.code.listings import listing_html
from pagekit.render.figures.svg import figure_html
from pagekit.render.words.typography import Typography
from pagekit.run.results import Segment

CONTINUES = "Continues the block above; copying takes the whole program."
WIDTH = 100  # characters, which a desktop shows side by side
STALE = "This block has changed and has not run yet."


def cell_html(
    md: markdown.Markdown,
    fence: Fence,
    chain: Chain,
    segment: Segment | None,
    cell_id: str,
    first_line: str = "",
) -> str:
    """The HTML of one fence.

    Args:
        md: the converter of the page, for the site's settings of highlighting.
        fence: the fence.
        chain: the chain that it is part of; what is copied is the chain up to here, which the
            page's script gathers from the cells of the same ``data-chain``.
        segment: what the run recorded, or ``None`` where the fence did not run.
        cell_id: unique on the page.
        first_line: a comment that the copy begins with, if it needs one.
    """
    state = "ok" if segment else "not-run"
    only_draws = segment is not None and _only_draws(fence, segment)
    code = [listing_html(md, fence, chain, first_line, behind_bar=only_draws)]
    if fence.continues:
        code.append(f'<p class="pk-continues">{CONTINUES}</p>')
    if segment is None:
        why = chain.not_run or faults.why(chain) or STALE
        results = [f'<p class="pk-not-run">Not run: {escape(why)}</p>']
    else:
        results = _results(md, fence, segment, cell_id, figures_first=only_draws)
    parts = [*results, *code] if only_draws else [*code, *results]
    return f'<div class="pk-cell" data-run="{state}">{"".join(parts)}</div>'


def _only_draws(fence: Fence, segment: Segment) -> bool:
    """Whether a cell is there for its figure: it draws, and shows no part of a snippet."""
    return bool(segment.figures) and not any(line.source for line in fence.lines)


def _results(
    md: markdown.Markdown, fence: Fence, segment: Segment, cell_id: str, figures_first: bool
) -> list[str]:
    printed, figures = _printed(segment), _figures(md, fence, segment, cell_id)
    return [*figures, *printed] if figures_first else [*printed, *figures]


def _printed(segment: Segment) -> list[str]:
    if printed := segment.output.rstrip("\n"):
        columns = " data-columns" if _has_columns(printed) else ""
        return [
            f'<div class="pk-output"{columns}><span class="pk-output__label">Output</span>'
            f'<pre tabindex="0"><samp>{escape(printed, quote=False)}</samp></pre></div>'
        ]
    return []


def _figures(md: markdown.Markdown, fence: Fence, segment: Segment, cell_id: str) -> list[str]:
    parts = []
    caption = _inline(md, fence.options.get("caption", ""))
    alt = fence.options.get("alt", "")
    for number, (svg, phone) in enumerate(
        zip_longest(segment.figures, segment.phone, fillvalue="")
    ):
        below = caption if number == len(segment.figures) - 1 else ""
        parts.append(figure_html(svg, f"{cell_id}-{number}", alt, below, phone))
    return parts


def _has_columns(printed: str) -> bool:
    """Whether words stand under one another, so that lines must not wrap, and need not.

    Two lines with gaps tell, or several that are equally long: their letters stand so.
    """
    lines = printed.split("\n")
    apart = sum(bool(_APART.search(line)) for line in lines)
    even = len(lines) >= _EVEN and len(set(map(len, lines))) == 1
    return (apart > 1 or even) and max(map(len, lines)) <= WIDTH


_EVEN = 3  # lines of one length, which are so on purpose
_APART = re.compile(r"\S {2,}\S")


def _inline(md: markdown.Markdown, text: str) -> str:
    """Inline Markdown of a caption: emphasis, code and subscripts, without a paragraph."""
    if not text:
        return ""
    html = markdown.markdown(
        text,
        extensions=["pymdownx.arithmatex", Typography()],
        extension_configs={"pymdownx.arithmatex": {"generic": True}},
    )
    return html.removeprefix("<p>").removesuffix("</p>")
