"""The formulas of a page: what Markdown marked as TeX becomes MathML."""

import re
from html import unescape

from pagekit.errors import PageError
from pagekit.read.blocks import Page
from pagekit.render.tex.breaks import breakable
from pagekit.render.tex.maths import to_mathml
from pagekit.render.words.typography import WHOLE

# With the signs right before and behind it, from which no line may part it.
_MATH = re.compile(
    r"(?P<before>[(\[“‘]*)"
    r'<(?P<tag>span|div) class="arithmatex">(?P<open>\\[(\[])(?P<tex>.*?)\\[)\]]</(?P=tag)>'
    r"(?P<after>(?:[.,;:!?)\]”…]|’s?\b)*)",
    re.DOTALL,
)


def replace_formulas(html: str, page: Page) -> str:
    """The HTML with MathML for its TeX.

    Raises:
        PageError: TeX that can't be read, with the line of the page.
    """

    def mathml(match: re.Match[str]) -> str:
        tex, display = unescape(match["tex"]).strip(), match["open"] == "\\["
        try:
            formula = to_mathml(tex, display)
        except PageError as error:
            raise PageError(error.message, page.name, _line_of(tex, page)) from error
        before, after = match["before"], match["after"]
        if not display:
            whole = f"{before}{formula}{after}"
            return f'<span class="{WHOLE}">{whole}</span>' if before or after else formula
        shown = breakable(formula)
        return f'{before}<div class="pk-math pk-scroll" tabindex="0">{shown}</div>{after}'

    return _MATH.sub(mathml, html)


def _line_of(tex: str, page: Page) -> int:
    """The line on which a formula begins; of a caption's, the line of its fence."""
    for passage in page.passages:
        for line, formula in passage.formulas:
            if formula.split() == tex.split():
                return line + formula[: len(formula) - len(formula.lstrip())].count("\n")
    captions = (f.line for f in page.fences if tex in f.options.get("caption", ""))
    return next(captions, page.body_start + 1)
