"""One page on its way to HTML: what its tokens stand for, and how its TeX becomes MathML."""

import os
import re
from html import escape, unescape

import markdown

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Chain, Page
from pagekit.read.fences import Fence
from pagekit.render import maths
from pagekit.render.cells import cell_html
from pagekit.render.diagrams import drawing
from pagekit.render.prose import Prose
from pagekit.run import results

_BLOCK = re.compile(r"(?:<p>)?pkblockx(\d+)x(?:</p>)?")
_INLINE = re.compile(r"pkinlinex(\d+)x")
_MATH = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">(?P<open>\\[(\[])(?P<tex>.*?)\\[)\]]</(?P=tag)>',
    re.DOTALL,
)


class Rendering:
    """What is known of the page being converted."""

    def __init__(self, page: Page, project: Project, md: markdown.Markdown) -> None:
        self.page = page
        self.project = project
        self.md = md
        self.blocks: list[str] = []
        self.inlines: list[str] = []
        self.lenient = bool(os.environ.get("PAGEKIT_LENIENT"))
        self._results: dict[int, results.Result | None] = {}

    def result_of(self, chain: Chain) -> results.Result | None:
        """The recorded result; ``None`` only for a chain that is marked not to run."""
        if chain.line not in self._results:
            found = results.load(self.page, chain, self.project)
            if found is None and chain.not_run is None and not self.lenient:
                raise PageError(
                    "the result of this block is missing or stale; run `make site`, which runs "
                    "what has changed",
                    self.page.name,
                    chain.line,
                )
            self._results[chain.line] = found
        return self._results[chain.line]

    def value_of(self, expression: str, line: int) -> str:
        """The text of the inline value on a line."""
        for chain in self.page.chains:
            if any(v.line == line and v.expression == expression for v in chain.values):
                result = self.result_of(chain)
                if result is None:
                    return "…"
                return result.values[expression]
        raise PageError(f"no block computes `{expression}`", self.page.name, line)

    def block(self, html: str) -> str:
        """A token for a block of HTML."""
        self.blocks.append(html)
        return f"pkblockx{len(self.blocks) - 1}x"

    def inline(self, html: str) -> str:
        """A token for HTML within a line."""
        self.inlines.append(html)
        return f"pkinlinex{len(self.inlines) - 1}x"

    def lines(self) -> list[str]:
        """The page's text for the other extensions, with tokens in it."""
        prose = Prose(self.page, self.project, self._value_token)
        fences = {fence.line: fence for fence in self.page.fences}
        out: list[str] = []
        number = self.page.body_start + 1
        while number <= len(self.page.lines):
            fence = fences.get(number)
            if fence is None:
                out += prose.line(number)
                if number == self.page.title_line:
                    out += ["", *self._terms_of_reading(), ""]
                number += 1
            elif fence.kind == "text":
                out += self.page.lines[fence.line - 1 : fence.end_line]
                number = fence.end_line + 1
            else:
                blank = fence.prefix.rstrip()
                html = self._diagram(fence) if fence.kind == "mermaid" else self._cell(fence)
                out += [blank, fence.prefix + self.block(html), blank]
                number = fence.end_line + 1
        return out

    def _terms_of_reading(self) -> list[str]:
        """What the front matter says of the time that a page takes and of what it needs."""
        meta = self.page.front_matter
        said = [f"{meta['minutes']} minutes"] if "minutes" in meta else []
        if needs := meta.get("prerequisites"):
            said.append(f"You need {needs if isinstance(needs, str) else ', '.join(needs)}")
        return [" · ".join(said), "{: .pk-terms }"] if said else []

    def _value_token(self, expression: str, line: int) -> str:
        text = self.value_of(expression, line)
        return self.inline(f'<span class="pk-value">{escape(text, quote=False)}</span>')

    def _cell(self, fence: Fence) -> str:
        chain = self.page.chain_of(fence)
        result = self.result_of(chain)
        position = chain.fences.index(fence)
        segment = result.segments[position] if result else None
        return cell_html(self.md, fence, chain, segment, f"fig-{len(self.blocks)}")

    def _diagram(self, fence: Fence) -> str:
        try:
            return drawing.render(fence.code, self.project.diagrams, key=str(len(self.blocks)))
        except PageError as error:
            line = fence.line + (error.line or 0)
            raise PageError(error.message, self.page.name, line) from error

    def html(self, text: str) -> str:
        """The finished page: tokens and TeX replaced."""
        text = _INLINE.sub(lambda m: self.inlines[int(m[1])], text)
        text = _BLOCK.sub(lambda m: self.blocks[int(m[1])], text)
        return _MATH.sub(self._mathml, text)

    def _mathml(self, match: re.Match[str]) -> str:
        tex, display = unescape(match["tex"]).strip(), match["open"] == "\\["
        try:
            mathml = maths.to_mathml(tex, display)
        except PageError as error:
            raise PageError(error.message, self.page.name, self._line_of(tex)) from error
        if not display:
            return mathml
        return f'<div class="pk-math pk-scroll" tabindex="0">{mathml}</div>'

    def _line_of(self, tex: str) -> int:
        first = tex.splitlines()[0].strip() if tex else ""
        for number, line in enumerate(self.page.lines, start=1):
            if number > self.page.body_start and first in line:
                return number
        return self.page.body_start + 1
