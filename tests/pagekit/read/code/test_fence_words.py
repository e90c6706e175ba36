"""What a fence and the comment above it may say: languages, options, marks."""

import pytest

from pagekit.errors import PageError
from pagekit.read.code.languages import check_language, kind_of
from pagekit.read.code.marks import directive, reason_of
from pagekit.read.code.options import check_values


@pytest.mark.parametrize(
    ("language", "kind"),
    [
        *((name, "python") for name in ("python", "py", "python3")),
        *((name, "shell") for name in ("sh", "bash", "shell")),
        ("mermaid", "mermaid"),
        *((name, "text") for name in ("text", "json", "cuda")),
    ],
)
def test_a_language_is_of_a_kind(language: str, kind: str) -> None:
    check_language(language, 1)
    assert kind_of(language) == kind


@pytest.mark.parametrize(
    ("language", "says"),
    [("", "names no language"), ("pycon", "nothing ran"), ("bsah", "did you mean 'bash'")],
)
def test_a_language_that_is_refused(language: str, says: str) -> None:
    with pytest.raises(PageError, match=says) as caught:
        check_language(language, 7)
    assert caught.value.line == 7


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("text", None),
        ("<!-- a comment -->", None),
        ("<!--pytest-codeblocks:cont-->", "cont"),
        ("> <!-- pytest-codeblocks: cont -->  ", "cont"),
        ('<!--pytest.mark.skip(reason="a")-->', 'pytest.mark.skip(reason="a")'),
    ],
)
def test_what_a_comment_says(line: str, said: str | None) -> None:
    assert directive(line, 1) == said


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("<!--pytest-codeblocks:cont", "one line of its own"),
        ("<!--pytest-codeblocks:skip-->", "`pytest-codeblocks:skip` is not used here"),
        ("<!--pytest.mark.slow-->", "`pytest.mark.slow` is not used here"),
        ('<!--pytest.mark.slow(reason="a")-->', "is not used here"),
        ('<!--pytest.mark.skip("a")-->', "is not used here"),
        ('<!--pytest.mark.skip("a", reason="a")-->', "is not used here"),
        ('<!--pytest.mark.skip(reason="a", b=1)-->', "is not used here"),
        ("<!--pytest.mark.skip(reason='')-->", "gives no reason"),
        ("<!--pytest.mark.skip(reason=None)-->", "gives no reason"),
        ("<!--pytest.mark.skip(reason=a)-->", "gives no reason"),
    ],
)
def test_comments_that_are_refused(line: str, says: str) -> None:
    with pytest.raises(PageError, match=says) as caught:
        directive(line, 9)
    assert caught.value.line == 9


def test_the_reason_of_a_mark() -> None:
    assert reason_of('pytest.mark.skip(reason="needs a GPU")', 1) == "needs a GPU"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({}, "mermaid"),
        ({"alt": "a", "caption": "b", "alone": "", "timeout": "0.5"}, "python"),
        ({"timeout": "12", "alone": ""}, "shell"),
        ({"title": "a", "linenums": "1"}, "text"),
        ({"linenums": "999999"}, "text"),
    ],
)
def test_options_that_mean_something(options: dict[str, str], kind: str) -> None:
    check_values(options, kind, 1)


@pytest.mark.parametrize(
    ("options", "kind", "says"),
    [
        ({"title": "a"}, "mermaid", "a diagram has no options, such as 'title'"),
        ({"timeout": "1"}, "text", "for a block of python or shell"),
        ({"alone": ""}, "text", "'alone' has no meaning here"),
        ({"alt": "a"}, "shell", "for a block of python"),
        ({"caption": "a"}, "python", "beside its caption"),
        ({"timeout": "0"}, "python", "timeout='0' is not a number of seconds"),
        ({"timeout": "0.0"}, "python", "is not a number of seconds"),
        ({"timeout": "-1"}, "python", "is not a number of seconds"),
        ({"timeout": "1."}, "python", "is not a number of seconds"),
        ({"timeout": "٣"}, "python", "is not a number of seconds"),
        ({"title": " "}, "text", "'title' is empty"),
        ({"alt": "a", "caption": ""}, "python", "'caption' is empty"),
        ({"linenums": "0"}, "text", "linenums='0' is not the number"),
        ({"linenums": "1000000"}, "text", "is not the number"),
        ({"linenums": "١"}, "text", "is not the number"),
    ],
)
def test_options_that_are_refused(options: dict[str, str], kind: str, says: str) -> None:
    with pytest.raises(PageError, match=says) as caught:
        check_values(options, kind, 4)
    assert caught.value.line == 4
