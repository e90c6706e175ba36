"""What a page is made of: its text, front matter, comments, and the fences that are refused."""

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Page, prose, read_page


def page_of(project: Project, text: str | bytes) -> Page:
    path = project.docs / "page.md"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_page(path, project)


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbf# T\n\nOne.\n",
        b"# T\r\n\r\nOne.\r\n",
        b"# T\r\rOne.\r",
        b"\n  \n# T\n\nOne.\n",
        b"---\ntitle: A\n---\n\n\n# T\n\nOne.\n",
        b"\xef\xbb\xbf---\ntitle: A\n...\n# T\n\nOne.",
    ],
)
def test_ways_to_write_one_text(project: Project, text: bytes) -> None:
    page = page_of(project, text)
    assert page.body == "# T\n\nOne."
    assert page.lines[page.title_line - 1] == "# T"


@pytest.mark.parametrize("sign", ["\x0c", "\u2028", "\x85", "\x1c"])
def test_signs_that_only_some_take_for_the_end_of_a_line(project: Project, sign: str) -> None:
    page = page_of(project, f"# T{sign}\n\nOne{sign}two.\n\n```python\nx = '{sign}'\n```\n")
    assert page.fences[0].line == 5
    assert page.chains[0].code == f"x = '{sign}'\n"
    assert page.body.count("\n") == 6


@pytest.mark.parametrize(
    ("front", "line", "says"),
    [
        ("title: RoPE: rotary positions", 2, "no YAML"),
        ("minutes: 5\ntitle:\tx: [", 3, "no YAML"),
        ("- a", 1, "must hold lines"),
        ("just a text", 1, "must hold lines"),
        ("title: !!python/object:os.system x", 2, "no YAML"),
        ("title: a\ntitle: b", 3, "'title' stands twice"),
        ("title: 2020-01-01", 2, "title must be a text"),
        ("title: ''", 2, "title must be a text"),
        ("title: A\ndescription: 3", 3, "description must be a text"),
        ("title: A\nminutes: soon", 3, "minutes must be a number"),
        ("title: A\nminutes: true", 3, "minutes must be a number"),
        ("title: A\nminutes: 0", 3, "minutes must be a number"),
        ("title: A\nprerequisites: [1, 2]", 3, "prerequisites must be"),
        ("title: A\nprerequisites: 5", 3, "prerequisites must be"),
        ("title: A\nprerequisites:", 3, "prerequisites must be"),
        ("title: A\nprerequisites: {a: b}", 3, "prerequisites must be"),
    ],
)
def test_front_matter_at_fault(project: Project, front: str, line: int, says: str) -> None:
    with pytest.raises(PageError, match=says) as caught:
        page_of(project, f"---\n{front}\n---\n\n# T\n")
    assert (caught.value.path, caught.value.line) == ("docs/page.md", line)
    assert "\n" not in str(caught.value)


def test_front_matter_is_read(project: Project) -> None:
    text = "---\ntitle: 'A: b'\nminutes: 5\nprerequisites: [a, b]\nother: {c: d}\n---\n\n# T\n"
    assert page_of(project, text).front_matter == {
        "title": "A: b",
        "minutes": 5,
        "prerequisites": ["a", "b"],
        "other": {"c": "d"},
    }


def test_the_title_is_no_comment_in_a_fence(project: Project) -> None:
    text = "```python\n# one\n```\n\n<!--\n# two\n-->\n\n    # three\n\n#Title\n"
    assert page_of(project, text).title_line == 11


@pytest.mark.parametrize(
    "comment",
    [
        "<!--\n```python\nprint(1)\n```\n-->",
        "<!-- later:\n\n```python\nprint(1)\n```\n\n-->",
        "Text <!-- and\n```python\nprint(1)\n```\n--> more.",
        "- item\n\n    <!--\n    ```python\n    print(1)\n    ```\n    -->",
    ],
)
def test_a_fence_within_a_comment_is_none(project: Project, comment: str) -> None:
    page = page_of(project, f"# T\n\n{comment}\n\n```python\nx = 1\n```\n\nEnd `<!--` of it.\n")
    assert [chain.code for chain in page.chains] == ["x = 1\n"]
    assert "End `<!--` of it." in dict(prose(page)).values()
    assert "print" not in "".join(text for _, text in prose(page))


def test_values_may_be_broken_by_the_end_of_a_line(project: Project) -> None:
    page = page_of(
        project,
        "```python\nx = 1\n```\n\nIs `{python}\nx + 1` and `{python} x +\n2`.\n\n"
        "> Quoted `{python} x\n> + 3`.\n\n- In a list `{python} x +\n  4`.\n",
    )
    assert [(v.line, v.expression) for v in page.chains[0].values] == [
        (5, "x + 1"),
        (6, "x + 2"),
        (9, "x + 3"),
        (12, "x + 4"),
    ]


def test_what_is_shown_as_code_is_no_value(project: Project) -> None:
    text = "# T\n\n    `{python} a`\n\nThis `` `{python}\nb` `` and <code>`{python} c`</code>.\n"
    assert page_of(project, f"```python\nx = 1\n```\n\n{text}").chains[0].values == []


def test_a_chain_has_the_time_of_its_first_block_or_more(project: Project) -> None:
    def timeout(first: str, second: str) -> float:
        cont = "<!--pytest-codeblocks:cont-->"
        text = f"```python{first}\nx\n```\n\n{cont}\n```python{second}\nx\n```\n"
        return page_of(project, text).chains[0].timeout

    assert timeout("", "") == 120
    assert timeout(' timeout="3"', "") == 3
    assert timeout(' timeout="3"', ' timeout="5.5"') == 5.5
    assert timeout("", ' timeout="300"') == 300
    with pytest.raises(PageError, match=r"docs/page.md:6: .* has 120 s for all of its blocks"):
        timeout("", ' timeout="3"')


def test_a_text_fence_may_include(project: Project) -> None:
    page = page_of(project, '```text\n--8<-- "snippets/sums.py:add"\n;--8<-- "as it is"\n```\n')
    assert page.fences[0].code == 'def add(a, b):\n    return a + b\n;--8<-- "as it is"\n'


FENCE = "```{}\nx = 1\n```\n"
FAULTS: dict[str, tuple[str | bytes, int, str]] = {
    "a language nearly right": (FENCE.format("pyhton"), 1, "did you mean 'python'"),
    "Python under another name": (FENCE.format("py3"), 1, "nothing ran"),
    "a Python of a version": (FENCE.format("python3.11"), 1, "unknown language"),
    "a session": (FENCE.format("pycon"), 1, "nothing ran"),
    "a terminal": (FENCE.format("console"), 1, "nothing ran"),
    "no language": (FENCE.format(""), 1, "names no language"),
    "a language in capitals that is none": (FENCE.format("Pyhton"), 1, "did you mean 'python'"),
    "lines lit by number": (
        FENCE.format('python hl_lines="1"'),
        1,
        "unknown fence option 'hl_lines'",
    ),
    "a mark that lights nothing": ("```python\nx = 1\n  # (!)\n```\n", 3, "that line is empty"),
    "linenums that are none": (FENCE.format('python linenums="x"'), 1, "first line"),
    "linenums below 1": (FENCE.format('text linenums="0"'), 1, "first line"),
    "an option of text": (FENCE.format('text alt="a"'), 1, "no meaning here"),
    "a claim of text": (FENCE.format('text holds="x"'), 1, "no meaning here"),
    "a claim of a shell": (FENCE.format('bash holds="x"'), 1, "no meaning here"),
    "an empty claim": (FENCE.format('python holds=""'), 1, "no Python expression"),
    "a claim that is no expression": (FENCE.format('python holds="x ="'), 1, "as in holds="),
    "a claim that can not fail": (FENCE.format('python holds="2 > 1"'), 1, "it can't fail"),
    "an empty alt": (FENCE.format('python alt=" "'), 1, "'alt' is empty"),
    "a tick outside of options": ("T\n\n```python title=`x`\nx\n```\n", 3, "within an option"),
    "a condition": (
        '<!--pytest.mark.skipif(False, reason="a")-->\n' + FENCE.format("python"),
        1,
        "on any machine",
    ),
    "a mark that is no Python": (
        '<!--pytest.mark.skip(1 +, reason="a")-->\n' + FENCE.format("python"),
        1,
        "is not used here",
    ),
    "a reason that is computed": (
        "<!--pytest.mark.skip(reason=str())-->\n" + FENCE.format("python"),
        1,
        "gives no reason",
    ),
    "a mark on two lines": (
        '<!--pytest.mark.skip(\nreason="a")-->\n' + FENCE.format("python"),
        1,
        "on one line",
    ),
    "an open comment": ("# T\n\n<!-- later\n\nText.\n", 3, "never closed"),
    "text like metadata": ("Warning: this page is new.\n\n# T\n", 1, "taken for metadata"),
    "front matter too late": ("\n---\ntitle: T\n---\n", 2, "first line"),
    "a value without a blank": (
        FENCE.format("python") + "\nIs `{python}x`.\n",
        5,
        "no inline value",
    ),
    "a value in capitals": (FENCE.format("python") + "\nIs\n`{Python} x`.\n", 6, "no inline value"),
    "a value without an expression": (FENCE.format("python") + "\n`{python}`\n", 5, "no inline"),
    "a value that never ends": (
        FENCE.format("python") + "\nIs `{python} x.\n",
        5,
        "no inline code",
    ),
    "a value in a heading": (FENCE.format("python") + "\n`{python} x` is\n===\n", 5, "heading"),
    "a missing include in prose": ('# T\n\nText\n--8<-- "nowhere.md"\n', 4, "does not exist"),
    "a missing section in text": (
        '# T\n\n```text\n--8<-- "snippets/sums.py:nix"\n```\n',
        4,
        "no section 'nix'",
    ),
    "an include without quotes": (
        "# T\n\n```text\n--8<-- snippets/sums.py\n```\n",
        4,
        "one include",
    ),
    "bytes that are no text": (b"# T\n\n\xff\xfe", 3, "UTF-8"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_names_its_line(project: Project, fault: str) -> None:
    text, line, says = FAULTS[fault]
    with pytest.raises(PageError) as caught:
        page_of(project, text)
    assert (caught.value.path, caught.value.line) == ("docs/page.md", line)
    assert says in str(caught.value)


def test_a_page_is_read_again_only_where_something_changed(project: Project) -> None:
    text = '```python\n--8<-- "snippets/sums.py:add"\n```\n'
    page = page_of(project, text)
    assert page_of(project, text) is page
    snippet = project.root / "snippets/sums.py"
    snippet.write_text(snippet.read_text().replace("a + b", "b + a"))
    assert "b + a" in page_of(project, text).chains[0].code
    snippet.unlink()
    with pytest.raises(PageError, match=r"docs/page.md:2: .* does not exist"):
        page_of(project, text)


def test_hidden_files_and_folders_are_no_pages(project: Project) -> None:
    before = project.pages()
    (project.docs / ".#page.md").symlink_to("someone@nowhere.1234")
    (project.docs / "._page.md").write_bytes(b"\x00\xff")
    (project.docs / ".notes").mkdir()
    (project.docs / ".notes" / "page.md").write_text("# N\n")
    (project.docs / "folder.md").mkdir()
    assert project.pages() == before


@pytest.mark.parametrize(("name", "target"), [("a.markdown", None), ("a.md", "nowhere.md")])
def test_a_page_that_is_none_is_refused(project: Project, name: str, target: str | None) -> None:
    path = project.docs / name
    path.symlink_to(target) if target else path.write_text("# T\n")
    with pytest.raises(PageError, match=f"docs/{name}:1: "):
        project.pages()
