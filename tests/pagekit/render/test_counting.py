"""The count of the HTML sees what the reading of the page might have missed."""

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import read_page
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
