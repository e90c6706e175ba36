"""What commands of the build say and return, whatever becomes of their work."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from pagekit.build import serve, site
from pagekit.errors import PageError
from pagekit.labs import notebooks
from pagekit.project import Project
from pagekit.run import artefacts, session


def raising(error: BaseException) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("result", "status", "out", "err"),
    [
        (True, 0, "\nThe site is ready: open site/index.html in a browser.\n", ""),
        (False, 0, "The site is up to date: open site/index.html in a browser.\n", ""),
        (PageError("a", "p.md", 3), 1, "", "\np.md:3: a\n\nThe site was not changed.\n"),
        (OSError(28, "full", "/x"), 1, "", "\n/x: full\n\nThe site was not changed.\n"),
    ],
)
def test_a_build_says_what_came_of_it(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    result: Any,
    status: int,
    out: str,
    err: str,
) -> None:
    failing = isinstance(result, Exception)
    monkeypatch.setattr(site, "build_site", raising(result) if failing else lambda _: result)
    assert site.main() == status
    assert capsys.readouterr() == (out, err)


def test_a_disk_without_a_name_is_the_build_folder(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(site, "build_site", raising(OSError(28, "full")))
    assert site.main() == 1
    assert f"{project.build}: full" in capsys.readouterr().err


def test_where_a_page_was_rendered_to(project: Project, tmp_path: Path) -> None:
    page = project.docs / "part" / "a.md"
    out = tmp_path / "out"
    assert site.html_of(page, project, out) is None
    nested = out / "part" / "a" / "index.html"
    nested.parent.mkdir(parents=True)
    nested.write_text("")
    assert site.html_of(page, project, out) == nested
    plain = out / "part" / "a.html"
    plain.write_text("")
    assert site.html_of(page, project, out) == plain


@pytest.mark.parametrize("before", [False, True])
def test_a_new_site_takes_the_place_of_the_old_one(tmp_path: Path, before: bool) -> None:
    target, new = tmp_path / "site", tmp_path / "new"
    new.mkdir(mode=0o700)
    (new / "new.html").write_text("")
    killed = tmp_path / ".site.old"  # of a run that was killed
    killed.mkdir()
    (killed / "index.html").write_text("")
    if before:
        target.mkdir()
        (target / "old.html").write_text("")
    site._replace(target, new)
    assert [path.name for path in tmp_path.iterdir()] == ["site"]
    assert [path.name for path in target.iterdir()] == ["new.html"]
    assert target.stat().st_mode & 0o777 == 0o755


def test_labs_are_fresh_where_there_are_none_and_not_where_one_cannot_be_read(
    project: Project,
) -> None:
    assert site.labs_fresh(project)
    lab = project.docs / "labs" / "try.py"
    lab.parent.mkdir()
    lab.write_text("# %%\nx = 1\n")
    assert not site.labs_fresh(project)
    lab.write_text("x = 1\n")
    assert not site.labs_fresh(project)


def test_what_is_sound_is_not_built_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    options: dict[str, Any] = {}

    def ran(given: dict[str, Any]) -> None:
        done.append("blocks")
        options.update(given)

    monkeypatch.setattr(site.pictures, "draw", lambda project: done.append("pictures"))
    monkeypatch.setattr(site, "run_blocks", lambda *_, **given: ran(given))
    monkeypatch.setattr(site.notebooks, "run_labs", lambda project: done.append("labs"))
    monkeypatch.setattr(site.stamp, "made_of", lambda project: "source")
    monkeypatch.setattr(
        site.stamp, "holds", lambda *given: given == (project.root / "site", "source", project)
    )
    assert site.build_site(project) is False
    assert done == ["pictures", "blocks", "labs"]
    assert options == {"stale_only": True, "plugins": (), "beside": (site.DIAGRAMS,)}

    (project.docs / "labs").mkdir()
    (project.docs / "labs" / "try.py").write_text("# %%\nx = 1\n")
    for name in ("render", "count_blocks", "ship_font"):
        monkeypatch.setattr(site, name, lambda *_, name=name: done.append(name))
    monkeypatch.setattr(site.search, "index_site", lambda folder: done.append("index"))
    monkeypatch.setattr(site.stamp, "write", lambda *_: done.append("stamp"))
    done.clear()
    assert site.build_site(project, project.root / "elsewhere") is True
    assert options["plugins"] == (site.LABS,)
    assert done == [
        *("pictures", "blocks", "labs", "render", "count_blocks", "ship_font", "index", "stamp")
    ]
    assert (project.root / "elsewhere").is_dir() and not (project.root / "site").exists()


def test_blocks_that_ran_are_counted(project: Project, tmp_path: Path) -> None:
    cell = '<div data-run="ok"><div class="language-python highlight">a</div></div>'
    (tmp_path / "index.html").write_text(cell)
    assert site.count_blocks(project, tmp_path) == 1, "pages that are not rendered do not count"
    (tmp_path / "index.html").write_text(cell * 2)
    with pytest.raises(PageError, match=r"docs/index\.md"):
        site.count_blocks(project, tmp_path)


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (PageError("as asked"), 1, "as asked\n"),
        (OSError(13, "denied"), 1, "[Errno 13] denied\n"),
        (KeyboardInterrupt(), 0, "\nThe preview has ended.\n"),
    ],
)
def test_how_a_preview_ends(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
    said: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["serve", "8123"])
    for name in ("PAGEKIT_LENIENT", "NO_MKDOCS_2_WARNING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(serve.signal, "signal", lambda *_: None)
    monkeypatch.setattr(serve, "free", lambda port: True)
    prepared: list[Project] = []
    monkeypatch.setattr(serve, "prepare", prepared.append)
    seen: list[Any] = []

    def run(project: Project, folder: Path, port: int) -> None:
        seen.extend([folder.parent, folder.is_dir(), port, os.environ["PAGEKIT_LENIENT"]])
        seen.append(os.environ["NO_MKDOCS_2_WARNING"])
        raise error

    monkeypatch.setattr(serve, "serve", run)
    left = project.build / "serve-killed"
    left.mkdir(parents=True)
    try:
        assert serve.main() == status
    finally:
        for name in ("PAGEKIT_LENIENT", "NO_MKDOCS_2_WARNING"):
            os.environ.pop(name, None)
    assert capsys.readouterr().err == said
    assert seen == [project.build, True, 8123, "1", "1"]
    assert prepared == [Project.here()] and not left.exists()


def test_a_request_to_end_is_an_interrupt() -> None:
    with pytest.raises(KeyboardInterrupt):
        serve._interrupt()


@pytest.mark.parametrize("error", [None, PageError("as asked")])
def test_runs_of_blocks_and_labs_end_with_a_status(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: PageError | None,
) -> None:
    asked: list[Any] = []

    def run(*given: Any, **options: Any) -> None:
        asked.append((given, options))
        if error:
            raise error

    monkeypatch.setattr(session, "run_blocks", run)
    monkeypatch.setattr(notebooks, "run_labs", run)
    status = 1 if error else 0
    monkeypatch.setattr(sys, "argv", ["x", "--as-made", "docs/index.md"])
    assert session.main() == status
    monkeypatch.setattr(sys, "argv", ["x"])
    assert session.main() == status
    here = Project.here()
    assert asked == [
        ((here, [Path("docs/index.md")]), {"stale_only": True, "as_made": True}),
        ((here, None), {"stale_only": True, "as_made": False}),
    ]
    asked.clear()
    monkeypatch.setattr(sys, "argv", ["x", "--again", "docs/labs/a.py"])
    assert notebooks.main() == status
    assert asked == [((here, [here.root / "docs/labs/a.py"], True), {})]
    assert capsys.readouterr().err == ("as asked\n" * 3 if error else "")


def test_making_artefacts_ends_with_a_status(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Any] = []

    def making(names: Any, project: Project) -> list[str]:
        asked.append(list(names))
        return []

    monkeypatch.setattr(artefacts, "make", making)
    monkeypatch.setattr(artefacts, "declared", lambda project: {"all": None})
    for words in ([], ["one"]):
        monkeypatch.setattr(sys, "argv", ["x", *words])
        assert artefacts.main() == 0
    assert asked == [["all"], ["one"]]
    assert "nothing to make" in capsys.readouterr().out
    monkeypatch.setattr(artefacts, "make", lambda names, project: ["one"])
    assert artefacts.main() == 0 and capsys.readouterr().out == ""
    monkeypatch.setattr(artefacts, "make", raising(PageError("as asked")))
    assert artefacts.main() == 1 and capsys.readouterr().err == "as asked\n"
