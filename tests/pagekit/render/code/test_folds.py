"""What of a listing is folded, and that nothing of it is lost."""

import re
from html import unescape
from pathlib import Path

import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.render.code.folds import LEAST, button, folded, folds, shown_lines
from pagekit.render.code.spans import fewer_spans

ROOT = Path(__file__).parents[4]
CODE = '''\
"""A module."""

import math
from pathlib import (
    Path,
)


class Circle:
    """A circle.

    It is round.
    """

    def area(self, r: float) -> float:
        """Its area.

        Args:
            r: its radius.
        """
        import sys

        return math.pi * r**2

    def side(self) -> int:
        """There is
        none."""
        return 0


import a
import b'''


def highlighted(code: str, **settings: object) -> str:
    html = highlight(code, PythonLexer(), HtmlFormatter(nowrap=True, **settings))
    return f'<div class="highlight"><pre><span></span><code>{html}</code></pre></div>'


def test_imports_and_details_of_docstrings_are_folded() -> None:
    found = [(fold.first, fold.last, fold.indent) for fold in folds(CODE)]
    assert found == [(3, 7, 0), (11, 13, 4), (17, 20, 8)]
    assert [fold.what.split()[-1] for fold in folds(CODE)] == ["imports", "docstring", "docstring"]
    assert shown_lines(CODE) == CODE.count("\n") + 1 - (5 - 1) - (3 - 1) - (4 - 1)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "import a\nimport b\nx = 1",
        "import a\nimport b\nimport c",
        'def f():\n    """One line.\n    And another."""',
        "import a\n\n\nimport b (\n",
        "x = 1\n\n\n\n\n",
    ],
)
def test_little_is_not_folded_nor_is_all_nor_what_is_no_python(code: str) -> None:
    assert folds(code) == []
    assert folded(highlighted(code), code) == highlighted(code)
    assert shown_lines(code) == code.count("\n") + 1


@pytest.mark.parametrize(
    "code",
    [
        "import a\nimport b\nimport c; x = 1\nprint(x)\n",
        "x = 1; import a\nimport b\nimport c\nprint(x)\n",
    ],
)
def test_a_statement_beside_an_import_is_never_folded_away(code: str) -> None:
    assert not folds(code)


def test_of_the_blank_lines_after_imports_one_remains() -> None:
    for blank in range(1, 5):
        code = f"import a\nimport b\nimport c{chr(10) * blank}\nx = 1"
        [fold] = folds(code)
        assert not code.split("\n")[fold.last] and code.split("\n")[fold.last + 1] == "x = 1"


def texts_and_depths(html: str) -> tuple[str, int]:
    """The text of some HTML; and how often a tag is closed that is not the last one opened."""
    stack: list[str] = []
    wrong = 0
    for close, name in re.findall(r"<(/?)(\w+)", html):
        if not close:
            stack.append(name)
        elif not stack or stack.pop() != name:
            wrong += 1
    return unescape(re.sub(r"<[^>]*>", "", html)), wrong + len(stack)


def test_a_fold_adds_no_text_and_leaves_the_elements_nested() -> None:
    lit = [4, 5, 6, 12, 22]
    for settings in ({}, {"hl_lines": lit}, {"linespans": "line"}, {"linenos": "inline"}):
        plain = highlighted(CODE, **settings)
        html = folded(plain, CODE)
        assert texts_and_depths(html) == (texts_and_depths(plain)[0], 0)
        assert texts_and_depths(fewer_spans(html)) == (texts_and_depths(plain)[0], 0)


def test_what_a_button_brings_back_are_the_lines_that_it_counts() -> None:
    html = fewer_spans(folded(highlighted(CODE), CODE))
    pieces = re.split(
        r'<button[^>]*aria-label="(\d+) [^"]*"></button><span class="pk-folded">', html
    )
    rows = CODE.split("\n")
    for fold, count, piece in zip(folds(CODE), pieces[1::2], pieces[2::2], strict=True):
        inside = unescape(re.sub(r"<[^>]*>", "", piece)).split("\n")[: int(count)]
        assert inside == rows[fold.first - 1 : fold.last]


def test_all_listings_of_the_site_keep_their_text() -> None:
    project = Project(ROOT)
    for path in project.pages():
        for fence in read_page(path, project).fences:
            if fence.kind == "python":
                code = fence.code.strip("\n")
                html = highlighted(code, hl_lines=fence.lit)
                assert texts_and_depths(folded(html, code)) == (texts_and_depths(html)[0], 0)


def test_so_few_lines_are_worth_a_button_and_fewer_are_not() -> None:
    imports = [f"import {name}" for name in "abcde"]
    for count in range(1, 6):
        code = "\n".join([*imports[:count], "x = 1"])
        assert [fold.lines for fold in folds(code)] == [count] * (count >= LEAST)
        assert shown_lines(code) == count + 1 - (count - 1) * (count >= LEAST)


def test_a_button_says_what_it_brings_back() -> None:
    assert 'aria-label="a &amp; b"' in button("a & b")
    assert 'class="pk-fold"' in button("a") and "--pk-indent: 0" in button("a")
    other = button("a", 4, "pk-bar")
    assert 'class="pk-fold pk-bar"' in other and "--pk-indent: 4" in other
    html = folded(highlighted(CODE), CODE)
    assert re.findall(r'aria-label="([^"]+)"', html) == [
        "5 lines of imports",
        "3 more lines of the docstring",
        "4 more lines of the docstring",
    ]
    assert re.findall(r"--pk-indent: (\d+)", html) == ["0", "4", "8"]


def test_what_has_no_code_is_left_alone() -> None:
    assert folded("<p>a</p>", CODE) == "<p>a</p>"
    html = f"<i>{highlighted(CODE)}</i>"
    assert folded(html, CODE) == f"<i>{folded(highlighted(CODE), CODE)}</i>"


def test_blank_lines_at_the_end_of_a_listing_are_no_part_of_a_fold() -> None:
    assert [(f.first, f.last) for f in folds("x = 1\nimport a\nimport b\nimport c\n\n\n")] == [
        (2, 5)
    ]
