"""What is read from a page: fences, chains, values, and where each line came from."""

import textwrap

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Page, prose, read_page
from pagekit.run.codeblocks import code_blocks


def page_of(project: Project, text: str) -> Page:
    path = project.docs / "page.md"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return read_page(path, project)


@pytest.mark.parametrize(
    "fence",
    [
        "```python\nx = 1\n```",
        "```py\nx = 1\n```",
        "~~~python\nx = 1\n~~~",
        '```python title="a `b`" linenums="1"\nx = 1\n```',
        '```{.python title="a"}\nx = 1\n```',
        "````python\nx = 1\n````",
        "!!! note\n    ```python\n    x = 1\n    ```",
        '=== "tab"\n\n    ~~~py title="t"\n    x = 1\n    ~~~',
        "> quoted\n>\n> ```python\n> x = 1\n> ```",
        "1. item\n\n    ```python\n    x = 1\n    ```",
        "!!! note\n    ??? tip\n        ```python\n        x = 1\n        ```",
    ],
)
def test_every_way_to_write_a_python_fence_is_found(project: Project, fence: str) -> None:
    page = page_of(project, f"# T\n\n{fence}\n")
    assert [chain.code for chain in page.chains] == ["x = 1\n"]
    assert [block.code for block in code_blocks(page)] == ["x = 1\n"]


def test_a_fence_within_a_longer_fence_is_text(project: Project) -> None:
    page = page_of(project, "````markdown\n```python\nraise ValueError\n```\n````\n")
    assert not page.chains
    assert [fence.kind for fence in page.fences] == ["text"]


def test_cont_passes_over_a_diagram_to_the_block_above(project: Project) -> None:
    page = page_of(
        project,
        """\
        ```python
        x = 1
        ```

        ```mermaid
        flowchart LR
        ```

        <!--pytest-codeblocks:cont-->
        ```python
        y = x
        ```
        """,
    )
    assert [[f.code for f in chain.fences] for chain in page.chains] == [["x = 1\n", "y = x\n"]]
    assert [block.code for block in code_blocks(page)] == ["x = 1\ny = x\n"]


def test_backticks_in_code_do_not_end_the_block(project: Project) -> None:
    page = page_of(project, '~~~~python\ntext = """\n```\n"""\n~~~~\n')
    assert code_blocks(page)[0].code == 'text = """\n```\n"""\n'


def test_values_belong_to_the_chain_above(project: Project) -> None:
    page = page_of(
        project,
        "```python\na = 1\n```\nIs `{python} a + 1`.\n\n"
        "```python\nb = 2\n```\nAnd `{python} b`, `c`.\n",
    )
    assert [[v.expression for v in chain.values] for chain in page.chains] == [["a + 1"], ["b"]]
    assert page.chains[0].values[0].line == 4


def test_lines_know_where_they_came_from(project: Project) -> None:
    page = page_of(
        project, '---\ntitle: T\n---\n\n```python\n--8<-- "snippets/sums.py:fail"\nfail()\n```\n'
    )
    lines = page.fences[0].lines
    assert [(line.page_line, line.source, line.source_line) for line in lines] == [
        (6, "snippets/sums.py", 8),
        (6, "snippets/sums.py", 9),
        (7, None, None),
    ]


def test_an_indented_include_is_indented(project: Project) -> None:
    page = page_of(project, 'Text\n\n```python\nif True:\n    --8<-- "snippets/sums.py:add"\n```\n')
    assert page.chains[0].code == "if True:\n    def add(a, b):\n        return a + b\n"


def test_prose_is_what_is_outside_of_fences(project: Project) -> None:
    page = page_of(project, "---\ntitle: T\n---\none\n```text\ntwo\n```\nthree\n")
    assert [line for _, line in prose(page)] == ["one", "three"]


def test_skip_gives_its_reason(project: Project) -> None:
    page = page_of(project, '<!--pytest.mark.skip(reason="needs a GPU")-->\n```python\nx\n```\n')
    assert page.fences[0].not_run == "needs a GPU"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("# T\n\n```python\nx = 1\n", 3, "never closed"),
        ("<!--pytest-codeblocks:cont-->\n```python\nx\n```\n", 2, "no block above"),
        (
            "```python\nx\n```\n<!--pytest-codeblocks:cont-->\n```text\nx\n```\n",
            4,
            "before a Python",
        ),
        ("<!--pytest-codeblocks:cont-->\n\nprose\n", 1, "right above a code fence"),
        ("```bash\nls\n```\n<!--pytest-codeblocks:cont-->\n```python\nx\n```\n", 5, "continue it"),
        ("<!--pytest.mark.skip-->\n```python\nx\n```\n", 1, "is not used here"),
        ("<!--pytest.mark.skip()-->\n```python\nx\n```\n", 1, "gives no reason"),
        ('<!--pytest.mark.xfail(reason="a")-->\n```python\nx\n```\n', 1, "try/except"),
        ("<!--pytest-codeblocks:expected-output-->\n```\n1\n```\n", 1, "recorded, not typed"),
        ("text\n\n`{python} 1 + 1`\n", 3, "no Python block stands above"),
        ("```python titel='a'\nx\n```\n", 1, "unknown fence option 'titel'"),
        ("```python run\nx\n```\n", 1, "cannot read 'run'"),
        ('```python timeout="soon"\nx\n```\n', 1, "not a number of seconds"),
        ('```python caption="c"\nx\n```\n', 1, "alt="),
        ('```python\n\n--8<-- "nowhere.py"\n```\n', 3, "does not exist"),
        ('```python\n--8<-- "snippets/sums.py:sub"\n```\n', 2, "the nearest first: add, fail"),
        ('```python\n--8<-- "snippets/sums.py:1:3"\n```\n', 2, "by line numbers"),
        ('```python\n--8<-- "../secret.py"\n```\n', 2, "outside the project"),
        ("---\ntitle: T\n", 1, "front matter is not closed"),
    ],
)
def test_faults_name_their_line(project: Project, text: str, line: int, says: str) -> None:
    with pytest.raises(PageError) as caught:
        page_of(project, text)
    assert (caught.value.path, caught.value.line) == ("docs/page.md", line)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("# --8<-- [start:a]\nx = 1\n", "never ends"),
        ("# --8<-- [end:a]\n", "not started"),
        ("# --8<-- [start:a]\n# --8<-- [end:a]\n# --8<-- [start:a]\n# --8<-- [end:a]\n", "twice"),
    ],
)
def test_bad_sections_are_refused(project: Project, source: str, says: str) -> None:
    (project.root / "snippets/bad.py").write_text(source)
    with pytest.raises(PageError, match=says):
        page_of(project, '```python\n--8<-- "snippets/bad.py:a"\n```\n')


def test_blank_lines_beside_the_markers_are_not_shown(project: Project) -> None:
    (project.root / "snippets/loose.py").write_text(
        "# --8<-- [start:a]\n\nx = 1\n\n\ny = 2\n\n\n# --8<-- [end:a]\n"
    )
    page = page_of(project, '```python\n--8<-- "snippets/loose.py:a"\nz = 3\n```\n')
    assert page.chains[0].code == "x = 1\n\n\ny = 2\nz = 3\n"


def test_markers_leave_no_gap_in_a_whole_file(project: Project) -> None:
    text = "'''" + "\n\n\n\n" + "'''"
    (project.root / "snippets/parts.py").write_text(
        "# --8<-- [start:a]\nx = 1\n\n# --8<-- [end:a]\n\n\n# --8<-- [start:b]\ny = 2\n"
        f"# --8<-- [end:b]\nz = {text}\n"
    )
    page = page_of(project, '```python\n--8<-- "snippets/parts.py"\n```\n')
    assert page.chains[0].code == f"x = 1\n\n\ny = 2\nz = {text}\n"
