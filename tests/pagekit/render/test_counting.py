"""The count of the HTML sees what the reading of the page might have missed."""

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import parse_page, read_page
from pagekit.render.counting import check, count_html

RAN = '<div class="pk-cell" data-run="ok"><div class="language-python highlight">a</div></div>'
NOT = '<div class="pk-cell" data-run="not-run"><div class="language-bash highlight">b</div></div>'
STRAY = '<blockquote><div class="highlight language-py"><pre>lost = 1</pre></div></blockquote>'
TEXT = '<div class="language-text highlight"><pre>c</pre></div><br><img src="x">'


def test_each_kind_is_counted() -> None:
    count = count_html(RAN + TEXT + NOT + STRAY + RAN)
    assert (count.shown, count.ran, count.not_run) == (4, 2, 1)
    assert count.strays == ["lost = 1"]


def test_a_block_that_was_missed_is_a_fault_with_its_line(project: Project) -> None:
    path = project.docs / "page.md"
    path.write_text("# T\n\n```python\na\n```\n\n    lost = 1\n")
    page = read_page(path, project)
    assert check(page, RAN).ran == 1
    with pytest.raises(PageError, match=r"docs/page.md:7: .*never run: 'lost = 1'"):
        check(page, RAN + STRAY)
    with pytest.raises(PageError, match="1 blocks to run, but its HTML shows 2"):
        check(page, RAN + RAN)
    with pytest.raises(PageError, match="shows 0"):
        check(page, TEXT)


def test_a_stray_ends_where_its_block_ends() -> None:
    count = count_html(STRAY + "<p>after</p>" + STRAY)
    assert count.strays == ["lost = 1", "lost = 1"]
    nested = '<div class="language-py highlight"><pre>a<span>b<br>c</span>d</pre></div><p>e</p>'
    assert count_html(nested).strays == ["abcd"]


def test_a_run_is_that_of_the_nearest_cell() -> None:
    inner = '<div data-run="not-run"><div class="language-py highlight">a</div></div>'
    count = count_html(f'<div data-run="ok">{inner}</div>')
    assert (count.shown, count.ran, count.not_run, count.strays) == (1, 0, 1, [])


def test_only_blocks_of_code_in_a_language_that_runs_count() -> None:
    others = (
        '<div class="highlight"><pre>a</pre></div>',
        '<div class="language-py"><pre>a</pre></div>',
        '<span class="language-py highlight">a</span>',
        "<div>a</div>",
    )
    for html in others:
        assert count_html(html).shown == 0 and count_html(html).strays == []


def test_what_is_never_closed_hides_no_run() -> None:
    void = "<br><img><hr><input><wbr>"
    assert count_html(f'<div data-run="ok">{void}</div>{STRAY}').strays == ["lost = 1"]
    count = count_html(f'<div data-run="ok"><p>{void}</div>{STRAY}{RAN}')
    assert (count.ran, count.strays) == (1, ["lost = 1"])


def test_a_block_that_stands_on_no_line_is_told_with_the_first(project: Project) -> None:
    page = parse_page("# T\n\nText.\n", project.docs / "page.md", project)
    for inside, named in (("gone", "gone"), ("\n two \nlines", "two"), ("", "")):
        html = f'<div class="highlight language-py">{inside}</div>'
        with pytest.raises(PageError, match=rf"docs/page\.md:1: .*never run: '{named}\s*'"):
            check(page, html)
    assert check(page, "<p>Text.</p>").shown == 0
