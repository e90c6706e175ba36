"""Blocks run as a reader's copy would, apart from each other; faults name their line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from pagekit.errors import PageError
from pagekit.project import Project, working_in
from pagekit.read.blocks import read_page
from pagekit.run import results
from pagekit.run.forkserver import ForkServer
from pagekit.run.plugin import page_error
from pagekit.run.session import run_blocks


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    server = ForkServer(tmp_path_factory.mktemp("root"))
    yield server
    server.close()


def ran(
    server: ForkServer, *sources: str, values: tuple[str, ...] = (), kind: str = "python"
) -> dict:
    return server.run(kind, list(sources), list(values), timeout=30)


def test_a_block_is_main_in_an_empty_folder(server: ForkServer) -> None:
    code = (
        "import os, pickle, sys\nprint(__name__, os.listdir('.'), sys.argv)\n"
        "class A: pass\npickle.dumps(A())"
    )
    assert ran(server, code)["segments"][0]["output"] == "__main__ [] ['']\n"


def test_nothing_leaks_from_one_chain_to_the_next(server: ForkServer) -> None:
    first = (
        "import torch, matplotlib, os\nx = 1\ntorch.manual_seed(3)\ntorch.set_num_threads(1)\n"
        "matplotlib.rcParams['font.size'] = 99\nopen('file', 'w').write('x')\n"
        "os.environ['LEAK'] = '1'\n"
        "torch.randn(600, 600) @ torch.randn(600, 600)"
    )
    assert "fault" not in ran(server, first)
    second = (
        "import torch, matplotlib, os\nprint('x' in globals(), torch.initial_seed() == 3,\n"
        "matplotlib.rcParams['font.size'], os.listdir('.'), 'LEAK' in os.environ)\n"
        "torch.randn(600, 600) @ torch.randn(600, 600)"
    )
    assert ran(server, second)["segments"][0]["output"] == "False False 10.0 [] False\n"


def test_a_variable_that_is_set_here_does_not_reach_a_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINIGPT_DIR", "/elsewhere")
    server = ForkServer(tmp_path)
    outcome = ran(server, "import os\nprint(os.environ.get('MINIGPT_DIR'), 'PATH' in os.environ)")
    server.close()
    assert outcome["segments"][0]["output"] == "None True\n"


def test_a_block_uses_no_other_instructions_than_its_surroundings_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As under `make site CPU=avx2`; "default" can be told from what any processor has."""
    names = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS")
    for name, value in zip(names, ("default", "AVX2", "AVX2"), strict=True):
        monkeypatch.setenv(name, value)
    server = ForkServer(tmp_path)
    outcome = ran(
        server,
        "import os, torch\nprint(torch.backends.cpu.get_cpu_capability())\n"
        f"print(*(os.environ[name] for name in {names}))",
    )
    server.close()
    assert outcome["segments"][0]["output"] == "DEFAULT\ndefault AVX2 AVX2\n"


def test_a_chain_shares_its_names_and_keeps_its_outputs_apart(server: ForkServer) -> None:
    outcome = ran(server, "x = 1\nprint('one')", "x += 1\nprint('two', x)", values=("x * 10",))
    assert [s["output"] for s in outcome["segments"]] == ["one\n", "two 2\n"]
    assert outcome["values"] == {"x * 10": "20"}


def test_output_of_child_processes_is_kept_in_order(server: ForkServer) -> None:
    code = "import subprocess\nprint('a', flush=True)\nsubprocess.run(['echo', 'b'])\nprint('c')"
    assert ran(server, code)["segments"][0]["output"] == "a\nb\nc\n"


def test_figures_left_open_are_kept_and_the_same_each_time(server: ForkServer) -> None:
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.figure()\nplt.title('two')"
    first, second = (ran(server, code)["segments"][0]["figures"] for _ in range(2))
    assert len(first) == 2
    assert first == second
    assert ">two</text>" in first[1]


@pytest.mark.parametrize(
    ("code", "line", "says"),
    [
        ("x = 1\nraise KeyError('k')", 1, "KeyError: 'k'"),
        ("def f():\n    return 1 / 0\n\nf()", 1, "ZeroDivisionError"),
        ("import json\n\njson.loads('{')", 2, "JSONDecodeError"),
        ("x = (", 0, "SyntaxError"),
        ("import sys\nsys.exit(3)", 1, "exits with status 3"),
        ("import sys\nsys.exit()", 1, "exits with status None"),
        ("import os\nos._exit(4)", None, "ends the process with status 4"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", None, "SIGSEGV"),
        ("import warnings\n\nwarnings.warn('careful')", 2, "UserWarning: careful"),
    ],
)
def test_faults_are_told_with_their_line(
    server: ForkServer, code: str, line: int | None, says: str
) -> None:
    outcome = ran(server, code)
    assert says in outcome["fault"]
    assert (outcome["segment"], outcome["line"]) == (0, line)


def test_a_hanging_block_is_ended_with_all_it_started(server: ForkServer) -> None:
    code = "import subprocess\nsubprocess.Popen(['sleep', '60'])\nwhile True: pass"
    outcome = server.run("python", ["x = 1", code], [], timeout=1.0)
    assert outcome["segment"] == 1
    assert "hangs" in outcome["fault"]


def test_a_shell_block_stops_at_the_first_failure(server: ForkServer) -> None:
    assert ran(server, "echo hi", kind="shell")["segments"][0]["output"] == "hi\n"
    assert "status 1" in ran(server, "false\necho on", kind="shell")["fault"]


def test_a_fault_in_an_include_names_the_page_and_the_snippet(project: Project) -> None:
    (project.docs / "index.md").write_text(
        '# T\n\n```python\nx = 1\n--8<-- "snippets/sums.py:fail"\nfail()\n```\n'
    )
    page = read_page(project.docs / "index.md", project)
    error = page_error({"fault": "E", "segment": 0, "line": 2}, page, page.chains[0])
    assert str(error).startswith("docs/index.md:5: ")
    assert "snippets/sums.py:9" in str(error)


def test_only_what_changed_runs_again(project: Project) -> None:
    """A chain goes stale by its own source, by what it imports, and by what it reads."""
    pages = {
        "imports": "```python\nfrom snippets.sums import add\nprint(add(1, 2))\n```\n",
        "includes": '```python\n--8<-- "snippets/sums.py:add"\nprint(add(1, 2))\n```\n',
        "alone": "```python\nprint(1)\n```\n\n```python\nprint(2)\n```\n",
        "reads": f"```python\nprint(open('{project.root}/build/data.txt').read())\n```\n",
    }
    for name, text in pages.items():
        (project.docs / f"{name}.md").write_text(f"# {name}\n\n{text}")
    project.build.mkdir()
    (project.build / "data.txt").write_text("one")

    def stale() -> set[str]:
        found = set()
        for path in project.pages():
            page = read_page(path, project)
            found |= {path.stem for c in page.chains if results.load(page, c, project) is None}
        return found

    assert run_blocks(project, stale_only=True) == 6
    assert stale() == set()
    assert run_blocks(project, stale_only=True) == 0

    sums = project.root / "snippets/sums.py"
    sums.write_text(sums.read_text().replace("as asked", "as asked for"))
    assert stale() == {"imports"}, "the included section did not change, the imported module did"
    sums.write_text(sums.read_text().replace("a + b", "b + a"))
    assert stale() == {"imports", "includes"}
    assert run_blocks(project, stale_only=True) == 2

    (project.build / "data.txt").write_text("two")
    assert stale() == {"reads"}
    run_blocks(project, stale_only=True)

    alone = project.docs / "alone.md"
    alone.write_text(alone.read_text().replace("# alone", "# quite alone"))
    assert stale() == set(), "prose is no part of a result"
    alone.write_text(alone.read_text().replace("print(2)", "print(3)"))
    assert run_blocks(project, stale_only=True) == 1, "one block of two changed"


def test_a_damaged_result_is_made_again(project: Project) -> None:
    run_blocks(project, stale_only=True)
    (record,) = project.results.rglob("*.json")
    whole = record.read_text()
    for damage in (whole[: len(whole) // 2], "", "[]", json.dumps({"segments": []})):
        record.write_text(damage)
        assert run_blocks(project, stale_only=True) == 1
        assert json.loads(record.read_text())["segments"][0]["output"] == "42\n"


def test_a_full_disk_is_one_clear_line_and_leaves_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(PageError, match="No space left on device; make room"):
        run_blocks(project)
    assert [p for p in project.results.rglob("*") if p.is_file()] == []


def test_results_of_blocks_that_are_gone_are_removed(project: Project) -> None:
    run_blocks(project)
    (project.docs / "index.md").write_text("# Home\n\n```python\nprint(1)\n```\n")
    with working_in(project.root):
        run_blocks(project)
    assert len(list((project.results / "index").glob("*.json"))) == 1
