"""Spans around code: few, and each letter in its colour."""

import re
from html import unescape
from pathlib import Path

import material
import pytest
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import BashLexer, PythonLexer

from pagekit.project import Project
from pagekit.render.code.spans import COLOURS, PLAIN, fewer_spans

ROOT = Path(__file__).parents[4]
SPAN = re.compile(r'<span class="([\w-]+)">([^<]*)</span>')
CODE = '''\
"""A module.

With a second paragraph.
"""
# One comment,
# and its second line.
from math import pi as π, tau

@cached
class A(dict[str, int]):
    async def __init__(self, x: "float" = -1.5e-3) -> None:
        return f"{x!r:>{len(self)}}\\n" if not (x <= 2) else (((x ** 0x1F), [True, None]))
'''


def colours(html: str) -> list[tuple[str, int | None]]:
    """Each letter with the number of its colour; a blank has none."""
    group = {name: number for number, names in enumerate(COLOURS) for name in names.split()}
    found: list[tuple[str, int | None]] = []
    for text, name, inner in re.findall(r'([^<]*)(?:<span class="([\w-]+)">([^<]*)</span>)?', html):
        found += [(letter, None) for letter in unescape(text)]
        found += [(letter, group.get(name)) for letter in unescape(inner)]
    return [(letter, None if letter.isspace() else colour) for letter, colour in found]


def pygments(code: str, lexer: type = PythonLexer) -> str:
    return str(highlight(code, lexer(), HtmlFormatter(nowrap=True)))


@pytest.mark.parametrize("lexer", [PythonLexer, BashLexer])
def test_each_letter_keeps_its_colour(lexer: type) -> None:
    for code in (
        CODE,
        Path(__file__).read_text(encoding="utf-8"),
        "make -k site | head -n 3  # x\n",
    ):
        before = pygments(code, lexer)
        assert colours(fewer_spans(before)) == colours(before)


def test_no_two_neighbours_have_one_colour_and_none_has_that_of_the_text() -> None:
    html = fewer_spans(pygments(CODE))
    group = {name: number for number, names in enumerate(COLOURS) for name in names.split()}
    neighbours = re.findall(
        r'<span class="([\w-]+)">[^<]*</span>\s*(?=<span class="([\w-]+)")', html
    )
    assert neighbours
    assert all(group[one] != group[other] for one, other in neighbours)
    assert not {name for name, _ in SPAN.findall(html)} & PLAIN
    assert len(SPAN.findall(html)) < 0.7 * len(SPAN.findall(pygments(CODE)))


def test_a_line_that_is_lit_stays_a_line() -> None:
    formatter = HtmlFormatter(nowrap=True, hl_lines=[1, 2, 4])
    html = fewer_spans(str(highlight("a\nb\nx = 1\n(y)\n", PythonLexer(), formatter)))
    assert html.count('<span class="hll">') == 3
    assert '<span class="hll">a\n</span><span class="hll">b\n</span>' in html


def test_the_style_sheets_give_one_colour_to_what_is_taken_for_one() -> None:
    """In both schemes; what is taken for plain text has its colour or none."""
    theme = Path(material.__file__).parent / "templates/assets/stylesheets"
    [sheet] = [path.read_text(encoding="utf-8") for path in theme.glob("main.*.min.css")]
    rules = re.findall(r"([^{}]+)\{color:var\((--md-code-hl-[\w-]+)\)\}", sheet)
    variable = {
        name: value
        for selectors, value in rules
        for name in re.findall(r"\.highlight \.(\w+)(?=,|$)", selectors)
    }
    tokens = (ROOT / "docs/assets/css/tokens.css").read_text(encoding="utf-8")
    schemes = tokens.split("@media screen")
    assert len(schemes) == 2
    assert variable
    for scheme in schemes:
        value = dict(re.findall(r"(--md-code-hl-[\w-]+): ([^;]+);", scheme))
        for names in COLOURS:
            assert len({value[variable[name]] for name in names.split()}) == 1, names
    assert {variable[name] for name in PLAIN & variable.keys()} == {"--md-code-hl-name-color"}
    assert "--md-code-hl-name-color: var(--md-code-fg-color)" in tokens
    own = "".join(p.read_text() for p in (Project(ROOT).docs / "assets" / "css").glob("*.css"))
    dressed = set(re.findall(r"\.highlight \.(\w+)", own)) | set(
        re.findall(r"\.highlight \.(\w+)(?=[,{])", sheet)
    )
    assert not PLAIN & (dressed - variable.keys())
