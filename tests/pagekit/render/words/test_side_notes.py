"""Side notes: what a paragraph cites and explains, once, for the eye alone."""

import re
from collections.abc import Callable

import pytest

from pagekit.project import Project
from tests.pagekit.render.test_extension import html_of


@pytest.fixture
def notes(project: Project) -> Callable[[str], list[str]]:
    def notes(text: str) -> list[str]:
        html = html_of(project, text)
        return re.findall(r"<div[^>]*pk-notes.*?</div>\s*</div>|<p>.*?</p>", html, re.DOTALL)

    return notes


def test_a_paragraph_is_noted_before_it_stands(notes: Callable[[str], list[str]]) -> None:
    note, paragraph = notes("A [[fixture]], says [@smith2020].\n")
    assert 'aria-hidden="true"' in note and "data-pagefind-ignore" in note
    assert re.sub(r"<[^>]*>|\n", "", note) == (
        "fixture Something that a test stands on.Smith, 2020 On fixtures"
    )
    assert paragraph.startswith("<p>A <a")


def test_each_is_noted_once_where_it_comes_first(notes: Callable[[str], list[str]]) -> None:
    found = notes("A [[fixture]], a [[fixture]].\n\nThe [[fixture|thing]] [@smith2020].\n")
    assert [part.startswith("<div") for part in found] == [True, False, True, False]
    assert found[0].count("<b>") == 1 and "On fixtures" in found[2] and "test" not in found[2]


def test_what_stands_in_a_list_or_says_nothing_has_no_notes(
    notes: Callable[[str], list[str]],
) -> None:
    assert not any(part.startswith("<div") for part in notes("- A [[fixture]].\n\nPlain.\n"))
