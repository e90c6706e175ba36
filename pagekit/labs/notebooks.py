"""Runs the labs: ``docs/labs/*.py`` become executed notebooks beside them, whole or not at all.

A notebook is run again only when its code, what it imported, the trained model, the libraries or
this module changed; for changed prose it is only put together again. Its bytes depend on nothing
else, measured values aside.
"""

import hashlib
import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from pagekit.errors import PageError
from pagekit.labs.prose import portable
from pagekit.labs.source import Lab, check_figure, labs, read_lab
from pagekit.project import Project, write_whole
from pagekit.run.results import LIBRARIES, file_hash

Outputs = list[list[dict[str, Any]]]


def run_labs(project: Project) -> None:
    """Run the labs that changed and write their notebooks.

    Raises:
        PageError: the first fault, with ``docs/labs/NAME.py:LINE``; the notebook is as it was.
    """
    for path in labs(project):
        lab = read_lab(path, project)
        prose = [portable(cell, lab, project) for cell in lab.cells if cell.kind == "markdown"]
        recorded = load(lab, project)
        if recorded is None:
            from pagekit.labs.kernel import execute

            check_jupytext(lab)
            outputs, imported = execute(lab, project)
            depends = {name: file_hash(project.root / name) for name in imported}
        else:
            outputs, depends = recorded
            check_figures(lab, outputs)
        text = notebook(lab, prose, outputs, {"key": key(lab, project), "depends": depends})
        if not lab.notebook.is_file() or lab.notebook.read_text(encoding="utf-8") != text:
            write_whole(lab.notebook, text)


def key(lab: Lab, project: Project) -> str:
    """What decides a run and is known before it: code, model, data, libraries, and this module."""
    model = sorted((project.build / "minigpt").rglob("*"))
    here = Path(__file__)
    parts = {
        "name": lab.name,
        "code": [cell.source for cell in lab.code],
        "model": [(path.name, file_hash(path)) for path in model if path.is_file()],
        "data": file_hash(project.root / "requirements-data.txt"),
        "libraries": _libraries(),
        "recorder": [file_hash(here), file_hash(here.with_name("kernel.py"))],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def load(lab: Lab, project: Project) -> tuple[Outputs, dict[str, str]] | None:
    """The outputs of a lab's code cells and what they depend on; ``None`` if missing or stale."""
    found = read_notebook(lab)
    record = found.get("metadata", {}).get("pagekit", {})
    if not record or record.get("key") != key(lab, project):
        return None
    if any(file_hash(project.root / name) != mark for name, mark in record["depends"].items()):
        return None
    outputs = [cell["outputs"] for cell in found["cells"] if cell["cell_type"] == "code"]
    return outputs, record["depends"]


def read_notebook(lab: Lab) -> dict[str, Any]:
    """The notebook as it lies there; empty if there is none or it is damaged."""
    try:
        found = json.loads(lab.notebook.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def notebook(lab: Lab, prose: list[str], outputs: Outputs, record: dict[str, Any]) -> str:
    """The notebook's text; without a record it is one that has not run."""
    cells: list[dict[str, Any]] = []
    texts, results = iter(prose), iter(outputs)
    count = 0
    for number, cell in enumerate(lab.cells):
        entry: dict[str, Any] = {"id": f"cell-{number}", "metadata": {}, "cell_type": cell.kind}
        if cell.kind == "markdown":
            entry["source"] = next(texts)
        else:
            count += 1
            entry["source"] = cell.source
            entry["execution_count"] = count if record else None
            entry["outputs"] = next(results, [])
            if "fold" in cell.options:
                entry["metadata"] = {"jupyter": {"source_hidden": True}}
        cells.append(entry)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        **({"pagekit": record} if record else {}),
    }
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write_unrun(project: Project) -> None:
    """Put a notebook that has not run where there is none: for previews; no build takes it."""
    for path in labs(project):
        lab = read_lab(path, project)
        if not lab.notebook.is_file():
            prose = [cell.source for cell in lab.cells if cell.kind == "markdown"]
            write_whole(lab.notebook, notebook(lab, prose, [], {}))


def check_figures(lab: Lab, outputs: Outputs) -> None:
    """Refuse a cell whose figure and whose alt text do not go together."""
    for cell, shown in zip(lab.code, outputs, strict=True):
        check_figure(lab, cell, shown)


def check_jupytext(lab: Lab) -> None:
    """Refuse a lab that jupytext, with which others open it, would cut into other cells."""
    import jupytext

    text = "\n".join(lab.lines)
    read = jupytext.reads(text, fmt="py:percent").cells
    read = [cell for cell in read if cell.cell_type != "raw"]
    if [cell.cell_type for cell in read] != [cell.kind for cell in lab.cells]:
        raise PageError("jupytext reads other cells; look for `# %%` within a string", lab.name, 1)
    for theirs, ours in zip(read, lab.cells, strict=True):
        if not theirs.source.strip("\n").endswith(ours.source.strip("\n")):
            raise PageError("jupytext reads this cell otherwise: no magics", lab.name, ours.line)


@cache
def _libraries() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in LIBRARIES}


def main() -> int:
    """Run the labs that changed."""
    try:
        run_labs(Project.here())
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
    sys.exit(main())
