"""A chain behaves as the one program that a reader copies."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.run.process.program import Program


def test_the_program_is_the_copy(project: Project, tmp_path: Path) -> None:
    page = project.docs / "page.md"
    page.write_text(
        "# T\n\n```python\n\n\nx = 1\n\n```\n\n<!--pytest-codeblocks:cont-->\n```python\nx += 1\n"
        "```\n\n<!--pytest-codeblocks:cont-->\n```python\n# nothing\n```\n"
    )
    (chain,) = read_page(page, project).chains
    program = Program([fence.code for fence in chain.fences], str(tmp_path / "program.py"))
    assert program.text == chain.code
    assert (tmp_path / "program.py").read_text() == chain.code
    for number, fence in enumerate(chain.fences):
        for line, text in enumerate(fence.code.splitlines()):
            if text:
                within = chain.code.splitlines().index(text) + 1
                assert program.place(program.path, within) == {"segment": number, "line": line}
    assert program.place("elsewhere.py", 1) is None


def ran(tmp_path: Path, *sources: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for code in Program(list(sources), str(tmp_path / "program.py")).parts():
        exec(code, namespace)
    return namespace


CHAINS = [
    ["x = 1\n", "x += 1\n"],
    ["from __future__ import annotations\n", "def f(a: nowhere): pass\nx = f.__annotations__\n"],
    ["x = 1\n", "from __future__ import annotations\n"],
    ["def f(a: nowhere): pass\n", "x = 1\n"],
    ["\n\nx = [\n", "1]\n"],
    ["x = 1\nif x:\n    x = 2\n", "\n@staticmethod\ndef f():\n    return 1\nx = f()\n"],
    ["return 1\n", "x = 2\n"],
    ["# nothing\n", "x = 3\n"],
    ["x = 1\n", "  x = 2\n"],
]


@pytest.mark.parametrize("sources", CHAINS)
def test_a_chain_runs_if_its_copy_runs(tmp_path: Path, sources: list[str]) -> None:
    copy = Program(sources, str(tmp_path / "copy.py")).text + "print(repr(x))\n"
    done = subprocess.run([sys.executable, "-c", copy], capture_output=True, text=True, check=False)
    try:
        shown = repr(ran(tmp_path, *sources)["x"])
    except (SyntaxError, NameError) as error:
        refused = "a fence holds whole ones" in str(error)  # stricter than Python, and says so
        assert done.returncode or refused
    else:
        assert (done.returncode, done.stdout) == (0, f"{shown}\n")


def test_an_error_names_its_line(tmp_path: Path) -> None:
    program = Program(["x = 1\n", "\n\ny = x\nz = = 2\n"], str(tmp_path / "program.py"))
    with pytest.raises(SyntaxError) as caught:
        program.parts()
    assert program.place(program.path, caught.value.lineno or 0) == {"segment": 1, "line": 3}
    late = Program(["x = 1\n", "from __future__ import annotations\n"], str(tmp_path / "late.py"))
    with pytest.raises(SyntaxError, match="must occur at the beginning") as caught:
        late.parts()
    assert late.place(late.path, caught.value.lineno or 0) == {"segment": 1, "line": 0}


def test_a_statement_that_goes_on_in_the_next_fence_is_refused_at_its_line(tmp_path: Path) -> None:
    program = Program(["x = 1\ny = [\n", "1]\n"], str(tmp_path / "program.py"))
    with pytest.raises(SyntaxError, match="a fence holds whole ones") as caught:
        program.parts()
    assert program.place(program.path, caught.value.lineno or 0) == {"segment": 0, "line": 1}
