"""A lab, read: cells and their lines, options, prose as a page and as plain Markdown."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pagekit.errors import PageError
from pagekit.labs import hook, kernel, notebooks, plugin
from pagekit.labs.client import lab_environment, make_client
from pagekit.labs.notebooks import check_jupytext, key, notebook
from pagekit.labs.page import _segment, is_lab
from pagekit.labs.prose import portable
from pagekit.labs.source import Lab, check_figure, labs, read_lab
from pagekit.project import Project
from pagekit.run.parallel.command import CommandError
from pagekit.run.reads.record import Record
from pagekit.run.reads.recorder import LOG

FRONT = "# ---\n# title: T\n# artefacts: [a]\n# ---\n"


@pytest.fixture
def lab(project: Project) -> Any:
    def lab(text: str) -> Lab:
        path = project.docs / "labs" / "try.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return read_lab(path, project)

    return lab


def test_cells_know_their_lines(lab) -> None:
    found = lab(
        f"{FRONT}\n# %% [markdown]\n#\n# # T\n#\n#   Text.\n#\n\n# %%\n\nx = 1\n\ny = 2\n\n\n# %%\n"
    )
    assert [(c.kind, c.line, c.source) for c in found.cells] == [
        ("markdown", 7, "\n# T\n\n  Text.\n"),
        ("code", 15, "x = 1\n\ny = 2"),
        ("code", 21, ""),
    ]
    assert found.meta == {"title": "T", "artefacts": ["a"]} and found.artefacts == ("a",)
    assert found.notebook.name == "try.ipynb"
    assert [cell.line for cell in found.code] == [15, 21]
    assert lab("").cells == () and lab("# %%\nx\n").meta == {}


def test_options_open_a_cell_and_may_go_on(lab) -> None:
    (cell,) = lab(
        "# %%\n# alt: Two curves,\n#   one dashed.\n# timeout: 30\n# fold: See\n# a comment\nx\n"
    ).cells
    assert cell.options == {"alt": "Two curves, one dashed.", "timeout": "30", "fold": "See"}
    assert (cell.line, cell.source, cell.timeout) == (6, "# a comment\nx", 30.0)
    (plain,) = lab("# %%\n# a comment\n# alt: too late\nx\n").cells
    assert plain.options == {} and plain.line == 2 and plain.timeout == 120


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("# ---\n# title: T\n", 1, "not closed"),
        ("# ---\n# - a\n# ---\n", 1, "must hold lines"),
        ("# ---\n# a: [\n# ---\n", 2, "no YAML"),
        ("# ---\n# title: T\n# minutes: soon\n# ---\n", 3, "minutes must be a number"),
        ("# ---\n# prerequisites:\n# ---\n", 2, "prerequisites must be a text or a list"),
        (f"{FRONT}\nx = 1\n# %%\n", 6, "in no cell"),
        ("\n\nx = 1\n", 3, "in no cell"),
        ("# %%\n\n# %% text\n", 3, "a cell begins with"),
        ("# %% [markdown]\n# a\nb\n", 3, "written as comments"),
        ("# %%\n# timeout: 0\n", 2, "timeout: 0 is not a number"),
        ("# %%\n# timeout: 1.5\n", 2, "timeout: 1.5 is not a number"),
    ],
)
def test_labs_that_are_refused(lab, text: str, line: int, says: str) -> None:
    with pytest.raises(PageError, match=says) as caught:
        lab(text)
    assert (caught.value.path, caught.value.line) == ("docs/labs/try.py", line)


def test_bytes_that_are_no_text_are_refused(project: Project) -> None:
    path = project.docs / "labs" / "try.py"
    path.parent.mkdir()
    path.write_bytes(b"# %%\n\xff\n")
    with pytest.raises(PageError, match=r"docs/labs/try.py:1: not UTF-8"):
        read_lab(path, project)
    (path.parent / "a.py").write_text("")
    assert [p.name for p in labs(project)] == ["a.py", "try.py"]


def test_the_prose_of_a_lab_is_a_page_whose_lines_are_the_labs(lab) -> None:
    found = lab(f"{FRONT}\n# %% [markdown]\n# # T\n# Text.\n\n# %%\nx = 1\n").page
    assert found.lines[6:8] == ("# T", "Text.") and len(found.lines) == 11
    assert not any(found.lines[8:]) and found.title_line == 7
    bad = lab("# %% [markdown]\n# # T\n#\n# ```bash\n# ls\n# ```\n")
    with pytest.raises(PageError, match="code in the prose of a lab would not run") as caught:
        _ = bad.page
    assert (caught.value.path, caught.value.line) == ("docs/labs/try.py", 4)


def drawn(kind: str = "display_data", **data: str) -> dict[str, Any]:
    return {"output_type": kind, "data": data}


FIGURE = {"image/svg+xml": "<svg/>"}


@pytest.mark.parametrize(
    ("options", "outputs", "says"),
    [
        ("", [], None),
        ("# alt: A\n", [drawn(**FIGURE)], None),
        ("", [{"output_type": "stream", "name": "stdout", "text": "a"}], None),
        ("", [drawn("execute_result", **{"text/plain": "3"})], None),
        ("", [drawn(**FIGURE)], "without alt text"),
        ("# alt: A\n", [], "draws no figure"),
        ("# alt: A\n", [drawn("execute_result", **FIGURE)], "shows twice"),
    ],
)
def test_figures_and_what_is_said_of_them(lab, options: str, outputs: list, says) -> None:
    found = lab(f"# %%\n{options}x\n")
    if says is None:
        check_figure(found, found.code[0], outputs)
        return
    with pytest.raises(PageError, match=says) as caught:
        check_figure(found, found.code[0], outputs)
    assert caught.value.line == found.code[0].line


def plain(lab, text: str, project: Project) -> str:
    found = lab("# %% [markdown]\n" + "".join(f"# {row}\n" for row in text.split("\n")))
    return portable(found.cells[0], found, project)


def test_prose_becomes_what_any_jupyter_shows(
    lab, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SITE_URL", raising=False)
    text = (
        "# T\n\n```text\n# as it is [[x]]\n```\n\nA [link](../index.md#part){ .x } and "
        "[site](https://a.org/b.md).\n\n!!! note\n    One.\n\nTwo.\n{: .big }\n\n"
        '???+ tip "Fold"\n    In\n\n        code'
    )
    assert plain(lab, text, project) == (
        "# T\n\n```text\n# as it is [[x]]\n```\n\nA link and [site](https://a.org/b.md).\n\n"
        "> **Note**\n>\n> One.\n\nTwo.\n\n\n"
        "<details>\n<summary>Fold</summary>\n\nIn\n\n    code\n\n</details>"
    )


def test_a_question_keeps_its_answer_folded(lab, project: Project) -> None:
    text = (
        '!!! predict "Predict first"\n    Which?\n\n    - [ ] This,\n      or so.\n'
        "        - A reason\n          in two lines.\n    - [x] That.\n        - So it is."
    )
    assert plain(lab, text, project) == (
        "> **Predict first**\n>\n> Which?\n>\n> - **A** This,\n>   or so.\n> - **B** That.\n\n"
        "<details>\n<summary>The answer, and why</summary>\n\n"
        "- Not A. A reason in two lines.\n- **B is right.** So it is.\n\n</details>"
    )


@pytest.mark.parametrize(
    ("target", "address"),
    [
        ("../index.md", ""),
        ("../index.md#part", "#part"),
        ("../training/loop.md", "training/loop/"),
        ("../training/index.md#x", "training/#x"),
        ("other.ipynb", "labs/other/"),
    ],
)
def test_links_lead_to_the_site(
    lab, project: Project, monkeypatch: pytest.MonkeyPatch, target: str, address: str
) -> None:
    monkeypatch.setenv("SITE_URL", "https://a.org/course/")
    assert plain(lab, f"[it]({target})", project) == f"[it](https://a.org/course/{address})"


def test_only_the_prose_of_the_cell_is_taken(lab, project: Project) -> None:
    found = lab("# %% [markdown]\n# One.\n\n# %% [markdown]\n# Two.\n#\n# More.\n")
    assert [portable(cell, found, project) for cell in found.cells] == ["One.", "Two.\n\nMore."]
    with pytest.raises(PageError, match="no Python block stands above it"):
        plain(lab, "`{python} 1`", project)


def test_a_notebook_is_cells_and_metadata(lab) -> None:
    import json

    found = lab("# %% [markdown]\n# A\n\n# %%\nx\n\n# %%\n# fold: S\ny\n")
    ran = json.loads(notebook(found, ["A"], [[], [{"a": 1}]], {"key": "k"}))
    assert [cell["cell_type"] for cell in ran["cells"]] == ["markdown", "code", "code"]
    assert [cell["id"] for cell in ran["cells"]] == ["cell-0", "cell-1", "cell-2"]
    assert [cell.get("execution_count") for cell in ran["cells"]] == [None, 1, 2]
    assert ran["cells"][2]["outputs"] == [{"a": 1}]
    assert ran["cells"][2]["metadata"] == {"jupyter": {"source_hidden": True}}
    assert ran["cells"][1]["metadata"] == {}
    assert ran["metadata"]["pagekit"] == {"key": "k"}
    assert (ran["nbformat"], ran["nbformat_minor"]) == (4, 5)
    unrun = json.loads(notebook(found, ["A"], [], {}))
    assert [cell.get("execution_count") for cell in unrun["cells"]] == [None] * 3
    assert unrun["cells"][1]["outputs"] == [] and "pagekit" not in unrun["metadata"]


def test_only_code_decides_the_key(lab, project: Project) -> None:
    text = "# %% [markdown]\n# A\n\n# %%\nx\n"
    before = key(lab(text), project)
    assert len(before) == 24
    assert key(lab(text.replace("# A", "# B")), project) == before
    assert key(lab(text.replace("\nx", "\ny")), project) != before


def test_jupytext_reads_the_same_cells(lab) -> None:
    check_jupytext(lab(f"{FRONT}\n# %% [markdown]\n# A\n\n# %%\n# alt: a\nx\n\n\ny\n"))
    with pytest.raises(PageError, match="jupytext reads"):
        check_jupytext(lab('# %%\nx = """\n# %%\n"""\n'))
    with pytest.raises(PageError, match="jupytext reads this cell otherwise") as caught:
        check_jupytext(lab("# %%\nx\n\n# %%\n# %matplotlib inline\ny\n"))
    assert caught.value.line == 5


def test_what_a_cell_printed_is_one_text() -> None:
    segment = _segment(
        [
            {"output_type": "stream", "name": "stdout", "text": "a"},
            drawn(**FIGURE, **{"text/plain": "<Figure>"}),
            drawn("execute_result", **{"text/plain": "7"}),
            {"output_type": "stream", "name": "stdout", "text": "b\n"},
            drawn("execute_result", **{"text/plain": "8"}),
        ]
    )
    assert segment.output == "a\n7\nb\n8"
    assert (segment.figures, segment.phone) == (["<svg/>"], [""])


@pytest.mark.parametrize(
    ("source", "expected"),
    [("labs/try.ipynb", True), ("labs/try.md", False), ("a/labs/try.ipynb", False), ("x", False)],
)
def test_which_files_are_labs(source: str, expected: bool) -> None:
    assert is_lab(source) is expected


CELL = "# %%\n\n# %%\nx = 1\ny = 2\n"


@pytest.mark.parametrize(
    ("outputs", "line", "says"),
    [
        ([{"output_type": "error", "ename": "E", "evalue": "v"}], 4, "does not run: E: v"),
        ([{"output_type": "stream", "name": "stderr", "text": "oh\nno"}], 4, "standard error: oh$"),
        (
            [{"output_type": "stream", "name": "stderr", "text": "/tmp/ipykernel_1/2.py:2: A: b"}],
            5,
            "it warns: A: b",
        ),
        ([{"output_type": "stream", "name": "stdout", "text": "a\x1b"}], 4, "control character"),
        ([drawn("execute_result", **{"text/plain": "a\x00"})], 4, "control character"),
        ([drawn(**{"image/svg+xml": "x" * 1_000_001})], 4, "figure takes"),
        ([{"output_type": "stream", "name": "stdout", "text": "fine"}], None, ""),
        ([drawn(**FIGURE), drawn("execute_result", **{"text/plain": "7"})], None, ""),
    ],
)
def test_what_a_cell_may_say(lab, outputs: list, line: int | None, says: str) -> None:
    found = lab(CELL)
    if line is None:
        kernel.check_silent(outputs, found.code[1], found)
        return
    with pytest.raises(PageError, match=says) as caught:
        kernel.check_silent(outputs, found.code[1], found)
    assert (caught.value.path, caught.value.line) == ("docs/labs/try.py", line)


@pytest.mark.parametrize(
    ("trace", "line"),
    [
        ("", 4),
        ("Cell In[2], line 2", 5),
        ("\x1b[31mCell In[1], line 1\x1b[0m\nCell In[2], line 2\nFile x.py", 5),
        ("Cell In[9], line 1", 4),
    ],
)
def test_the_innermost_cell_is_to_blame(lab, trace: str, line: int) -> None:
    class Raised(Exception):
        ename, evalue = "KeyError", "\x1b[1m'k'"

    error = kernel._raised(Raised(trace), 1, lab(CELL))
    assert (error.line, error.message.partition(";")[0]) == (
        line,
        "this cell does not run: KeyError: 'k'",
    )


def test_of_an_output_is_kept_what_a_page_shows() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": "a", "more": 1}
    assert kernel._trimmed(stream) == {"output_type": "stream", "name": "stdout", "text": "a"}
    shown = {**drawn(**FIGURE, **{"text/html": "x"}), "metadata": {"a": 1}, "execution_count": 5}
    assert kernel._trimmed(shown) == {
        "output_type": "display_data",
        "data": FIGURE,
        "metadata": {"a": 1},
    }
    result = {**shown, "output_type": "execute_result"}
    assert kernel._trimmed(result)["execution_count"] == 5


def test_a_flood_is_refused(lab) -> None:
    found = lab(CELL)
    kernel.check_flood(SimpleNamespace(printed=100_000), found.code[1], found)
    with pytest.raises(PageError, match="it prints 100,001 bytes") as caught:
        kernel.check_flood(SimpleNamespace(printed=100_001), found.code[1], found)
    assert caught.value.line == 4


def test_a_lab_without_code_needs_no_kernel(lab, project: Project) -> None:
    outputs, record = kernel.execute(lab("# %% [markdown]\n# A\n"), project)
    assert outputs == [] and not record.depends and not record.versions


def test_a_kernel_knows_where_to_look(project: Project, tmp_path: Path) -> None:
    found = lab_environment(project, tmp_path)
    assert found[LOG] == str(tmp_path / "record")
    assert found["IPYTHONDIR"] == str(tmp_path)
    assert found["MATPLOTLIBRC"] == str(tmp_path / "matplotlibrc")
    assert found["TQDM_DISABLE"] == "1" and str(project.root) in found["PYTHONPATH"]


def mkdocs_page(source: str, edit: str | None = None) -> Any:
    return SimpleNamespace(file=SimpleNamespace(src_uri=source), edit_url=edit, render=print)


def test_the_hook_takes_labs_only(project: Project) -> None:
    page = mkdocs_page("labs/try.ipynb", "https://a.org/edit/labs/try.ipynb")
    hook.on_pre_page(page)
    assert page.edit_url == "https://a.org/edit/labs/try.py" and not hasattr(page, "render")
    page = mkdocs_page("labs/try.ipynb")
    hook.on_pre_page(page)
    assert page.edit_url is None
    page = mkdocs_page("index.md", "https://a.org/edit/index.md")
    hook.on_pre_page(page)
    assert page.edit_url == "https://a.org/edit/index.md" and page.render is print
    assert hook.on_page_read_source(page, {}) is None
    assert hook.on_page_content("<p>", page) is None


def test_where_another_page_is_wanted_a_lab_is_only_its_name(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGEKIT_ONLY", "docs/index.md")
    assert hook.on_page_read_source(mkdocs_page("labs/try.ipynb"), {}) == "# A lab\n"


def test_a_fault_of_a_lab_stops_a_build_and_shows_in_a_preview(
    lab, project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PageError):
        lab("x = 1\n")
    page = mkdocs_page("labs/try.ipynb")
    monkeypatch.delenv("PAGEKIT_LENIENT", raising=False)
    with pytest.raises(PageError, match="in no cell"):
        hook.on_page_read_source(page, {})
    monkeypatch.setenv("PAGEKIT_LENIENT", "1")
    shown = hook.on_page_read_source(page, {})
    assert shown is not None and "This page has a fault" in shown
    assert "docs/labs/try.py:1: this stands in no cell" in capsys.readouterr().err


def test_a_client_counts_what_the_cell_under_way_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import nbformat
    from nbclient import NotebookClient

    def begun() -> None:
        pass

    def ended() -> None:
        pass

    client = make_client(nbformat.v4.new_notebook(), tmp_path, lambda cell: 7, begun, ended)
    monkeypatch.setattr(NotebookClient, "process_message", lambda *_: "kept")

    def stream(text: str) -> Any:
        message = {"msg_type": "stream", "content": {"text": text}}
        return client.process_message(message, None, 0)

    def status(state: str) -> Any:
        message = {"msg_type": "status", "content": {"execution_state": state}}
        return client.process_message(message, None, 0)

    assert client.printed == 0 and status("busy") == "kept"
    for _ in range(2):
        assert stream("ä" * 50_000) == "kept" and client.printed == 100_000
        assert stream("x") is None and client.printed == 100_001
        assert status("idle") == "kept" and stream("") is None, "the cell is still the same"
        assert status("busy") == "kept" and client.printed == 0

    assert client.km.transport == "ipc" and client.km.ip == str(tmp_path / "kernel")
    assert client.km.connection_file == str(tmp_path / "kernel.json")
    assert client.resources["metadata"]["path"] == str(tmp_path / "empty")
    assert (tmp_path / "empty").is_dir() and not list((tmp_path / "empty").iterdir())
    settings = tmp_path / "profile_default" / "ipython_kernel_config.py"
    assert "InlineBackend" in settings.read_text()
    assert "pagekit.labs.figures" in settings.read_text()
    assert "savefig.facecolor: none" in (tmp_path / "matplotlibrc").read_text()
    assert (client.startup_timeout, client.shutdown_kernel) == (120, "immediate")
    assert client.coalesce_streams and not client.record_timing and not client.store_widget_state
    assert client.timeout_func(None) == 7
    assert (client.on_cell_execute, client.on_cell_executed) == (begun, ended)
    command = client.km.kernel_spec_manager.get_kernel_spec("whatever").argv
    assert command[:3] == [sys.executable, "-m", "ipykernel_launcher"]


def test_a_recorded_figure_still_needs_its_description(
    lab, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lab("# %%\nx\n")
    for outputs, says in (([[drawn(**FIGURE)]], "without alt text"), ([[]], None)):
        monkeypatch.setattr(
            notebooks, "load", lambda *_, outputs=outputs: (outputs, Record({"a": "b"}, {}))
        )
        if says:
            with pytest.raises(PageError, match=says):
                notebooks.run_labs(project)
            assert not found.notebook.exists()
        else:
            notebooks.run_labs(project, [found.path])
            assert '"a": "b"' in found.notebook.read_text()


def test_the_plugin_collects_the_files_of_the_labs(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugin.LabFile, "from_parent", lambda parent, path: (parent, path))
    parent: Any = object()
    lab = project.docs / "labs" / "try.py"
    found: Any = plugin.pytest_collect_file(lab, parent)
    assert found == (parent, lab)
    for name in ("labs/try.ipynb", "labs/part/try.py", "try.py"):
        assert plugin.pytest_collect_file(project.docs / name, parent) is None


@pytest.mark.parametrize(("stale", "more"), [(True, []), (False, ["--again"])])
def test_a_lab_runs_as_a_command_of_its_own(
    lab, project: Project, monkeypatch: pytest.MonkeyPatch, stale: bool, more: list[str]
) -> None:
    made: Any = object.__new__(plugin.LabItem)
    made.lab, made.path = lab("# %%\nx\n"), project.docs / "labs" / "try.py"
    made.config = SimpleNamespace(getoption=lambda name: {"--stale": stale}[name])
    ran: list[Any] = []
    made.run_command = lambda words, project: ran.append((words, project))
    made.work()
    assert ran == [(["pagekit.labs.notebooks", "docs/labs/try.py", *more], Project.here())]
    assert made.reportinfo() == (made.path, 0, "docs/labs/try.py")

    def fail(*_: object) -> None:
        raise CommandError("docs/labs/try.py:1: it fails")

    made.run_command = fail
    with pytest.raises(PageError, match=r"^docs/labs/try.py:1: it fails$"):
        made.work()


def test_a_lab_is_one_item_that_is_left_out_where_it_is_fresh(
    lab, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = lab("# %%\n# timeout: 5\nx\n\n# %%\ny\n")
    file: Any = object.__new__(plugin.LabFile)
    file.path = found.path
    options = {"--stale": True}
    file.config = SimpleNamespace(getoption=options.__getitem__)
    monkeypatch.setattr(plugin.LabItem, "from_parent", lambda parent, name: SimpleNamespace())
    for fresh in (True, False):
        monkeypatch.setattr(plugin.notebooks, "fresh", lambda *_, fresh=fresh: fresh)
        options["--stale"] = True
        assert len(list(file.collect())) == (not fresh)
        options["--stale"] = False
        (item,) = file.collect()
        assert (item.lab, item.label, item.expected) == (found, "try.py", 125.0)
        assert item.needs == frozenset()


def test_a_lab_that_names_what_is_not_declared_is_refused_when_it_is_collected(lab) -> None:
    found = lab("# ---\n# artefacts: [none]\n# ---\n\n# %%\nx\n")
    file: Any = object.__new__(plugin.LabFile)
    file.path = found.path
    file.config = SimpleNamespace(getoption=lambda name: False)
    with pytest.raises(PageError, match="there is no artefact 'none'") as caught:
        next(file.collect())
    assert (caught.value.path, caught.value.line) == ("docs/labs/try.py", 2)
