"""One page on its way to HTML: what its tokens stand for, and what they become."""

import itertools
import os
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import markdown

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Chain, Page
from pagekit.read.code.fences import Fence
from pagekit.read.minutes import minutes_to_read
from pagekit.read.passages import FORMULA, Passage
from pagekit.read.settings.menu import place_of
from pagekit.read.settings.package import first_line, up_to
from pagekit.render.code.cells import cell_html
from pagekit.render.code.kept import kept_html
from pagekit.render.diagrams import drawing
from pagekit.render.leftovers import check_all_read
from pagekit.render.tex.formulas import replace_formulas
from pagekit.render.words.numbers import set_numbers
from pagekit.render.words.prose import Prose
from pagekit.render.words.typography import keep_code_whole, reached_by_key
from pagekit.run import results

# Stands for `|` in a formula while tables are made; of the characters for private use.
_BAR = "\ue07c"
_TABLE = re.compile(r"^[ \t>]*\|?[ \t:|-]*-[ \t:|-]*$", re.MULTILINE)


Lists = Mapping[str, Callable[[str, "Rendering"], str]]
"""By its name, what a comment ``<!-- pagekit:name words -->`` stands for, in Markdown."""


class Rendering:
    """What is known of the page being converted."""

    def __init__(
        self,
        page: Page,
        project: Project,
        md: markdown.Markdown,
        meta: dict[str, Any] | None = None,
        lists: Lists | None = None,
    ) -> None:
        self.page = page
        self.meta = page.front_matter if meta is None else meta
        self.project = project
        self.md = md
        self.lists = lists or {}
        self.blocks: list[str] = []
        self.inlines: list[str] = []
        # A word that the page does not have itself.
        words = "\n".join(page.lines)
        self.token = next(t for n in itertools.count() if (t := f"pktoken{n}x") not in words)
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
            if found is not None and not _fits(found, chain):
                path = results.result_path(self.page, chain, self.project)
                raise PageError(
                    f"the recorded result of this block is damaged; remove "
                    f"{self.project.relative(path)} and run `make site`",
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
                return "…" if result is None else str(result.values[expression])
        raise PageError(f"no block computes `{expression}`", self.page.name, line)

    def block(self, html: str) -> str:
        """A token for a block of HTML."""
        self.blocks.append(html)
        return f"{self.token}b{len(self.blocks) - 1}x"

    def inline(self, html: str) -> str:
        """A token for HTML within a line."""
        self.inlines.append(html)
        return f"{self.token}i{len(self.inlines) - 1}x"

    def lines(self) -> list[str]:
        """The page's text for the other extensions, with tokens in it."""
        lists = {name: self._bound(make) for name, make in self.lists.items()}
        prose = Prose(self.page, self.project, self._value_token, lists)
        out = [] if self.page.title_line else [*self._terms_of_reading(), ""]
        for part in self.page.parts:
            if isinstance(part, Fence):
                out += self._fence(part)
                continue
            out += self._whole_rows(part, prose.text(part)).split("\n")
            if part.line == self.page.title_line:
                out += ["", *self._terms_of_reading(), ""]
        return out

    def _bound(self, make: Callable[[str, "Rendering"], str]) -> Callable[[str], str]:
        return lambda words: make(words, self)

    def _whole_rows(self, passage: Passage, text: str) -> str:
        """A passage whose formulas do not split the cells of a table."""
        if not passage.is_prose or not _TABLE.search(passage.text):
            return text
        return FORMULA.sub(lambda match: match[0].replace("|", _BAR), text)

    def _fence(self, fence: Fence) -> list[str]:
        if fence.kind == "text":
            first, last = (self.page.lines[n - 1] for n in (fence.line, fence.end_line))
            # What was included is text now, and no include again.
            rows = (re.sub(r"^(\s*)(-+8<)", r"\1;\2", line.text) for line in fence.lines)
            return [first, *(f"{fence.prefix}{row}" for row in rows), last]
        blank = fence.prefix.rstrip()
        is_diagram = fence.kind == "mermaid"
        html = self._diagram(fence) if is_diagram else self._cell(fence) + self._kept(fence)
        return [blank, fence.prefix + self.block(html), blank]

    def _terms_of_reading(self) -> list[str]:
        """A chapter's number, the time that a page takes, and what it needs."""
        said = []
        if place := place_of(self.page.path, self.project):
            said.append(f"Chapter {place[0]} of {place[1]}")
        if minutes := minutes_to_read(self.page, self.meta, self.project):
            said.append(f"{minutes} minutes")
        if needs := self.meta.get("prerequisites"):
            *others, last = [needs] if isinstance(needs, str) else needs
            said.append(f"You need {' and '.join([', '.join(others), last] if others else [last])}")
        return [" · ".join(said), "{: .pk-terms }"] if said else []

    def _value_token(self, expression: str, line: int) -> str:
        text = set_numbers(self.value_of(expression, line))
        return self.inline(f'<span class="pk-value">{escape(text, quote=False)}</span>')

    def _cell(self, fence: Fence) -> str:
        chain = self.page.chain_of(fence)
        result = self.result_of(chain)
        position = chain.fences.index(fence)
        segment = result.segments[position] if result else None
        try:
            if segment:
                fence.check_figures(len(segment.figures))
            first = first_line(up_to(fence, chain).code, self.project)
            return cell_html(self.md, fence, chain, segment, f"fig-{len(self.blocks)}", first)
        except PageError as error:
            raise error.at(self.page.name, fence.line) from error.__cause__

    def _diagram(self, fence: Fence) -> str:
        try:
            return drawing.render(fence.code, self.project.diagrams, key=str(len(self.blocks)))
        except PageError as error:
            line = fence.line + (error.line or 0)
            raise PageError(error.message, self.page.name, line) from error

    def _kept(self, fence: Fence) -> str:
        chain = self.page.chain_of(fence)
        return kept_html(chain, self.result_of(chain))

    def html(self, text: str) -> str:
        """The finished page: tokens and TeX replaced."""
        kinds = {"b": self.blocks, "i": self.inlines}
        token = re.compile(rf"(?:<p>)?{self.token}b(\d+)x(?:</p>)?|{self.token}i(\d+)x")
        check_all_read(token.sub("", text), self.page)
        text = reached_by_key(keep_code_whole(text.replace(_BAR, "|")))
        text = token.sub(lambda m: kinds["b" if m[1] else "i"][int(m[1] or m[2])], text)
        return replace_formulas(text, self.page)


def _fits(result: results.Result, chain: Chain) -> bool:
    """Whether a recorded result has all that its chain is to show."""
    texts = [result.values.get(value.expression) for value in chain.values]
    for segment in result.segments:
        texts += [segment.output, *segment.figures, *segment.phone]
    return all(isinstance(text, str) for text in texts)
