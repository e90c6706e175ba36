"""A page's parts as others take them: chains, prose, places, titles."""

from pathlib import Path

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Page, parse_page, prose
from pagekit.read.includes import expand
from pagekit.read.passages import passages, unbroken
from pagekit.read.settings import front_matter
from pagekit.read.settings.front_matter import line_of_artefacts, names_of_artefacts
from pagekit.read.text import read_text, split_lines
from pagekit.read.values import Value, block_of, value_expression
from pagekit.suggest import did_you_mean

CONT = "<!--pytest-codeblocks:cont-->\n"


@pytest.fixture
def page(project: Project):
    def page(text: str) -> Page:
        return parse_page(text, project.docs / "page.md", project)

    return page


def chains(page: Page) -> list[tuple[int, str, list[int], list[str]]]:
    return [
        (c.line, c.kind, [f.line for f in c.fences], [v.expression for v in c.values])
        for c in page.chains
    ]


def test_chains_and_what_belongs_to_them(page) -> None:
    found = page(
        "```python\na\n```\n\n```bash\nls\n```\n\nIs `{python} 1`.\n\n```python\nb\n```\n"
        "\n" + CONT + "```python\nc\n```\n\nAnd `{python} 3` is.\n"
    )
    assert chains(found) == [
        (1, "python", [1], ["1"]),  # the shell block between computes nothing
        (5, "shell", [5], []),
        (11, "python", [11, 16], ["3"]),
    ]
    assert found.chain_of(found.fences[3]) is found.chains[2]
    assert found.chains[2].code == "b\n\nc\n"


def test_a_chain_is_copied_without_blank_lines_around_its_fences(page) -> None:
    found = page(f"```python\n\n\na = 1\n\n```\n{CONT}```python\n\nb = 2\n```\n")
    assert found.chains[0].code == "a = 1\n\nb = 2\n"


def test_one_fence_of_a_chain_asks_to_be_alone_for_all(page) -> None:
    def alone(first: str, second: str) -> bool:
        text = f"```python{first}\na\n```\n{CONT}```python{second}\nb\n```\n"
        return page(text).chains[0].alone

    assert alone("", "") is False
    assert alone(" alone", "") is alone("", " alone") is True


def test_a_chain_may_take_the_longest_time_that_is_asked_for(page) -> None:
    def timeout(first: str, second: str) -> float:
        text = f"```python{first}\na\n```\n{CONT}```python{second}\nb\n```\n"
        return page(text).chains[0].timeout

    assert timeout(' timeout="0.5"', "") == 0.5
    assert timeout(' timeout="3"', ' timeout="3"') == 3
    assert timeout(' timeout="3"', ' timeout="4"') == 4


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (f"\n{CONT}```python\na\n```\n", 3, "no block above"),
        (f"```python\na\n```\n{CONT}```bash\nls\n```\n", 5, "only a Python block"),
        (f"```bash\nls\n```\n{CONT}```bash\nls\n```\n", 5, "only a Python block"),
        (
            f'```python\na\n```\n{CONT}<!--pytest.mark.skip(reason="a")-->\n```python\nb\n```\n',
            6,
            "mark the first block",
        ),
        (
            f'```python timeout="9"\na\n```\n{CONT}```python timeout="8"\nb\n```\n',
            5,
            "has 9 s for all of its blocks",
        ),
        ("`{python} 1`\n\n```python\na\n```\n", 1, "no Python block stands above"),
        ("```bash\nls\n```\n\n`{python} 1`\n", 5, "no Python block stands above"),
    ],
)
def test_chains_that_are_refused(page, text: str, line: int, says: str) -> None:
    with pytest.raises(PageError, match=says) as caught:
        page(text)
    assert (caught.value.path, caught.value.line) == ("docs/page.md", line)


def test_prose_knows_its_places(page) -> None:
    found = page(
        "---\ntitle: A\n---\n\n# T\n\nOne\ntwo.\n\n```text\nx\n```\n<!--\nno\n-->\nThree.\n"
    )
    for index, text in prose(found):
        assert found.lines[index] == text
    assert [text for _, text in prose(found) if text] == ["# T", "One", "two.", "Three."]
    assert found.body_start == 4 and found.body.startswith("# T\n")


def test_parts_are_in_the_order_of_the_page(page) -> None:
    found = page("One.\n\n```text\nx\n```\n\nTwo.\n\n```text\ny\n```\n")
    lines = [part.line for part in found.parts]
    assert lines == sorted(lines) and len(found.fences) == 2
    covered = [line.page_line for part in found.passages for line in part.lines]
    assert covered == [1, 2, 6, 7, 8]


@pytest.mark.parametrize(
    ("text", "line"),
    [("Text.\n\n## Part\n", 0), ("Text.\n\n# T\n\n# U\n", 3), ("#T\n", 1), ("\n\n# T\n", 3)],
)
def test_the_title_is_the_first_heading_of_the_first_kind(page, text: str, line: int) -> None:
    assert page(text).title_line == line


def test_a_page_tells_what_it_includes_and_reads(page) -> None:
    found = page(
        "---\nminutes: 5\nartefacts: [a, b]\n---\n"
        '```python\n--8<-- "snippets/sums.py:add"\n```\n\n--8<-- "mkdocs.yml"\n'
    )
    assert found.sources == {"snippets/sums.py", "mkdocs.yml"}
    assert found.artefacts == ("a", "b")
    assert found.front_matter["minutes"] == 5
    assert page("Text.\n").artefacts == ()


@pytest.mark.parametrize("wrong", ["a", "[1]", "{a: b}"])
def test_artefacts_are_a_list_of_names(page, wrong: str) -> None:
    found = page(f"---\nminutes: 5\nartefacts: {wrong}\n---\n\nText.\n")
    with pytest.raises(PageError, match="a list of names") as caught:
        _ = found.artefacts
    assert caught.value.line == 3
    assert line_of_artefacts(["# ---", "# artefacts: a"]) == 2
    assert line_of_artefacts(["text"]) == 1
    assert names_of_artefacts({}, [], "docs/page.md") == ()


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        ([], 0),
        (["text"], 0),
        (["", "", "text"], 2),
        (["---", "a: b", "---", "", "text"], 4),
        (["--- ", "a: b", "...", "text"], 3),
        (["---", "a: b", "---"], 3),
        (["", "---", "", "text"], 1),  # a rule across the page
        (["1. text: one"], 0),
        (["    code: one"], 0),
    ],
)
def test_where_front_matter_ends(lines: list[str], end: int) -> None:
    assert front_matter.end_of(lines) == end


@pytest.mark.parametrize(
    ("lines", "line", "says"),
    [
        (["---", "a: b"], 1, "not closed"),
        (["", "", "---", "a: b", "---"], 3, "must begin in the first line"),
        (["Note: text"], 1, "would be taken for metadata"),
        (["   Note:"], 1, "would be taken for metadata"),
    ],
)
def test_front_matter_that_is_refused(lines: list[str], line: int, says: str) -> None:
    with pytest.raises(PageError, match=says) as caught:
        front_matter.end_of(lines)
    assert caught.value.line == line


def test_front_matter_without_anything_is_empty() -> None:
    assert front_matter.read([]) == front_matter.read(["---", "---"]) == {}
    assert front_matter.read(["---", "minutes: 1", "---"]) == {"minutes": 1}
    assert front_matter.read(["---", "prerequisites: a", "..."]) == {"prerequisites": "a"}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("One\ntwo.\n\nThree.\n", [(1, True), (3, True), (4, True)]),
        ("# T\nText.\n", [(1, True), (2, True)]),
        ("- a\n- b\n  more\n", [(1, True), (2, True)]),
        ("Text\n- no item\n", [(1, True)]),
        ("| a |\n| b |\n", [(1, True)]),
        ("Text.\n| a |\n| b |\n", [(1, True), (2, True)]),
        ("Text.\n\n    code\n", [(1, True), (2, True), (3, False)]),
        ("- a\n\n    more\n\nText.\n\n    code\n", [(1, True), (2, True), (3, True), (4, True),
                                                   (5, True), (6, True), (7, False)]),
        ("!!! note\n    Text.\n\n        code\n", [(1, True), (3, True), (4, False)]),
        ("<!--\nno\n-->\nText.\n", [(1, False), (4, True)]),
        ("Text <!--\nno\n--> more\n", [(1, True), (2, False)]),
        ("> Text.\n>\n> More.\n", [(1, True), (2, True), (3, True)]),
        ("Term\n:   One.\n", [(1, True), (2, True)]),
    ],
)  # fmt: skip
def test_where_a_passage_begins_and_whether_it_is_prose(
    tmp_path: Path, text: str, kinds: list[tuple[int, bool]]
) -> None:
    rows = text.removesuffix("\n").split("\n")
    found = list(passages(rows, 0, [], tmp_path))
    assert [(p.line, p.is_prose) for p in found] == kinds
    assert [line.text for p in found for line in p.lines] == rows


def test_a_place_in_a_passage_knows_its_line_and_code_is_masked(tmp_path: Path) -> None:
    rows = ["Text `code`", "and $x^2$,", "or <!-- not this --> <kbd>nor</kbd> $$a", "b$$ `end`"]
    (passage,) = passages(rows, 0, [], tmp_path)
    for number, row in enumerate(rows, 1):
        assert passage.line_at(passage.text.index(row)) == number
        assert passage.line_at(passage.text.index(row) + len(row) - 1) == number
    assert [len(line) for line in passage.masked.split("\n")] == [len(row) for row in rows]
    assert passage.masked.split() == ["Text", "and", ",", "or"]
    assert passage.formulas == [(2, "x^2"), (3, "a\nb")]
    assert [span["body"] for span in passage.code_spans()] == ["code", "end"]
    (code,) = passages(["    `x` $y$"], 0, [], tmp_path)
    assert not code.is_prose and not code.masked.strip() and not code.formulas
    assert list(code.code_spans()) == []


def test_a_fence_cannot_be_included_in_prose(project: Project) -> None:
    (project.root / "part.md").write_text("Text.\n\n```python\nx\n```\n")
    with pytest.raises(PageError, match=r"part\.md:3 is a fence") as caught:
        list(passages(["", '--8<-- "part.md"'], 0, [], project.root))
    assert caught.value.line == 2


def test_prose_on_one_line() -> None:
    assert unbroken("  a\n> b\n    c ") == "a b c"
    assert value_expression("{python} a +\n> b") == "a + b"
    assert value_expression("{python}a") is value_expression("python a") is None


@pytest.mark.parametrize(
    ("row", "texts"),
    [
        ('--8<-- "a.py:one"', [("x = 1", 2)]),
        ('    --8<-- "a.py:one"', [("    x = 1", 2)]),
        ('--8<-- "a.py:f"', [("def f():", 6), ("", 7), ("    return 1", 8)]),
        ("a --8<-- b", [("a --8<-- b", None)]),
        ("no 8< sign", [("no 8< sign", None)]),
    ],
)
def test_what_is_included(tmp_path: Path, row: str, texts: list[tuple[str, int | None]]) -> None:
    (tmp_path / "a.py").write_text(
        "# --8<-- [start:one]\nx = 1\n# --8<-- [end:one]\n\n\ndef f():\n\n    return 1\n"
    )
    lines = expand(["before", row], 4, tmp_path)
    assert (lines[0].text, lines[0].page_line, lines[0].source) == ("before", 4, None)
    assert [(line.text, line.source_line) for line in lines[1:]] == texts
    assert {line.page_line for line in lines[1:]} == {5}
    assert {line.source for line in lines[1:]} == {"a.py" if texts[0][1] else None}


def test_of_the_blank_lines_around_a_marker_one_side_remains(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "a\n\n# --8<-- [start:s]\n\n\nb\n# --8<-- [end:s]\n\n\n\nc\n\nd\n"
    )
    lines = expand(['--8<-- "a.txt"'], 1, tmp_path)
    assert [line.text for line in lines] == ["a", "", "", "b", "", "", "", "c", "", "d"]
    assert [line.source_line for line in lines] == [1, 4, 5, 6, 8, 9, 10, 11, 12, 13]


@pytest.mark.parametrize("target", ["a.txt", "a.txt:s"])
def test_blank_lines_at_both_ends_are_not_shown(tmp_path: Path, target: str) -> None:
    (tmp_path / "a.txt").write_text("\n# --8<-- [start:s]\n\n\nb\n\nc\n\n# --8<-- [end:s]\n\n")
    lines = expand([f'--8<-- "{target}"'], 1, tmp_path)
    assert [(line.text, line.source_line) for line in lines] == [("b", 5), ("", 6), ("c", 7)]


def test_a_fault_says_where_it_is() -> None:
    assert str(PageError("a")) == "a"
    assert str(PageError("a", "p.md")) == "p.md: a"
    assert str(PageError("a", "p.md", 3)) == "p.md:3: a"
    assert str(PageError("a", line=4).at("p.md", 3)) == "p.md:4: a"
    assert str(PageError("a", "q.md").at("p.md", 3)) == "q.md:3: a"


def test_the_nearest_name_is_suggested() -> None:
    assert did_you_mean("sofmax", ["softmax", "mask"]) == "; did you mean 'softmax'?"
    assert did_you_mean("abcd", ["abxy", "q"]) == "; did you mean 'abxy'?"
    assert did_you_mean("abcd", ["axyz"]) == ""


def test_text_like_front_matter_further_down_is_text(page) -> None:
    assert page("Text\nminutes: 3\n---\n\nText.\n").front_matter == {}


@pytest.mark.parametrize(("raw", "line"), [(b"\xff", 1), (b"\n\xff", 2), (b"a\n\n\xff\n", 3)])
def test_bytes_that_are_no_text_have_their_line(tmp_path: Path, raw: bytes, line: int) -> None:
    (tmp_path / "page.md").write_bytes(raw)
    with pytest.raises(PageError, match="not UTF-8 text") as caught:
        read_text(tmp_path / "page.md", "page.md")
    assert (caught.value.path, caught.value.line) == ("page.md", line)


@pytest.mark.parametrize(
    ("text", "lines"),
    [("", ()), ("\n", ("",)), ("a", ("a",)), ("a\n\n", ("a", "")), ("a\n\nb\n", ("a", "", "b"))],
)
def test_a_text_has_the_lines_of_an_editor(text: str, lines: tuple[str, ...]) -> None:
    assert split_lines(text) == lines


def test_a_text_is_read_alike_whatever_system_wrote_it(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_bytes(b"\xef\xbb\xbfa\r\nb\rc\n\n")
    assert read_text(path, "page.md") == "a\nb\nc\n\n"
    with pytest.raises(PageError, match=r"^docs/none\.md:1: cannot be read: No such file"):
        read_text(tmp_path / "none.md", "docs/none.md")


@pytest.mark.parametrize(
    ("text", "ahead"),
    [
        ("!!! predict\n    A `{python} 1`.\n\nB `{python} 2`.\n", [True, False]),
        ("!!! predict\n    Text.\n\n    A `{python} 1`.\n\nB `{python} 2`.\n", [True, False]),
        ("!!! note\n    A `{python} 1`.\n\nB `{python} 2`.\n", [False, False]),
        ("!!! predict-it\n    A `{python} 1`.\n\nB `{python} 2`.\n", [False, False]),
        (
            "- a\n\n    !!! predict\n        A `{python} 1`.\n\n    B `{python} 2`.\n",
            [True, False],
        ),
        ("!!! predict\n    A `{python} 1`.\n\n!!! predict\n    B `{python} 2`.\n", [True, True]),
        ("> !!! predict\n>     A `{python} 1`.\n>\n> B `{python} 2`.\n", [True, False]),
    ],
)
def test_what_stands_in_a_prediction_is_computed_below(page, text: str, ahead: list[bool]) -> None:
    blocks = "```python\nx\n```\n\n"
    one, two = page(f"{blocks}{text}\n{blocks}{blocks}").chains[:2]
    for number, is_ahead in enumerate(ahead, 1):
        values = (two if is_ahead else one).values
        assert [v.ahead for v in values if v.expression == str(number)] == [is_ahead]


def test_of_several_blocks_the_nearest_computes_a_value() -> None:
    above, below = Value(5, "x"), Value(5, "x", ahead=True)
    assert [block_of(value, [1, 4, 6, 9]) for value in (above, below)] == [1, 2]
    with pytest.raises(PageError, match="no Python block stands below it") as caught:
        block_of(below, [1, 4])
    assert caught.value.line == 5


def test_a_page_is_front_matter_body_and_title(page) -> None:
    found = page("---\nminutes: 5\n---\n\nText.\n\n# T\n## Part\n")
    assert (found.body, found.title_line, found.name) == (
        "Text.\n\n# T\n## Part",
        7,
        "docs/page.md",
    )
    assert found.chains == () and [part.line for part in found.parts] == [5, 6, 7, 8]


def test_a_comment_in_a_line_keeps_its_place_between_passages(tmp_path: Path) -> None:
    rows = ["One", "two <!-- a", "b", "c --> d", "three", "", "  <!-- e", "f -->"]
    found = list(passages(rows, 0, [], tmp_path))
    assert [(p.line, len(p.lines), p.is_prose) for p in found] == [
        (1, 2, True),
        (3, 2, False),
        (5, 1, True),
        (6, 1, True),
        (7, 2, False),
    ]
    assert [row.page_line for p in found for row in p.lines] == list(range(1, 9))
    later = list(passages(["---", "---", "One", "<!--", "-->"], 2, [], tmp_path))
    assert [(p.line, p.is_prose) for p in later] == [(3, True), (4, False)]
