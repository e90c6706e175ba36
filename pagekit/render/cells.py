"""A cell of a page as HTML: the code, and under it what it printed and drew."""

import re
from html import escape

import markdown
from pymdownx.highlight import Highlight, HighlightExtension

from pagekit.read.blocks import Chain
from pagekit.read.fences import Fence
from pagekit.read.options import highlighted
from pagekit.render import faults
from pagekit.render.figures.svg import figure_html
from pagekit.render.spans import fewer_spans
from pagekit.render.typography import Typography, reached_by_key
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
    first = f' data-first="{escape(first_line)}"' if first_line else ""
    parts = [
        f'<div class="pk-cell" data-run="{state}">',
        f'<div class="pk-code" style="--pk-lines: {_lines(fence)}" '
        f'data-chain="{chain.line}"{first} data-pagefind-weight="0.3">'
        f"{_highlighted(md, fence)}</div>",
    ]
    if fence.continues:
        parts.append(f'<p class="pk-continues">{CONTINUES}</p>')
    if segment is None:
        why = chain.not_run or faults.why(chain) or STALE
        parts.append(f'<p class="pk-not-run">Not run: {escape(why)}</p>')
    else:
        parts += _results(md, fence, segment, cell_id)
    parts.append("</div>")
    return "".join(parts)


def _results(md: markdown.Markdown, fence: Fence, segment: Segment, cell_id: str) -> list[str]:
    parts = []
    if printed := segment.output.rstrip("\n"):
        columns = " data-columns" if _has_columns(printed) else ""
        parts.append(
            f'<div class="pk-output"{columns}><span class="pk-output__label">Output</span>'
            f'<pre tabindex="0"><samp>{escape(printed, quote=False)}</samp></pre></div>'
        )
    caption = _inline(md, fence.options.get("caption", ""))
    for number, svg in enumerate(segment.figures):
        last = number == len(segment.figures) - 1
        alt = fence.options["alt"]
        parts.append(figure_html(svg, f"{cell_id}-{number}", alt, caption if last else ""))
    return parts


def _lines(fence: Fence) -> int:
    """How many lines of code are shown, from which the style sheet knows how high they are."""
    return fence.code.strip("\n").count("\n") + 1


def _has_columns(printed: str) -> bool:
    """Whether words stand under one another, so that lines must not wrap, and need not."""
    lines = printed.split("\n")
    apart = sum(bool(_APART.search(line)) for line in lines)
    return apart > 1 and max(map(len, lines)) <= WIDTH


def _highlighted(md: markdown.Markdown, fence: Fence) -> str:
    extension = next(e for e in md.registeredExtensions if isinstance(e, HighlightExtension))
    settings = extension.get_pymdownx_highlight_settings()
    known = {k: v for k, v in settings.items() if k not in {"css_class", "title_mode"}}
    extension.pygments_code_block += 1
    lines = highlighted(fence.options["hl_lines"]) if "hl_lines" in fence.options else []
    html = Highlight(md=md, **{k: known[k] for k in _HIGHLIGHT & known.keys()}).highlight(
        fence.code.rstrip("\n"),
        "python" if fence.kind == "python" else "bash",
        css_class="highlight",
        hl_lines=lines,
        linestart=int(fence.options.get("linenums", -1)),
        title=re.sub(r"(?<=\w)'(?=\w)", "’", fence.options.get("title", "")) or None,
        code_block_count=extension.pygments_code_block,
        classes=[f"language-{'python' if fence.kind == 'python' else 'bash'}"],
    )
    return reached_by_key(fewer_spans(str(html)))


_APART = re.compile(r"\S {2,}\S")
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
