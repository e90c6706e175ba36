"""The Markdown extension: shows under each fence what its run recorded.

It never runs code. It works wherever Python-Markdown does (MkDocs, Zensical). Three steps, around
the other extensions:

1. before all others, fences become tokens, and inline values, citations and glossary terms in
   the prose become tokens or plain Markdown;
2. in the tree, predictions and quizzes get their inputs and answers, wide tables a box of their
   own to scroll in, and paragraphs side notes; quotes and dashes become true ones, and words such
   as GPT-3 stay whole;
3. at the end, tokens become the HTML of cells and diagrams, and TeX becomes MathML.
"""

import os
import re
import xml.etree.ElementTree as ET
from typing import ClassVar

import markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from pagekit.project import Project
from pagekit.read.blocks import Page
from pagekit.render.origin import page_of
from pagekit.render.rendering import Lists, Rendering
from pagekit.render.words import citations, glossary
from pagekit.render.words.questions import Questions
from pagekit.render.words.side_notes import SideNotes
from pagekit.render.words.typography import Typography

# Of a page that is there only for links to it, nobody sees the code.
_CODE = re.compile(r"^[ \t]*(`{3,}|~{3,}).*?^[ \t]*\1[ \t]*$", re.MULTILINE | re.DOTALL)


class PageExtension(Extension):
    """``pagekit.render.extension``, as ``mkdocs.yml`` names it.

    One made of it may add what stands for further comments (``lists``).
    """

    lists: ClassVar[Lists] = {}

    def extendMarkdown(self, md: markdown.Markdown) -> None:
        """Register the three steps."""
        step = _Tokens(md, self.lists)
        md.preprocessors.register(step, "pagekit-tokens", 45)
        # Before the text within lines is read (20), so that it is read in what they become, too.
        md.treeprocessors.register(Questions(md, step.page), "pagekit-questions", 25)
        md.treeprocessors.register(_ScrollingTables(md), "pagekit-tables", 12)
        Typography().extendMarkdown(md)
        md.treeprocessors.register(SideNotes(md), "pagekit-side-notes", 3)  # after attr_list (8)
        md.postprocessors.register(_Html(step), "pagekit-html", 4)


class _Tokens(Preprocessor):
    rendering: Rendering | None = None

    def __init__(self, md: markdown.Markdown, lists: Lists) -> None:
        super().__init__(md)
        self.lists = lists

    def page(self) -> Page | None:
        return self.rendering.page if self.rendering else None

    def run(self, lines: list[str]) -> list[str]:
        project = Project.here()
        page = page_of(self.md, "\n".join(lines), project)
        only = os.environ.get("PAGEKIT_ONLY")
        if page is None or (only and page.name not in (only, citations.LIST, glossary.SOURCE)):
            # Not a page of ours, but a string that some plugin converts; or not the page wanted.
            self.rendering = None
            return _CODE.sub("", "\n".join(lines)).split("\n") if only else lines
        self.rendering = Rendering(page, project, self.md, lists=self.lists)
        return self.rendering.lines()


class _ScrollingTables(Treeprocessor):
    def run(self, root: ET.Element) -> None:
        for parent in list(root.iter()):
            for index, child in enumerate(list(parent)):
                if child.tag == "table":
                    box = ET.Element("div", {"class": "pk-scroll pk-table", "tabindex": "0"})
                    box.tail, child.tail = child.tail, None
                    parent[index] = box
                    box.append(child)


class _Html(Postprocessor):
    def __init__(self, step: _Tokens) -> None:
        super().__init__()
        self.step = step

    def run(self, text: str) -> str:
        return self.step.rendering.html(text) if self.step.rendering else text


def makeExtension(**settings: object) -> PageExtension:
    """What Python-Markdown calls."""
    return PageExtension(**settings)
