"""A lab as a page: the same cells and prose as any chapter, light, and never a stale one."""

import gzip
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pagekit.errors import PageError
from pagekit.labs import hook, notebooks, page
from pagekit.labs.figures import PHONE, _both
from pagekit.labs.page import _place, _segments
from pagekit.labs.source import Cell, Lab, read_lab
from pagekit.project import Project
from tests.forking import ForkingPython
from tests.pagekit.conftest import REPOSITORY

LAB = """# ---
# title: "A lab: to try"
# description: Small.
# minutes: 5
# prerequisites: ["[Home](../index.md)", a pencil, patience]
# ---

# %% [markdown]
# # To try
#
# Text with $x^2$, a [[fixture]] and a work [@smith2020]; back [home](../index.md).
#
# ## A part
#
# !!! note "Mind"
#     A remark.
#
# !!! predict "Predict first"
#     How does it run?
#
#     - [x] Upwards.
#         - It rises.
#     - [ ] Downwards.
#         - It doesn't fall.

# %%
# title: Drawn
# alt: A line that rises.
# caption: The *line*.
import matplotlib.pyplot as plt

plt.plot([1, 2], color="#24418d")
print("a < b")

# %%
# fold: Solution
1 + 1

# %% [markdown]
# ??? success "Solution"
#     It is *two*, as a [[fixture]] shows.
#
# In the open.
"""
SETTINGS = """
plugins:
  - mkdocs-jupyter: {include: ["labs/*.ipynb"], execute: false, include_source: true}
hooks:
"""

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def lab(project: Project) -> Path:
    config = project.root / "mkdocs.yml"
    hook = f"{SETTINGS}  - {REPOSITORY}/pagekit/labs/hook.py"
    config.write_text(config.read_text().replace("plugins: []", hook))
    path = project.docs / "labs" / "try.py"
    path.parent.mkdir()
    path.write_text(LAB)
    return path


def test_a_lab_is_a_page_like_any_other(project: Project, lab: Path, pagekit: Command) -> None:
    done = pagekit("build.site")
    assert done.returncode == 0, done.stderr
    site = project.root / "site" / "labs"
    html = (site / "try.html").read_text()
    assert (site / "try.ipynb").read_bytes() == lab.with_suffix(".ipynb").read_bytes()
    assert '<a class="md-button" href="try.ipynb" download>' in html
    assert "<title>A lab: to try" in html
    assert re.search(r"<h1[^>]*>To try", html)
    assert re.search(r'md-nav__link"[^>]*>\s*<span[^>]*>\s*A part', html), "in the contents"

    assert "<msup>" in html
    assert 'class="pk-term"' in html
    assert "Smith, 2020</a>" in html
    assert 'class="admonition note"' in html
    question = html.index('class="admonition predict pk-ask"')
    assert html.index('class="pk-answer"') < html.index('class="pk-cell"'), "right above its cell"
    assert question < html.index("A is right.") < html.index("It doesn’t fall.")
    folds = re.findall(r'<details class="success">(.*?)</details>', html, re.S)
    assert [fold.count("<summary>Solution</summary>") for fold in folds] == [1], "one fold"
    assert re.search(r"<samp>2</samp>.*It is <em>two</em>, as a <a", folds[0], re.S)
    assert "In the open." in html and "In the open." not in folds[0]
    assert re.search(
        r'<p class="pk-terms">5 minutes · You need <a href="../index.html">Home</a>, a pencil '
        r'and patience</p>\s*<p class="pk-download">',
        html,
    )

    assert html.count('<div class="pk-cell" data-run="ok">') == 2
    assert "<samp>a &lt; b</samp>" in html
    assert "<samp>2</samp>" in html
    assert 'aria-label="A line that rises."' in html
    assert "var(--fig-24418d" in html
    assert "<figcaption>The <em>line</em>.</figcaption>" in html
    codes = re.findall(r'data-chain="(\d+)".*?<code[^>]*>(.*?)</code>', html, re.S)
    assert len({chain for chain, _ in codes}) == len(codes) == 2, "each cell is copied alone"
    assert "matplotlib" in codes[0][1] and "alt:" not in codes[0][1]

    for stranger in ("jupyter", "mathjax", "mermaid", "require.js"):
        assert stranger not in html.lower()
    assert len(gzip.compress(html.encode())) < 10_000


def test_a_fault_in_the_prose_names_the_line_of_the_lab(
    project: Project, lab: Path, pagekit: Command
) -> None:
    lab.write_text(LAB.replace("$x^2$", r"$\fraq{1}$"))
    done = pagekit("build.site")
    assert done.returncode == 1
    assert "docs/labs/try.py:11: this TeX" in done.stderr
    assert not (project.root / "site").exists()


def test_a_question_without_choices_names_the_line_of_the_lab(
    project: Project, lab: Path, pagekit: Command
) -> None:
    lab.write_text(LAB.replace("#         - It rises.\n", ""))
    done = pagekit("build.site")
    assert done.returncode == 1
    assert "docs/labs/try.py:18: a question ends in a list" in done.stderr


@pytest.fixture
def render(project: Project, forking: ForkingPython) -> Command:
    """Render without running anything, into ``out``."""
    program = project.root / "render.py"
    program.write_text(
        "import pathlib\nfrom pagekit.build.site import render\n"
        "from pagekit.project import Project\n"
        "render(Project.here(), pathlib.Path('out').resolve())"
    )

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PYTHONPATH": str(REPOSITORY), **environment}
        return forking.run([program], project.root, env)

    return run


def cells(project: Project) -> tuple[int, int]:
    """How many cells of the lab are shown as run, and as not run."""
    html = (project.root / "out" / "labs" / "try.html").read_text()
    return html.count('data-run="ok"'), html.count('data-run="not-run"')


def test_a_stale_lab_is_never_shown_as_run(
    project: Project, lab: Path, pagekit: Command, render: Command
) -> None:
    assert pagekit("build.site").returncode == 0
    lab.write_text(LAB.replace("1 + 1", "1 + 2"))
    done = render()
    assert done.returncode != 0
    assert "docs/labs/try.py:1: this lab's notebook is missing or stale" in done.stderr

    done = render(PAGEKIT_LENIENT="1")
    assert done.returncode == 0, done.stderr
    assert cells(project) == (1, 1)


def test_previews_do_without_a_run(
    project: Project, lab: Path, pagekit: Command, render: Command
) -> None:
    index = project.docs / "index.md"
    index.write_text(f"{index.read_text()}\nSee [the lab](labs/try.ipynb).\n")
    done = pagekit("build.preview", "index")
    assert done.returncode == 0, done.stderr

    assert pagekit("run.session").returncode == 0
    done = render(PAGEKIT_LENIENT="1")
    assert done.returncode == 0, done.stderr
    assert cells(project) == (0, 2)
    assert render().returncode != 0


UNRUN = "# %% [markdown]\n# # T\n\n# %%\nx = 1\n\n# %%\ny = 2\n"


@pytest.fixture
def unrun(project: Project, monkeypatch: pytest.MonkeyPatch) -> Lab:
    for name in ("PAGEKIT_LENIENT", "PAGEKIT_ONLY"):
        monkeypatch.delenv(name, raising=False)
    path = project.docs / "labs" / "try.py"
    path.parent.mkdir()
    path.write_text(UNRUN)
    return read_lab(path, project)


@pytest.mark.parametrize(
    ("variable", "written"), [(None, False), ("PAGEKIT_LENIENT", True), ("PAGEKIT_ONLY", True)]
)
def test_only_a_preview_has_a_page_of_what_has_not_run(
    unrun: Lab, monkeypatch: pytest.MonkeyPatch, variable: str | None, written: bool
) -> None:
    if variable:
        monkeypatch.setenv(variable, "1")
    hook.on_config({})
    assert unrun.notebook.exists() is written
    if written:
        cells = json.loads(unrun.notebook.read_text())["cells"]
        assert [cell["source"] for cell in cells] == ["# T", "x = 1", "y = 2"]
        unrun.notebook.write_text("as it was")
        hook.on_config({})
        assert unrun.notebook.read_text() == "as it was"
        unrun.path.write_text("x = 1\n")
        unrun.notebook.unlink()
        hook.on_config({})  # what is wrong with it, its page says
        assert not unrun.notebook.exists()


def output(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def test_a_preview_shows_of_a_stale_notebook_the_cells_that_are_as_they_ran(
    unrun: Lab, project: Project
) -> None:
    assert _segments(unrun, project, lenient=True) == [None, None]
    with pytest.raises(PageError, match=r"^docs/labs/try\.py:1: this lab's notebook is missing or"):
        _segments(unrun, project, lenient=False)
    old = notebooks.notebook(unrun, ["# T"], [[output("1")], [output("2")]], {"key": "of old"})
    unrun.notebook.write_text(old.replace("y = 2", "y = 3"))
    shown = _segments(unrun, project, lenient=True)
    assert shown[0] is not None and shown[0].output == "1" and shown[1] is None
    unrun.notebook.write_text(notebooks.notebook(unrun, ["# T"], [], {}))
    assert _segments(unrun, project, lenient=True) == [None, None], "an unrun cell has no result"


def test_a_true_notebook_is_shown_whole(unrun: Lab, project: Project) -> None:
    record = notebooks.Record()
    outputs = [[output("1")], [output("2")]]
    stamp = notebooks._stamp(unrun, project, outputs, record)
    unrun.notebook.write_text(notebooks.notebook(unrun, ["# T"], outputs, stamp))
    shown = _segments(unrun, project, lenient=False)
    assert [segment.output for segment in shown if segment] == ["1", "2"]
    figure = {"output_type": "display_data", "data": {"image/svg+xml": "<svg/>", PHONE: "<svg />"}}
    stamp = notebooks._stamp(unrun, project, [[figure], []], record)
    unrun.notebook.write_text(notebooks.notebook(unrun, ["# T"], [[figure], []], stamp))
    with pytest.raises(PageError, match="without alt text"):
        _segments(unrun, project, lenient=False)
    assert (page._segment([figure]).figures, page._segment([figure]).phone) == (
        ["<svg/>"],
        ["<svg />"],
    )


FOLD = '??? success "Solution"'


@pytest.mark.parametrize(
    ("below", "left"),
    [
        ([FOLD, "    More."], ["", "    More."]),
        (["", FOLD, "    More."], ["", "", "    More."]),
        (["Text.", FOLD], ["Text.", FOLD]),
        (['??? success "Other"'], ['??? success "Other"']),
        ([], []),
    ],
)
def test_a_folded_remark_right_below_goes_on_within_the_fold(
    below: list[str], left: list[str]
) -> None:
    lines = ["Above.", "", "", "", *below]
    plain, before = Cell("code", 3, "x"), list(lines)
    _place("token", plain, lines)
    assert lines == [*before[:2], "token", *before[3:]]
    lines = before
    _place("token", Cell("code", 3, "x", {"fold": "Solution"}), lines)
    assert lines == ["Above.", "", FOLD, "    token", *left, "", ""]


@pytest.mark.parametrize(("phone", "kinds"), [("", 1), ("<svg/>", 2)])
def test_a_figure_has_a_second_form_only_where_a_phone_needs_one(
    monkeypatch: pytest.MonkeyPatch, phone: str, kinds: int
) -> None:
    drawn = SimpleNamespace(wide="<svg>wide</svg>", phone=phone)
    monkeypatch.setattr("pagekit.labs.figures.drawing", lambda figure: drawn)
    shown = _both(object(), include=None)
    assert shown["image/svg+xml"] == "<svg>wide</svg>" and len(shown) == kinds
    assert shown.get(PHONE, "") == phone
