"""What a page says of how to get the course."""

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.render.words.offers import offer
from tests.pagekit.build.test_wheel import SETTINGS, WHEEL

CITED = """
title: On & off
version: 1.2.0
authors: [{name: Ann Smith}, {name: The others}]
"""


@pytest.fixture
def offering(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in ("SITE_URL", "REPO_URL"):
        monkeypatch.delenv(name, raising=False)
    extras = '[tool.pagekit.wheel.extras]\ndata = ["plays"]\n'
    (project.root / "pyproject.toml").write_text(SETTINGS + extras)
    (project.root / "CITATION.cff").write_text(CITED)
    return project


def said(project: Project, words: str) -> str:
    path = project.docs / "reference" / "glossary.md"
    return offer(words.split(), read_page(path, project), project)


def test_commands_stand_in_fences(offering: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first, remark, command, last = said(offering, "install data").splitlines()
    assert (first, last) == ('```text title="In a terminal"', "```")
    assert remark.startswith("# in the folder of the course")
    assert command == f'pip install "site/{WHEEL}[data]"'
    again = said(offering, "reinstall")
    assert f'\npip install --force-reinstall --no-deps "site/{WHEEL}"\n' in again
    monkeypatch.delenv("REPO_URL", raising=False)
    assert "git clone" not in said(offering, "clone"), "a command without its address is none"
    monkeypatch.setenv("REPO_URL", "https://example.org/course")
    assert "\ngit clone https://example.org/course course\n" in said(offering, "clone")


def test_files_are_linked_from_where_the_page_is(offering: Project) -> None:
    links = said(offering, "files")
    assert f'<a href="../{WHEEL}" download>' in links
    assert '<a href="../get/model.zip" download>model.zip</a>' in links


def test_what_others_read_is_folded(offering: Project) -> None:
    page = offering.docs / "reference" / "glossary.md"
    assert '??? info "What other chapters trained"\n    - <a href="../get/model.zip"' in said(
        offering, "files"
    )
    page.write_text("---\nartefacts: [model]\n---\n\n" + page.read_text())
    assert "???" not in said(offering, "files"), "the page reads it itself"


def test_the_citation_is_that_of_the_file(
    offering: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "<https" not in said(offering, "citation")
    monkeypatch.setenv("SITE_URL", "https://example.org/course")
    text = said(offering, "citation")
    assert "Ann Smith and The others. *On &amp; off*, version 1.2.0." in text
    assert "<https://example.org/course/>" in text
    assert "  title  = {{On & off}}," in text
    assert "  url    = {https://example.org/course/}," in text


@pytest.mark.parametrize(
    ("words", "fault"),
    [("install plays", "no extra 'plays'"), ("install dta", "did you mean 'data'")],
)
def test_an_unknown_extra_is_refused(offering: Project, words: str, fault: str) -> None:
    with pytest.raises(PageError, match=fault):
        said(offering, words)


def test_what_there_is_not_is_refused(project: Project) -> None:
    with pytest.raises(PageError, match=r"see tool\.pagekit\.wheel in pyproject\.toml"):
        said(project, "install")
    (project.root / "CITATION.cff").write_text("title: On & off\n")
    with pytest.raises(PageError, match=r"CITATION\.cff: authors, title or version"):
        said(project, "citation")


def test_a_file_is_named_with_the_first_chapter_that_reads_it(offering: Project) -> None:
    settings = offering.root / "mkdocs.yml"
    settings.write_text(f"{settings.read_text()}\nnav: [part/b.md, part/a.md]\n")
    (offering.docs / "part").mkdir()
    for name in "ab":
        front = f"---\ntitle: Page {name}\nartefacts: [model]\n---\n\n# T\n"
        (offering.docs / "part" / f"{name}.md").write_text(front)
    assert said(offering, "files").endswith(">model.zip</a> for [Page b](../part/b.md)")


def test_the_course_as_one_file_is_linked_where_there_is_one(
    offering: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURSE_PDF", raising=False)
    assert "`make pdf` makes one" in said(offering, "pdf")
    monkeypatch.setenv("COURSE_PDF", "get/course.pdf")
    link = '<a href="../get/course.pdf" download>course.pdf</a>'
    assert said(offering, "pdf") == f"{link} is the whole course as one PDF."


def test_a_citation_has_the_address_of_the_sources_where_the_site_has_none(
    offering: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "url" not in said(offering, "citation") and "<" not in said(offering, "citation")
    monkeypatch.setenv("REPO_URL", "https://example.org/sources")
    assert "<https://example.org/sources>" in said(offering, "citation")
    assert "  url    = {https://example.org/sources}," in said(offering, "citation")
    monkeypatch.setenv("SITE_URL", "https://example.org/course")
    assert "sources" not in said(offering, "citation")
    assert said(offering, "install data").splitlines()[1].startswith("pip install")
