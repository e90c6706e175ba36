"""A page names the artefacts that its blocks read; a result lasts as long as they do."""

from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from pagekit.errors import PageError
from pagekit.labs.notebooks import fresh, load
from pagekit.labs.source import read_lab
from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.run import artefacts, results
from pagekit.run.reads.record import Record
from tests.pagekit.run.conftest import change, made

Run = Callable[..., CompletedProcess[str]]

READS = """---
title: T
artefacts: NAMED
---

# T

```python
from pathlib import Path

import snippets

root = Path(snippets.__file__).parents[1]
for name in ("squares/numbers.txt", "total/sum.txt"):
    with open(root / "build" / name) as file:
        print(file.read())
```
"""


@pytest.fixture
def page(artefact_project: Project) -> Callable[[str], None]:
    def write(named: str) -> None:
        path = artefact_project.docs / "index.md"
        path.write_text(READS.replace("NAMED", named))

    return write


def stale(project: Project) -> bool:
    return bool(results.stale(read_page(project.docs / "index.md", project), project))


def test_a_page_has_what_it_names_made(
    artefact_project: Project, page: Callable[[str], None], pagekit: Run
) -> None:
    page("[total, squares]")
    done = pagekit("build.preview", "index")
    assert done.returncode == 0, done.stderr
    html = (artefact_project.build / "preview" / "index.html").read_text()
    assert "285" in html
    assert not stale(artefact_project)


def test_the_site_has_what_its_pages_name_made_and_no_more(
    artefact_project: Project, page: Callable[[str], None], pagekit: Run
) -> None:
    page("[squares]")
    change(artefact_project, "docs/index.md", ', "total/sum.txt"', ",")
    done = pagekit("build.site")
    assert done.returncode == 0, done.stderr
    assert (artefact_project.build / "squares").is_dir()
    assert not (artefact_project.build / "total").exists()


def test_a_block_that_reads_what_its_page_does_not_name_is_a_fault(
    artefact_project: Project, page: Callable[[str], None], pagekit: Run
) -> None:
    made(artefact_project)
    page("[squares]")
    done = pagekit("build.preview", "index")
    assert done.returncode == 1
    assert done.stderr.strip().endswith(
        "docs/index.md:8: this block reads build/total; name it in the front matter: "
        "artefacts: [squares, total]"
    )


def test_a_block_waits_for_what_its_code_may_read(artefact_project: Project) -> None:
    change(
        artefact_project,
        "artefacts.toml",
        "needs =",
        'read_by = ["load_sum", "build/total"]\nneeds =',
    )
    total, squares = (artefacts.declared(artefact_project)[n] for n in ("total", "squares"))
    assert total.may_be_read("print(load_sum())") and total.may_be_read(
        'open("build/total/sum.txt")'
    )
    assert not total.may_be_read("load_sums(); my_load_sum; total")
    assert squares.may_be_read("1 + 1")  # its entry names nothing


def test_a_block_that_reads_without_waiting_is_a_fault(
    artefact_project: Project, page: Callable[[str], None], pagekit: Run
) -> None:
    change(artefact_project, "artefacts.toml", "needs =", 'read_by = ["load_sum"]\nneeds =')
    made(artefact_project)
    page("[squares, total]")
    done = pagekit("build.preview", "index")
    assert done.returncode == 1
    assert "docs/index.md:8: this block reads build/total by none of the names" in done.stderr
    change(artefact_project, "docs/index.md", "import snippets\n", "import snippets  # load_sum\n")
    assert pagekit("build.preview", "index").returncode == 0


@pytest.mark.parametrize("command", [("build.preview", "index"), ("build.site",)])
def test_a_name_that_is_not_declared_is_a_fault(
    page: Callable[[str], None], pagekit: Run, command: tuple[str, ...]
) -> None:
    page("[squares, totals]")
    done = pagekit(*command)
    assert done.returncode == 1
    fault = "docs/index.md:3: there is no artefact 'totals'; did you mean 'total'?"
    assert done.stderr.strip().splitlines()[0] == fault


@pytest.mark.parametrize("wrong", ["total", "[1]", "{a: b}"])
def test_what_is_no_list_of_names_is_a_fault(
    artefact_project: Project, page: Callable[[str], None], wrong: str
) -> None:
    page(wrong)
    found = read_page(artefact_project.docs / "index.md", artefact_project)
    with pytest.raises(PageError, match=r"^docs/index\.md:3: `artefacts` is a list of names"):
        artefacts.of_page(found, artefact_project)


def test_a_lab_names_them_too(artefact_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    path = artefact_project.docs / "labs" / "lab.py"
    path.parent.mkdir()
    path.write_text("# ---\n# title: L\n# artefacts: [total]\n# ---\n\n# %%\nprint(1)\n")
    lab = read_lab(path, artefact_project)
    assert [a.name for a in artefacts.of_page(lab, artefact_project)] == ["total"]
    monkeypatch.setattr("pagekit.labs.notebooks.load", lambda *_: ([], Record()))  # as if it ran
    assert not fresh(lab, artefact_project), "what it reads has yet to be made"
    path.write_text(path.read_text().replace("[total]", "[]"))
    assert fresh(read_lab(path, artefact_project), artefact_project)
    path.write_text(path.read_text().replace("[]", "[total]"))
    path.write_text(path.read_text().replace("[total]", "[none]"))
    with pytest.raises(PageError, match=r"^docs/labs/lab\.py:3: there is no artefact 'none'"):
        artefacts.of_page(read_lab(path, artefact_project), artefact_project)


def test_a_lab_that_reads_another_is_a_fault(artefact_project: Project, pagekit: Run) -> None:
    made(artefact_project)
    path = artefact_project.docs / "labs" / "lab.py"
    path.parent.mkdir()
    code = READS.partition("```python\n")[2].partition("```")[0]
    text = f"# ---\n# title: L\n# artefacts: [total]\n# ---\n\n# %%\n{code}"
    path.write_text(text)
    done = pagekit("labs.notebooks")
    assert done.returncode == 1
    fault = "docs/labs/lab.py:1: this lab reads build/squares; name it in the front matter: "
    assert done.stderr.strip().endswith(f"{fault}artefacts: [total, squares]")
    path.write_text(text.replace("[total]", "[total, squares]"))
    assert pagekit("labs.notebooks").returncode == 0
    found, record = load(read_lab(path, artefact_project), artefact_project) or ([], Record())
    assert len(found) == 1
    read = {name for name in record.depends if name.startswith("build/")}
    assert read == {"build/squares/made.json", "build/total/made.json"}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("snippets/steps.py", "number * number", "number"),
        ("artefacts.toml", "total {folder}", "total {folder} --again"),
    ],
)
def test_a_result_is_stale_once_its_artefact_is_made_of_other_things(
    artefact_project: Project,
    page: Callable[[str], None],
    pagekit: Run,
    name: str,
    old: str,
    new: str,
) -> None:
    page("[total, squares]")
    assert pagekit("build.preview", "index").returncode == 0
    change(artefact_project, name, old, new)
    made(artefact_project)
    assert stale(artefact_project)


def test_a_result_depends_on_an_artefact_through_one_file(
    artefact_project: Project, page: Callable[[str], None], pagekit: Run
) -> None:
    page("[total, squares]")
    assert pagekit("build.preview", "index").returncode == 0
    found = read_page(artefact_project.docs / "index.md", artefact_project)
    result = results.load(found, found.chains[0], artefact_project)
    assert result is not None
    read = {name for name in result.depends if name.startswith("build/")}
    assert read == {"build/squares/made.json", "build/total/made.json"}


def test_a_result_of_an_edited_artefact_does_not_outlive_the_edit(
    artefact_project: Project, page: Callable[[str], None], pagekit: Run
) -> None:
    """Its blocks alone are run, as a preview does; then it is made again, as it was."""
    made(artefact_project)
    page("[total, squares]")
    (artefact_project.build / "total" / "sum.txt").write_text("286")
    page_file = str(artefact_project.docs / "index.md")
    assert pagekit("run.session", "--as-made", page_file).returncode == 0
    assert made(artefact_project) == ["total"]
    assert stale(artefact_project)
