"""`make page` and `make new`: one page, sound or not, and what it still lacks."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pagekit.build import anatomy, new, preview
from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.settings.menu import is_chapter

NAV = "\nnav:\n  - index.md\n  - Training:\n      - training/one.md\n"


@pytest.fixture
def course(project: Project) -> Project:
    """A project with a part, a chapter in it, and a menu."""
    settings = project.root / "mkdocs.yml"
    settings.write_text(settings.read_text() + NAV)
    (project.docs / "training").mkdir()
    (project.docs / "training" / "one.md").write_text("# One\n")
    (project.docs / "labs").mkdir()
    (project.docs / "labs" / "try.py").write_text("# %%\nprint(1)\n")
    return project


@pytest.mark.parametrize(
    ("name", "file"),
    [
        *((n, "training/one.md") for n in ("training/one", "docs/training/one.md")),
        *((n, "labs/try.py") for n in ("labs/try", "docs/labs/try.py", "labs/try.ipynb")),
    ],
)
def test_a_page_has_several_names(course: Project, name: str, file: str) -> None:
    assert preview.find(name, course) == course.docs / file


@pytest.mark.parametrize("name", ["one", "trainng/one", "training/won"])
def test_a_near_miss_is_told_the_page(course: Project, name: str) -> None:
    with pytest.raises(PageError, match=r"no page '.*'; did you mean 'training/one'\?$"):
        preview.find(name, course)


@pytest.mark.parametrize("name", ["../README", "", "/etc/passwd"])
def test_what_is_no_page_is_told_the_pages(course: Project, name: str) -> None:
    with pytest.raises(PageError, match="no page"):
        preview.find(name, course)


def test_a_new_chapter_is_whole_and_runs(course: Project, pagekit: Callable) -> None:
    begun = pagekit("build.new", "training/a-b")
    assert begun.returncode == 0, begun.stderr
    line = "write `- training/a-b.md` under `Training:` in the `nav` of mkdocs.yml"
    assert line in begun.stdout
    page = course.docs / "training" / "a-b.md"
    assert anatomy.lacking(page.read_text()) == []
    assert pagekit("build.anatomy").stdout.splitlines()[0].startswith("docs/training/one.md: ")

    done = pagekit("build.preview", "training/a-b")
    assert done.returncode == 0, done.stderr
    *todo, last = done.stdout.splitlines()
    assert last == "The page is sound: build/preview/training/a-b.html"
    assert todo == [f"to do: docs/training/a-b.md: no menu leads to the page; {line}"]


@pytest.mark.parametrize("name", ["training/one", "nowhere/a", "reference/a", "A/b", "a", "../x/y"])
def test_a_chapter_begins_only_where_one_can(course: Project, name: str) -> None:
    before = sorted(course.root.rglob("*"))
    with pytest.raises(PageError):
        new.begin(name, course)
    assert sorted(course.root.rglob("*")) == before


WHOLE = new.TEMPLATE.read_text(encoding="utf-8")


@pytest.mark.parametrize("part", [*anatomy.PARTS, *anatomy.ANYWHERE])
def test_a_part_that_is_missing_is_named(part: str) -> None:
    assert f"it lacks `{part}`" in anatomy.lacking(WHOLE.replace(part, "Nothing"))


def test_a_diagram_may_be_drawn_by_hand_or_by_mermaid() -> None:
    without = WHOLE.replace("```mermaid", "```text")
    assert anatomy.lacking(without) == [
        "it lacks a diagram: `mermaid`, or one of `snippets.plots.drawings`"
    ]
    assert not anatomy.lacking(without + "\nring_drawing(tensors)\n")


def test_order_and_number_count() -> None:
    quiz = WHOLE[WHOLE.index("## Quiz") : WHOLE.index("## Key points")]
    moved = WHOLE.replace(quiz, "").replace("## The idea", f"{quiz}## The idea")
    assert [line for line in anatomy.lacking(moved) if "order" in line]
    fewer = WHOLE.replace('!!! quiz "The third question?"', "The third question?")
    assert anatomy.lacking(fewer) == ["its quiz has 2 questions, not 3"]


def test_only_the_pages_of_a_part_are_chapters(course: Project) -> None:
    found = [p for p in course.pages() if is_chapter(p, course)]
    assert found == [Path(course.docs / "training" / "one.md")]


@pytest.mark.parametrize("command", [new, preview])
@pytest.mark.parametrize("words", [[], ["a", "b"]])
def test_a_command_without_its_page_says_how_it_is_used(
    course: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: ModuleType,
    words: list[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["command", *words])
    assert command.main() == 2
    assert capsys.readouterr().err.startswith("usage: make ")


@pytest.mark.parametrize("command", [new, preview])
def test_a_fault_ends_a_command_with_one(
    course: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: ModuleType,
) -> None:
    monkeypatch.setattr(sys, "argv", ["command", "nowhere/at-all"])
    assert command.main() == 1
    assert "there is no pa" in capsys.readouterr().err


def test_a_sound_page_ends_it_with_zero(
    course: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    html = course.build / "preview" / "training" / "one.html"
    monkeypatch.setattr(preview, "preview", lambda path, project: html)
    monkeypatch.setattr(sys, "argv", ["command", "training/one"])
    assert preview.main() == 0
    *todo, last = capsys.readouterr().out.splitlines()
    assert last == "The page is sound: build/preview/training/one.html"
    assert todo and all(line.startswith("to do: docs/training/one.md: it lacks") for line in todo)


def test_what_a_page_still_lacks(course: Project) -> None:
    assert preview.to_do(course.docs / "index.md", course) == []
    (lab,) = preview.to_do(course.docs / "labs" / "try.py", course)
    assert lab.startswith("docs/labs/try.py: no menu leads to the page; write `- labs/try.ipynb`")


def test_whether_chapters_are_whole(course: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert anatomy.main() == 1
    assert "docs/training/one.md: it lacks" in capsys.readouterr().out
    (course.docs / "training" / "one.md").write_text(WHOLE)
    assert anatomy.main() == 0
    assert capsys.readouterr().out == "every chapter has its parts\n"


def test_a_new_chapter_has_its_title(course: Project) -> None:
    path = new.begin("docs/training/two-words.md", course)
    assert path == course.docs / "training" / "two-words.md"
    assert "# Two words\n" in path.read_text() and "TITLE" not in path.read_text()
    with pytest.raises(PageError, match=r"docs/training/two-words.md: the page is there already"):
        new.begin("training/two-words", course)
    with pytest.raises(PageError, match=r"no part 'none'; the parts are: training$"):
        new.begin("none/a", course)


def test_a_page_that_is_no_part_of_the_site_is_told(
    course: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Path, str | None, str | None]] = []

    def render(project: Project, folder: Path, only: str | None = None) -> None:
        asked.append((folder, only, os.environ.get("PAGEKIT_ONLY")))
        assert not folder.exists(), "nothing of an earlier preview is left"

    stale = course.build / "preview" / "training"
    stale.mkdir(parents=True)
    (stale / "one.html").write_text("old")
    monkeypatch.setattr(preview, "run_blocks", lambda *_, **__: 0)
    monkeypatch.setattr(preview, "render", render)
    monkeypatch.setattr(preview, "ship_font", lambda *_: None)
    with pytest.raises(PageError, match="not part of the site"):
        preview.preview(course.docs / "training" / "one.md", course)
    name = "docs/training/one.md"
    assert asked == [(course.build / "preview", name, name)]
    assert "PAGEKIT_ONLY" not in os.environ


def test_what_comes_after_a_new_chapter_is_said(
    course: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["command", "training/two"])
    assert new.main() == 0
    there, menu = capsys.readouterr().out.splitlines()
    assert there.startswith("docs/training/two.md is there, and runs as it stands")
    assert menu.startswith("docs/training/two.md: no menu leads to the page; write `- training/two")


@pytest.mark.parametrize("name", ["docs/training/one.md", "docs/labs/try.py"])
def test_only_what_the_page_needs_is_run_before_it_is_rendered(
    course: Project, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    done: list[object] = []
    path = course.root / name
    html = course.build / "preview" / "a.html"

    def render(project: Project, folder: Path, only: str | None = None) -> None:
        done.append(("render", only))
        html.parent.mkdir(parents=True)
        html.write_text("<p>A")

    monkeypatch.setattr(
        preview, "run_blocks", lambda project, paths, **how: done.append(("blocks", paths, how))
    )
    monkeypatch.setattr(
        preview.artefacts, "make_for", lambda read, project: done.append([one.name for one in read])
    )
    monkeypatch.setattr(
        preview.notebooks, "run_labs", lambda project, paths: done.append(("labs", paths))
    )
    monkeypatch.setattr(preview.typefaces, "ship", lambda project: done.append("typefaces"))
    monkeypatch.setattr(preview, "render", render)
    monkeypatch.setattr(preview, "ship_font", lambda project, folder: done.append(folder))
    monkeypatch.setattr(preview, "html_of", lambda *_: html)
    monkeypatch.setattr(
        preview, "check", lambda page, text: done.append(("check", page.name, text))
    )
    assert preview.preview(path, course) == html
    is_lab = name.endswith(".py")
    assert done == [
        *([[name], ("labs", [path])] if is_lab else [("blocks", [path], {"stale_only": True})]),
        *("typefaces", ("render", name), course.build / "preview"),
        *([] if is_lab else [("check", name, "<p>A")]),
    ]
    assert "PAGEKIT_ONLY" not in os.environ


def test_the_variable_that_names_the_page_goes_where_it_cannot_be_rendered(
    course: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise PageError("as asked")

    monkeypatch.setattr(preview, "run_blocks", lambda *_, **__: 0)
    monkeypatch.setattr(preview, "render", fail)
    with pytest.raises(PageError, match="as asked"):
        preview.preview(course.docs / "training" / "one.md", course)
    assert "PAGEKIT_ONLY" not in os.environ


@pytest.mark.parametrize(
    ("text", "order"),
    [("question:\n## Key points\n", True), ("## Key points\nquestion:\n", False)],
)
def test_a_first_part_is_one_of_the_order(text: str, order: bool) -> None:
    assert [line for line in anatomy.lacking(text) if "order" in line] == (
        [] if order else [f"its parts are in another order than: {', '.join(anatomy.PARTS)}"]
    )


def test_only_the_questions_of_the_quiz_count() -> None:
    more = f'{WHOLE}\n\n## More\n\n!!! quiz "Behind?"\n'
    assert anatomy.lacking(more) == []
    no_quiz = anatomy.lacking(WHOLE.replace("## Quiz", "## Questions"))
    assert no_quiz == ["it lacks `## Quiz`"], "where it has none, its questions are not counted"
