"""The parts of the explorer's page: nothing to fetch, nothing that runs what a sentence says."""

import re
from string import Formatter

from snippets.using.homework.explorer_page import BODY, CHOICE, NUMBERS, PAGE, SCRIPT, SHOW, STYLE


def test_nothing_is_to_be_fetched() -> None:
    for part in (PAGE, BODY, STYLE, SCRIPT):
        assert not re.search(r"https?:|//\w|@import|url\(|\bfetch\b|XMLHttp|\bsrc=", part)
    assert "default-src 'none'" in PAGE


def test_no_text_becomes_code_or_markup() -> None:
    assert not re.search(
        r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|Function\(", SCRIPT
    )


def test_the_script_finds_the_elements_that_the_body_has() -> None:
    asked = set(re.findall(r'by\("(\w+)"\)', SCRIPT))
    assert asked == set(re.findall(r' id="(\w+)"', BODY))
    assert 'getElementById("data")' in NUMBERS and 'id="data"' in PAGE
    assert SCRIPT == NUMBERS + CHOICE + SHOW


def test_the_templates_ask_for_what_the_explorer_gives() -> None:
    fields = [{name for _, name, _, _ in Formatter().parse(part) if name} for part in (PAGE, BODY)]
    assert fields == [
        {"title", "style", "body", "data", "script"},
        {"title", "about", "start", "rows"},
    ]
