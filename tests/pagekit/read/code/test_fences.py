"""Fences: where they begin and end, what their first line says, what stands in them."""

from pathlib import Path

import pytest

from pagekit.errors import PageError
from pagekit.read.code.fences import Fence, find_fences
from pagekit.read.comments import end_of_comment, opens_comment


def fences_of(text: str, start: int = 0) -> list[Fence]:
    return find_fences(tuple(text.split("\n")), start, Path("/nowhere"))


def fence_of(text: str) -> Fence:
    (fence,) = fences_of(text)
    return fence


def test_a_fence_knows_its_lines() -> None:
    one, two = fences_of("Text.\n\n```python\nx = 1\n\ny = 2\n```\n```text\n```\nEnd.")
    assert (one.line, one.end_line, one.code) == (3, 7, "x = 1\n\ny = 2\n")
    assert [line.page_line for line in one.lines] == [4, 5, 6]
    assert (two.line, two.end_line, two.code) == (8, 9, "")
    assert (one.runs, two.runs) == (True, False)


def test_what_stands_before_the_start_is_not_read() -> None:
    assert [fence.line for fence in fences_of("```text\n```\n```text\n```", start=2)] == [3]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("> ```text\n> a\n>\n> b\n> ```", "a\n\nb\n"),
        ("    ```text\n    a\n\n      b\n    ```", "a\n\n  b\n"),
        ("    ```text\n  a\n    ```", "a\n"),
        ("````text\n```\n`````", "```\n"),
        ("~~~text\n```\n~~~", "```\n"),
        ("```text\na\n  ```  ", "a\n"),
    ],
)
def test_what_stands_in_a_fence(text: str, code: str) -> None:
    assert fence_of(text).code == code


@pytest.mark.parametrize(
    ("info", "language", "options"),
    [
        ("python", "python", {}),
        (" Python ", "python", {}),
        ("{.python}", "python", {}),
        ('{ .text title="a b" }', "text", {"title": "a b"}),
        ("python alone", "python", {"alone": ""}),
        ("python timeout='3' alone linenums=\"1\"", "python", {"timeout": "3", "linenums": "1"}),
        ("text whatever", "text", {}),
    ],
)
def test_the_first_line_of_a_fence(info: str, language: str, options: dict[str, str]) -> None:
    fence = fence_of(f"```{info}\nx\n```")
    assert fence.language == language
    assert {**fence.options, "alone": ""} == {**options, "alone": ""}
    assert ("alone" in fence.options) == ("alone" in info)


def test_a_comment_speaks_of_the_fence_below_it_alone() -> None:
    skip = '<!--pytest.mark.skip(reason="slow")-->'
    text = f"{skip}\n```python\nx\n```\n<!--pytest-codeblocks:cont-->\n```python\nx\n```\n"
    one, two, three = fences_of(text + "```python\nx\n```")
    assert [f.not_run for f in (one, two, three)] == ["slow", None, None]
    assert [f.continues for f in (one, two, three)] == [False, True, False]
    both = fence_of(f"<!--pytest-codeblocks:cont-->\n{skip}\n\n>\n```python\nx\n```")
    assert both.continues and both.not_run == "slow"
    both = fence_of(f"{skip}\n<!--pytest-codeblocks:cont-->\n```python\nx\n```")
    assert both.continues and both.not_run == "slow"


@pytest.mark.parametrize(
    ("line", "opens"),
    [
        ("text", False),
        ("<!-- one", True),
        ("<!-- one -->", False),
        ("<!-- one --> <!-- two", True),
        ("--> <!--", True),
        ("the sign `<!--` opens", False),
        ("`` `<!--` `` opens", False),
    ],
)
def test_where_a_comment_opens(line: str, opens: bool) -> None:
    assert opens_comment(line) == opens


def test_where_a_comment_ends() -> None:
    assert end_of_comment(["<!--", "-->", "-->"], 0) == 1
    assert end_of_comment(["-->", "<!--", "a", "--> b"], 1) == 3
    with pytest.raises(PageError, match="never closed") as caught:
        end_of_comment(["-->", "<!-- a"], 1)
    assert caught.value.line == 2


def test_a_fence_right_after_a_comment_is_found() -> None:
    assert fence_of("a <!-- b\n```text\n--> c\n```text\nx\n```").line == 4


@pytest.mark.parametrize(
    ("options", "drawn", "says"),
    [
        ("", 1, "draws a figure without alt text"),
        (' alt="a"', 0, "has alt text but draws no figure"),
        (' alt="a"', 1, None),
        (' alt="a"', 3, None),
        ("", 0, None),
    ],
)
def test_figures_are_described(options: str, drawn: int, says: str | None) -> None:
    fence = fence_of(f"\n```python{options}\nx\n```")
    if says is None:
        fence.check_figures(drawn)
        return
    with pytest.raises(PageError, match=says) as caught:
        fence.check_figures(drawn)
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("\n```python\nx\n``\n~~~", 2, "never closed; end it with ```"),
        ("\n<!--pytest-codeblocks:cont-->\n", 2, "no code fence follows"),
        ("\n<!--pytest-codeblocks:cont-->\nText.\n```python\n```", 2, "right above"),
        ("\n<!--pytest-codeblocks:cont-->\n```text\n```", 2, "before a Python"),
        ("```python x y\n```", 1, "cannot read 'x y' behind the language"),
        ("\n```text a='b'\n```", 2, "unknown fence option 'a'; known are alone, alt"),
        ("\n```text title=`x`\n```", 2, "within an option"),
        ("\n```python card\nx\n```", 2, "needs alt text too"),
    ],
)
def test_faults(text: str, line: int, says: str) -> None:
    with pytest.raises(PageError) as caught:
        fences_of(text)
    assert says in str(caught.value)
    assert caught.value.line == line


def test_ticks_within_a_line_open_no_fence() -> None:
    assert fences_of("```x``` is code\n\n``` `` ``` too") == []
    assert fence_of('```python title="The `x` axis"\nx\n```').options == {"title": "The `x` axis"}


def test_a_card_is_no_option_and_needs_a_figure() -> None:
    shown = fence_of('```python alt="a" card\nx\n```')
    assert shown.card and shown.options == {"alt": "a"}
    assert fence_of("```mermaid card\nx\n```").card
    assert not fence_of('```python alt="a"\nx\n```').card
    with pytest.raises(PageError, match="needs alt text too"):
        fences_of("```text card\nx\n```")


def test_a_claim_is_told_without_the_blanks_around_it() -> None:
    assert fence_of('```python holds=" x > 1 "\nx\n```').claim == "x > 1"
    assert fence_of("```python\nx\n```").claim == ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("> > ```text\n> > a\n>\n> >   b\n> > ```", "a\n\n  b\n"),
        (">     ```text\n>     a\n>   b\n>     ```", "a\n>   b\n"),
        ("  ```text\n a\n\n      b\n  ```", "a\n\n    b\n"),
        ("```text\n   \n  a\n```", "   \n  a\n"),
        ("~~~~text\n~~~\n~~~~~ \n", "~~~\n"),
        ("```text\na ```\n``` b\n```", "a ```\n``` b\n"),
    ],
)
def test_lines_lose_what_their_fence_is_indented_by(text: str, code: str) -> None:
    assert fence_of(text).code == code


def test_a_mark_after_a_fence_speaks_of_the_next_one_with_its_line() -> None:
    cont = "<!--pytest-codeblocks:cont-->"
    with pytest.raises(PageError, match="right above") as caught:
        fences_of(f"```python\nx\n```\n\n{cont}\n\nText.\n\n```python\nx\n```")
    assert caught.value.line == 5
    one, two = fences_of(f"```python\nx\n```\n{cont}\n\n```python\nx\n```")
    assert (one.continues, two.continues, two.line) == (False, True, 6)


def test_words_of_what_is_only_shown_are_free_but_options_are_not() -> None:
    fence = fence_of('```text some words title="a" alone_in\nx\n```')
    assert (fence.language, fence.options) == ("text", {"title": "a"})
    assert fence_of('```{ .py title="{a}" }\nx\n```').options == {"title": "{a}"}
