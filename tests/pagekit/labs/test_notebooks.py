"""Labs run as notebooks: what is kept, what makes them stale, and which line is to blame."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pagekit.errors import PageError
from pagekit.labs.figures import PHONE
from pagekit.labs.notebooks import fresh, load, run_labs
from pagekit.labs.source import read_lab
from pagekit.project import Project

PROSE = """# ---
# title: A lab
# ---

# %% [markdown]
# # A lab
#
# It [[fixture|stands]] on a work [@smith2020] and on $x^2$; see [home](../index.md).
#
# !!! note "Mind"
#     This is a remark.
#
#     It has two parts.
#
# ??? success "Solution"
#     Folded.
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(project: Project, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.delenv("SITE_URL", raising=False)

    def write(text: str) -> Path:
        path = project.docs / "labs" / "try.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path.with_suffix(".ipynb")

    return write


def cells(notebook: Path) -> list[dict[str, Any]]:
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def printed(cell: dict[str, Any]) -> str:
    return "".join(output.get("text", "") for output in cell["outputs"])


def fault(project: Project) -> str:
    with pytest.raises(PageError) as caught:
        run_labs(project)
    return str(caught.value)


def test_without_labs_nothing_happens(project: Project) -> None:
    run_labs(project)
    assert not (project.docs / "labs").exists()


def test_runs_in_an_empty_folder_and_shows_text_values_and_figures(
    project: Project, write: Write
) -> None:
    notebook = write(
        PROSE
        + """
# %%
import os

import matplotlib.pyplot as plt

from snippets.sums import add

print(add(1, 2), os.listdir("."))
add(3, 4)

# %%
# alt: A line that rises,
#   then falls.
# caption: A line.
plt.plot([1, 3, 2])
print("drawn")
"""
    )
    run_labs(project)
    first = notebook.read_bytes()
    _, values, figure = cells(notebook)
    assert printed(values) == "3 []\n"
    assert values["outputs"][1]["data"] == {"text/plain": "7"}
    assert figure["source"] == 'plt.plot([1, 3, 2])\nprint("drawn")'
    svg = next(o["data"]["image/svg+xml"] for o in figure["outputs"] if "data" in o)
    assert "<text" in svg
    phone = next(o["data"][PHONE] for o in figure["outputs"] if "data" in o)
    assert "<text" in phone and phone != svg
    assert "<dc:date>" not in svg

    notebook.unlink()
    run_labs(project)
    assert notebook.read_bytes() == first


def test_prose_is_plain_markdown_in_the_notebook(
    project: Project, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = write(PROSE)
    run_labs(project)
    assert cells(notebook)[0]["source"] == (
        "# A lab\n\nIt stands on a work (Smith, 2020) and on $x^2$; see home.\n\n"
        "> **Mind**\n>\n> This is a remark.\n>\n> It has two parts.\n\n"
        "<details>\n<summary>Solution</summary>\n\nFolded.\n\n</details>"
    )
    monkeypatch.setenv("SITE_URL", "https://example.org/course/")
    run_labs(project)
    assert "[home](https://example.org/course/)" in cells(notebook)[0]["source"]


PACKAGE = """
[project]
name = "course"
version = "1.2"

[tool.pagekit.wheel]
files = ["snippets/*.py"]

[tool.pagekit.wheel.extras]
data = ["plays"]
bert = ["load_bert"]

[tool.pagekit.wheel.alone]
"vectors==3.4" = ["load_vectors"]
"""


def test_a_notebook_installs_what_its_cells_name(
    project: Project, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a cell of its own, which nobody has run, if the site has an address."""
    (project.root / "pyproject.toml").write_text(PACKAGE)
    code = "\n# %%\nfrom snippets.sums import add\n\nprint(add(1, 2))\n"
    code += "\n# %%\nprint('plays, and load_vectors')\n"
    notebook = write(PROSE + code)
    run_labs(project)
    assert [cell["cell_type"] for cell in cells(notebook)] == ["markdown", "code", "code"]

    monkeypatch.setenv("SITE_URL", "https://example.org/course")
    lab = read_lab(notebook.with_suffix(".py"), project)
    assert fresh(lab, project)
    run_labs(project)
    _, install, first, second = cells(notebook)
    assert "course[data] @ https://example.org/course/get/course-1.2-" in install["source"]
    assert '"--no-deps", "vectors==3.4"' in install["source"]
    assert (install["execution_count"], install["outputs"]) == (None, [])
    assert (printed(first), first["execution_count"], second["execution_count"]) == ("3\n", 1, 2)
    assert fresh(lab, project) and load(lab, project) is not None

    write(PROSE + "\n# %%\nprint('nothing of ours')\n")
    run_labs(project)
    assert [cell["cell_type"] for cell in cells(notebook)] == ["markdown", "code"]


def test_the_installing_cell_does_nothing_where_the_code_is(
    project: Project, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside it, above it, or installed; and elsewhere it calls pip."""
    (project.root / "pyproject.toml").write_text(PACKAGE)
    notebook = write(PROSE + "\n# %%\nfrom snippets.sums import add\n")
    monkeypatch.setenv("SITE_URL", "https://example.org/course")
    run_labs(project)
    source = cells(notebook)[1]["source"]
    called: list[list[str]] = []
    monkeypatch.setattr("subprocess.check_call", called.append)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    for folder in (project.root, notebook.parent):
        monkeypatch.chdir(folder)
        exec(source, {})
    assert not called

    monkeypatch.chdir("/")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    exec(source, {})
    assert not called
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    exec(source, {})
    assert [words[1:5] for words in called] == [["-m", "pip", "install", "--quiet"]]
    assert called[0][-1].startswith("course @ https://example.org/course/get/")


def test_runs_again_only_if_code_or_what_it_imports_changed(
    project: Project, write: Write, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = tmp_path_factory.mktemp("log") / "runs"
    code = "\n# %%\nfrom snippets.sums import add\n"
    code += f"_ = open({str(log)!r}, 'a').write('x')\nprint(add(1, 2))\n"

    def runs() -> int:
        return len(log.read_text())

    notebook = write(PROSE + code)
    run_labs(project)
    run_labs(project)
    assert runs() == 1

    write(PROSE.replace("two parts", "more parts") + code)
    run_labs(project)
    assert (runs(), "more parts" in cells(notebook)[0]["source"]) == (1, True)

    (project.root / "snippets" / "other.py").write_text("x = 1\n")
    run_labs(project)
    assert runs() == 1

    sums = project.root / "snippets" / "sums.py"
    sums.write_text(sums.read_text().replace("a + b", "a + b + 10"))
    assert load(read_lab(notebook.with_suffix(".py"), project), project) is None
    run_labs(project)
    assert (runs(), printed(cells(notebook)[1])) == (2, "113\n"[1:])

    write(PROSE + code.replace("add(1, 2)", "add(1, 5)"))
    run_labs(project)
    assert (runs(), printed(cells(notebook)[1])) == (3, "16\n")


def test_a_lab_depends_on_what_it_reads_and_knows_no_more_than_a_block(
    project: Project, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No variable of the shell shows; reads count, by children too; an edited output is none."""
    monkeypatch.setenv("MINIGPT_DIR", "/elsewhere")
    monkeypatch.setenv("A_TOKEN", "secret")
    code = (
        "# %%\nimport os, subprocess, sys\nfrom pathlib import Path\nimport snippets\n"
        "root = Path(snippets.__file__).parents[1]\n"
        "_ = subprocess.run([sys.executable, '-c', 'import snippets.sums'], check=True)\n"
        "print((root / 'build' / 'words.txt').read_text(), os.environ.get('MINIGPT_DIR'))\n"
        "print('A_TOKEN' in os.environ, sorted(os.listdir(root / 'snippets'))[0])\n"
    )
    project.build.mkdir()
    words = project.build / "words.txt"
    words.write_text("one")
    notebook = write(code)
    run_labs(project)
    assert printed(cells(notebook)[0]) == "one None\nFalse __init__.py\n"

    def stale() -> bool:
        return load(read_lab(notebook.with_suffix(".py"), project), project) is None

    monkeypatch.delenv("MINIGPT_DIR")
    assert not stale()
    (project.build / "minigpt").mkdir()
    (project.build / "minigpt" / "config.json").write_text("{}")
    assert not stale(), "it read nothing of that"
    for path in (words, project.root / "snippets/sums.py", project.root / "snippets/new.py"):
        before = path.read_bytes() if path.exists() else None
        path.write_text("changed = 1")
        assert stale(), path
        path.unlink() if before is None else path.write_bytes(before)
        assert not stale()
    notebook.write_text(notebook.read_text().replace("one None", "two None"))
    assert stale()


def test_a_snippet_saved_while_a_lab_runs_makes_it_stale(project: Project, write: Write) -> None:
    notebook = write(
        "# %%\nimport snippets.sums as sums\n\n"
        "_ = open(sums.__file__, 'a').write('# changed')\nprint(sums.add(1, 2))\n"
    )
    run_labs(project)
    assert load(read_lab(notebook.with_suffix(".py"), project), project) is None


def test_a_damaged_or_half_written_notebook_is_not_taken(project: Project, write: Write) -> None:
    notebook = write("# %%\nprint(6 * 7)\n")
    run_labs(project)
    whole = notebook.read_bytes()
    lab = read_lab(notebook.with_suffix(".py"), project)
    assert fresh(lab, project)
    for damage in (b"", b"[]", b'{"cells": []}', whole[: len(whole) // 2]):
        notebook.write_bytes(damage)
        assert not fresh(lab, project)
    run_labs(project)
    assert notebook.read_bytes() == whole


def test_a_full_disk_leaves_the_old_notebook(
    project: Project, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = write("# %%\nprint(1)\n")
    run_labs(project)
    before = notebook.read_bytes()
    write("# %%\nprint(2)\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left" in fault(project)
    assert notebook.read_bytes() == before
    assert sorted(p.name for p in notebook.parent.iterdir()) == ["try.ipynb", "try.py"]


FAULTS = {
    "a cell raises": ("# %%\nx = 1\n\n# %%\n\ny = x\ny / 0\n", 7, "ZeroDivisionError: division"),
    "a snippet raises": (
        "# %%\nfrom snippets.sums import fail\n\nfail()\n",
        4,
        "ValueError: as asked",
    ),
    "a function of an earlier cell raises": (
        "# %%\ndef f():\n    return 1 / 0\n\n\n# %%\nf()\n",
        3,
        "ZeroDivisionError",
    ),
    "bad syntax": ("# %%\nx = 1\ny = = 2\n", 3, "SyntaxError"),
    "a warning": (
        "# %%\nimport warnings\n\nwarnings.warn('mind', stacklevel=1)\n",
        4,
        "UserWarning: mind",
    ),
    "standard error": ("# %%\nimport sys\nprint('oh', file=sys.stderr)\n", 2, "standard error: oh"),
    "much output": ("# %%\nprint('x' * 200_000)\n", 2, "it prints 200,001 bytes"),
    "endless output": (
        "# %%\n# timeout: 3\nwhile True:\n    print('x' * 1000)\n",
        3,
        "and a page takes 100,000; print less",
    ),
    "colours": ("# %%\nprint('\\x1b[31mred')\n", 2, "control character"),
    "an exception in a thread": (
        "# %%\nimport threading\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()\n",
        2,
        "standard error: Exception in thread",
    ),
    "a hang": ("# %%\n# timeout: 1\nimport time\ntime.sleep(60)\n", 3, "has not ended after 1 s"),
    "a dead kernel": ("# %%\nimport os\nos._exit(3)\n", 2, "ended its process"),
    "a figure without alt": (
        "# %%\nimport matplotlib.pyplot as plt\n_ = plt.plot([1])\n",
        2,
        "without alt text",
    ),
    "a figure shown twice": (
        "# %%\n# alt: A line.\nimport matplotlib.pyplot as plt\nplt.plot([1])[0].figure\n",
        3,
        "shows twice",
    ),
    "an alt without figure": ("# %%\n# alt: A line.\nx = 1\n", 3, "draws no figure"),
    "an unknown work": ("# %% [markdown]\n# Text.\n#\n# See [@smiht2020].\n", 4, "smith2020"),
    "an unknown term": ("# %% [markdown]\n# A [[fixtrue]].\n", 2, "fixture"),
    "code in the prose": ("# %% [markdown]\n# ```python\n# x = 1\n# ```\n", 2, "would not run"),
    "a value in the prose": ("# %% [markdown]\n# `{python} 1 + 1`\n", 2, "1 + 1"),
    "code outside of cells": ("import os\n\n# %%\n", 1, "in no cell"),
    "another kind of cell": ("# %% [raw]\n# x\n", 1, "[raw]"),
    "prose not commented": ("# %% [markdown]\n# One.\nTwo.\n", 3, "as comments"),
    "a timeout that is no number": ("# %%\n# timeout: soon\nx = 1\n", 2, "timeout: soon"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_message_with_its_line(name: str, project: Project, write: Write) -> None:
    text, line, message = FAULTS[name]
    notebook = write(text)
    told = fault(project)
    assert told.startswith(f"docs/labs/try.py:{line}: ")
    assert message in told
    assert "\n" not in told
    assert not notebook.exists()
