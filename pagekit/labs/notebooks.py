"""Runs the labs: ``docs/labs/*.py`` become executed notebooks beside them, whole or not at all.

A notebook is run again only when its code, what it read or imported, the libraries or the modules
that run it changed; for changed prose it is only put together again. Its bytes depend on nothing
else, measured values aside.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pagekit.errors import PageError
from pagekit.labs.installer import CELL, install_code
from pagekit.labs.prose import portable
from pagekit.labs.source import Lab, check_figure, labs, read_lab
from pagekit.project import Project, write_whole
from pagekit.run import artefacts
from pagekit.run.reads.marks import file_hash
from pagekit.run.reads.record import Record
from pagekit.run.results import digest, shared

Outputs = list[list[dict[str, Any]]]

_RUN_BY = ("notebooks", "kernel", "client", "figures")  # modules of this folder


def run_labs(project: Project, paths: Iterable[Path] | None = None, again: bool = False) -> None:
    """Run the labs that changed, of those named or of all, and write their notebooks.

    Args:
        project: whose labs they are.
        paths: those to run; all unless given.
        again: run also those that did not change.

    Raises:
        PageError: the first fault, with ``docs/labs/NAME.py:LINE``; the notebook is as it was.
    """
    for path in paths or labs(project):
        lab = read_lab(path, project)
        prose = [portable(cell, lab, project) for cell in lab.cells if cell.kind == "markdown"]
        recorded = None if again else load(lab, project)
        if recorded is None:
            from pagekit.labs.kernel import execute

            check_jupytext(lab)
            outputs, record = execute(lab, project)
            record.depends = artefacts.recorded(record.depends, lab, "lab", 1, project)
        else:
            outputs, record = recorded
            check_figures(lab, outputs)
        stamp = _stamp(lab, project, outputs, record)
        text = notebook(lab, prose, outputs, stamp, install_code(lab, project))
        if not lab.notebook.is_file() or lab.notebook.read_text(encoding="utf-8") != text:
            write_whole(lab.notebook, text)


def key(lab: Lab, project: Project) -> str:
    """What decides a run and is known before it: code, data, Python, and what runs it."""
    here = Path(__file__)
    parts = {
        "name": lab.name,
        "code": [cell.source for cell in lab.code],
        **shared(project),
        "kernel": [file_hash(here.with_name(f"{n}.py")) for n in _RUN_BY],
    }
    return digest(parts)[:24]


def fresh(lab: Lab, project: Project) -> bool:
    """Whether the notebook's outputs are still true, and what it reads is what it should be."""
    read = artefacts.of_page(lab, project)
    return all(artefacts.fresh(a, project) for a in read) and load(lab, project) is not None


def load(lab: Lab, project: Project) -> tuple[Outputs, Record] | None:
    """The outputs of a lab's code cells and what they depend on.

    ``None`` if they are missing, stale, or not those that were recorded.
    """
    found = read_notebook(lab)
    try:
        stamp = found["metadata"]["pagekit"]
        record = Record(dict(stamp["depends"]), dict(stamp["versions"]))
        own = (c for c in found["cells"] if c["cell_type"] == "code" and c["id"] != CELL)
        outputs = [cell["outputs"] for cell in own]
        sound = stamp == _stamp(lab, project, outputs, record)
    except (KeyError, TypeError):
        return None
    return (outputs, record) if sound and record.holds(project.root) else None


def _stamp(lab: Lab, project: Project, outputs: Outputs, record: Record) -> dict[str, Any]:
    """What the notebook says of its run; ``checksum`` tells whether its outputs are still those."""
    return {"key": key(lab, project), "checksum": digest(outputs), **asdict(record)}


def read_notebook(lab: Lab) -> dict[str, Any]:
    """The notebook as it lies there; empty if there is none or it is damaged."""
    try:
        found = json.loads(lab.notebook.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def notebook(
    lab: Lab, prose: list[str], outputs: Outputs, record: dict[str, Any], install: str = ""
) -> str:
    """The notebook's text; without a record it is one that has not run.

    ``install`` is the code of a cell that goes before the lab's own cells of code, unless empty.
    """
    cells: list[dict[str, Any]] = []
    texts, results = iter(prose), iter(outputs)
    count = 0
    for number, cell in enumerate(lab.cells):
        entry: dict[str, Any] = {"id": f"cell-{number}", "metadata": {}, "cell_type": cell.kind}
        if cell.kind == "markdown":
            entry["source"] = next(texts)
        else:
            if install and not count:
                cells.append(_unrun(install))
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


def _unrun(code: str) -> dict[str, Any]:
    kind: dict[str, Any] = {"cell_type": "code", "execution_count": None, "outputs": []}
    return {"id": CELL, "metadata": {}, "source": code, **kind}


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


def main() -> int:
    """Run the labs that changed, of those named or of all."""
    parser = argparse.ArgumentParser(prog="python -m pagekit.labs.notebooks", description=__doc__)
    parser.add_argument("--again", action="store_true", help="run also those that did not change")
    parser.add_argument("labs", type=Path, nargs="*")
    options = parser.parse_args()
    project = Project.here()
    try:
        run_labs(project, [project.root / path for path in options.labs], options.again)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
    sys.exit(main())
