"""Executes a lab in a Jupyter kernel of the running Python and keeps what is worth keeping."""

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from pagekit.errors import PageError
from pagekit.labs.source import Cell, Lab, check_figure
from pagekit.project import Project

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FRAME = re.compile(r"Cell In\s?\[(?P<count>\d+)\], line (?P<line>\d+)")
_WARNING = re.compile(r"ipykernel_\d+[/\\]\d+\.py:(?P<line>\d+): (?P<text>\w+: .*)")
_ADVICE = "mend the cell, or the snippet that it calls"

# Figures as SVG with real text, the same bytes each time, as pages have them.
_IPYTHON = """
c.InlineBackend.figure_formats = {"svg"}
c.InlineBackend.print_figure_kwargs = {"bbox_inches": "tight", "metadata": {"Date": None}}
c.HistoryManager.enabled = False
"""
_MATPLOTLIB = """
svg.fonttype: none
svg.hashsalt: pagekit
figure.facecolor: none
axes.facecolor: none
savefig.facecolor: none
"""

# A last cell of ours: which of the project's files did the lab import?
_IMPORTED = """
import os as _os, sys as _sys
_files = (getattr(m, "__file__", None) for m in list(_sys.modules.values()))
print("\\n".join(sorted(_os.path.abspath(f) for f in _files if f)))
"""


def execute(lab: Lab, project: Project) -> tuple[list[list[dict[str, Any]]], list[str]]:
    """Run a lab's code in an empty folder, with the project's packages importable.

    Returns:
        the outputs of each code cell, and the project's files that were imported.

    Raises:
        PageError: a cell raises, warns, hangs or ends the kernel; with the lab's line.
    """
    if not lab.code:
        return [], []
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from tqdm import tqdm

    sources = [cell.source for cell in lab.code] + [_IMPORTED]
    cells = [nbformat.v4.new_code_cell(s, id=f"c{n}") for n, s in enumerate(sources)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    current = 0
    with (
        tempfile.TemporaryDirectory(prefix="lab-") as folder,
        tqdm(total=len(lab.code), desc=lab.path.name, unit="cell", file=sys.stderr) as bar,
    ):

        def begun(cell_index: int, **_: Any) -> None:
            nonlocal current
            current = cell_index

        def ended(cell: Any, cell_index: int, execute_reply: Any) -> None:
            if cell_index < len(lab.code):
                if execute_reply["content"]["status"] == "ok":
                    check_silent(cell.outputs, lab.code[cell_index], lab)
                    check_figure(lab, lab.code[cell_index], cell.outputs)
                bar.update()

        def timeout(cell: Any) -> int:
            number = int(cell["id"].removeprefix("c"))
            return int(lab.code[number].timeout) if number < len(lab.code) else 30

        client = _client(notebook, Path(folder), timeout, begun, ended)
        try:
            client.execute(cleanup_kc=True, env=_environment(project, Path(folder)))
        except CellExecutionError as error:
            raise _raised(error, current, lab) from None
        except CellTimeoutError as error:
            cell = lab.code[current]
            raise PageError(
                f"this cell hangs: it has not ended after {cell.timeout:.0f} s; make it quicker, "
                "or allow more with `# timeout: …`",
                lab.name,
                cell.line,
            ) from error
        except DeadKernelError as error:
            line = lab.code[min(current, len(lab.code) - 1)].line
            raise PageError(f"this cell ended its process; {_ADVICE}", lab.name, line) from error
        except RuntimeError as error:
            raise PageError(f"the notebook's kernel does not run: {error}", lab.name, 1) from error
    *shown, last = notebook.cells
    inside = f"{project.root}{os.sep}"
    files = "".join(output.get("text", "") for output in last.outputs).splitlines()
    imported = [os.path.relpath(f, project.root) for f in files if f.startswith(inside)]
    kept = [f for f in imported if not f.startswith((".venv", f"pagekit{os.sep}"))]
    return [[_trimmed(o) for o in cell.outputs] for cell in shown], kept


def _client(notebook: Any, folder: Path, timeout: Any, begun: Any, ended: Any) -> Any:
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class ThisPython(KernelSpecManager):
        """Knows one kernel, the Python that runs this, whatever is installed elsewhere."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=command, display_name="Python 3", language="python")

    (folder / "empty").mkdir()
    (folder / "profile_default").mkdir()
    (folder / "profile_default" / "ipython_kernel_config.py").write_text(_IPYTHON)
    (folder / "matplotlibrc").write_text(_MATPLOTLIB)
    manager = AsyncKernelManager(
        kernel_spec_manager=ThisPython(),
        connection_file=str(folder / "kernel.json"),
        transport="ipc",  # files that only we can read, where TCP would be open to the machine
        ip=str(folder / "kernel"),
    )
    return NotebookClient(
        notebook,
        km=manager,
        resources={"metadata": {"path": str(folder / "empty")}},
        timeout_func=timeout,
        startup_timeout=120,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        shutdown_kernel="immediate",
        on_cell_execute=begun,
        on_cell_executed=ended,
    )


def _environment(project: Project, folder: Path) -> dict[str, str]:
    return {
        "GOMP_SPINCOUNT": "10000",  # see the Makefile
        **os.environ,
        "PYTHONPATH": os.pathsep.join(
            part for part in (str(project.root), os.environ.get("PYTHONPATH")) if part
        ),
        "IPYTHONDIR": str(folder),
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def check_silent(outputs: list[Any], cell: Cell, lab: Lab) -> None:
    """Refuse a warning, and whatever else a cell writes to standard error."""
    for output in outputs:
        if output["output_type"] == "error":  # of a figure, say, drawn after the cell's last line
            what = f"{output['ename']}: {output['evalue']}"
            raise PageError(f"this cell does not run: {what}; {_ADVICE}", lab.name, cell.line)
    told = "".join(o["text"] for o in outputs if o.get("name") == "stderr").strip()
    if not told:
        return
    if found := _WARNING.search(told):
        line = cell.line + int(found["line"]) - 1
        raise PageError(f"it warns: {found['text']}; {_ADVICE}", lab.name, line)
    raise PageError(f"it writes to standard error: {told.splitlines()[0]}", lab.name, cell.line)


def _raised(error: Any, current: int, lab: Lab) -> PageError:
    """The innermost frame that lies in a cell says which line is to blame."""
    frames = [(int(m["count"]), int(m["line"])) for m in _FRAME.finditer(_ANSI.sub("", str(error)))]
    number, within = frames[-1] if frames else (current + 1, 1)
    cell = lab.code[min(number, len(lab.code)) - 1]
    what = _ANSI.sub("", f"{error.ename}: {error.evalue}").strip()
    return PageError(f"this cell does not run: {what}; {_ADVICE}", lab.name, cell.line + within - 1)


def _trimmed(output: Any) -> dict[str, Any]:
    """An output with what a page shows of it: text and SVG; nothing that names this run."""
    kind = output["output_type"]
    if kind == "stream":
        return {"output_type": kind, "name": output["name"], "text": output["text"]}
    data = {k: v for k, v in output["data"].items() if k in {"text/plain", "image/svg+xml"}}
    kept = {"output_type": kind, "data": data, "metadata": dict(output["metadata"])}
    if kind == "execute_result":
        kept["execution_count"] = output["execution_count"]
    return kept
