"""What runs again and what does not, and where a page is told to be at fault."""

import json

import pytest
import safetensors.torch
import torch

from pagekit.errors import PageError
from pagekit.project import Project, working_in
from pagekit.read.blocks import read_page
from pagekit.run import results
from pagekit.run.chains import page_error
from pagekit.run.session import run_blocks


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


READS = """# Reads

```python
import subprocess, sys
code = "from snippets.sums import add; print(add(1, 2))"
print(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
```

```sh
python -c "from snippets.sums import add; print(add(1, 2))"
```

```python
from pathlib import Path
import safetensors.torch, snippets
path = Path(snippets.__file__).parents[1] / "build" / "w.safetensors"
print(safetensors.torch.load_file(path)["a"].tolist())
```

```python
import safetensors, snippets
path = snippets.__file__.replace("snippets/__init__.py", "build/w.safetensors")
with safetensors.safe_open(path, "pt") as file:
    print(file.get_tensor("a").tolist())
```

```python
import numpy, snippets
path = snippets.__file__.replace("snippets/__init__.py", "build/numbers")
print(numpy.memmap(path, dtype="uint8").tolist())
```

```python
from pathlib import Path
import snippets
print(len(list(Path(snippets.__file__).parent.glob("*.py"))), "modules")
```

```python
from snippets.changing import x
import snippets
path = snippets.__file__.replace("__init__", "changing")
print(x, open(path, "a").write("x = 2\\n"))  # as an author might, meanwhile
```
"""


def test_no_result_is_shown_that_is_no_longer_true(project: Project) -> None:
    """Whoever reads, and whenever a file is saved: children, compiled readers, listings."""
    root = project.root
    project.build.mkdir()
    (root / "snippets/changing.py").write_text("x = 1\n")
    (project.build / "numbers").write_bytes(b"one")
    weights = project.build / "w.safetensors"
    safetensors.torch.save_file({"a": torch.ones(2)}, weights)
    (project.docs / "reads.md").write_text(READS)
    run_blocks(project)
    page = read_page(project.docs / "reads.md", project)

    def stale() -> list[int]:
        loaded = [results.load(page, chain, project) for chain in page.chains]
        return [number for number, result in enumerate(loaded) if result is None]

    assert stale() == [1, 6], "saved while it ran; a shell block counts for all snippets"
    (root / "snippets/sums.py").write_text("def add(a, b):\n    return 100 * (a + b)\n")
    assert stale() == [0, 1, 6]
    safetensors.torch.save_file({"a": torch.zeros(2)}, weights)
    assert stale() == [0, 1, 2, 3, 6]
    (project.build / "numbers").write_bytes(b"two")
    assert stale() == [0, 1, 2, 3, 4, 6]
    (root / "snippets/new.py").write_text("")
    assert stale() == [0, 1, 2, 3, 4, 5, 6]


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
