"""A lab as a page: the same cells and prose as any chapter, light, and never a stale one."""

import gzip
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

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
