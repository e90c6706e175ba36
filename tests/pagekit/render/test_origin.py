"""Which page a text is: by the builder's word, else by the text itself."""

from types import SimpleNamespace
from typing import Any

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.render.origin import find_page, page_of


def by_mkdocs(name: str) -> Any:
    step = SimpleNamespace(file=SimpleNamespace(src_uri=name))
    return SimpleNamespace(treeprocessors={"relpath": step}, preprocessors={})


def by_zensical(name: str) -> Any:
    step = SimpleNamespace(page=SimpleNamespace(path=name))
    return SimpleNamespace(treeprocessors={}, preprocessors={"rendering_context": step})


NOBODY: Any = SimpleNamespace(treeprocessors={}, preprocessors={})
TEXT = "# Home\n\n```python\nprint(6 * 7)\n```"


@pytest.mark.parametrize("builder", [by_mkdocs, by_zensical])
def test_builders_tell_the_file(project: Project, builder: Any) -> None:
    page = page_of(builder("index.md"), TEXT, project)
    assert page is not None and page.name == "docs/index.md"
    assert page_of(builder("labs/try.ipynb"), TEXT, project) is None
    assert page_of(builder("index.md"), "Some string that a plugin converts.", project) is None
    with pytest.raises(PageError, match="is not what a file of docs/ holds") as caught:
        page_of(builder("index.md"), "Another [[fixture]].", project)
    assert (caught.value.path, caught.value.line) == ("docs/index.md", 1)


def test_a_page_saved_meanwhile_is_still_the_page_in_a_preview(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGEKIT_LENIENT", "1")
    page = page_of(by_mkdocs("index.md"), "# Another text", project)
    assert page is not None and page.name == "docs/index.md"


@pytest.mark.parametrize("text", [f"\n{TEXT}  \n\n", TEXT.replace("\n", "\r\n")])
def test_a_page_is_known_by_its_text_but_for_blanks(project: Project, text: str) -> None:
    page = page_of(NOBODY, text, project)
    assert page is not None and page.name == "docs/index.md"
    assert find_page(text.replace("# Home", ""), project) is None, "a part of it is not the page"
    assert find_page("", project) is None


@pytest.mark.parametrize("ours", ["[[a]]", "[@a]", "`{python} a`", "<!-- pagekit:references -->"])
def test_a_text_of_no_page_holds_nothing_of_ours(project: Project, ours: str) -> None:
    assert page_of(NOBODY, "Text.", project) is None
    with pytest.raises(PageError, match=r"the text that begins with 'Text\. ") as caught:
        page_of(NOBODY, f"Text. {ours}", project)
    assert (caught.value.path, caught.value.line) == (None, 1)


def test_a_long_text_is_named_by_its_beginning(project: Project) -> None:
    with pytest.raises(PageError) as caught:
        page_of(NOBODY, "x" * 80 + "[[a]]", project)
    assert "x" * 50 in str(caught.value) and "x" * 51 not in str(caught.value)


def test_two_pages_of_one_text_are_named(project: Project) -> None:
    for name in ("a.md", "b.md"):
        (project.docs / name).write_text("# Same\n")
    with pytest.raises(PageError, match=r"docs/a\.md and docs/b\.md have the same text"):
        find_page("# Same", project)
