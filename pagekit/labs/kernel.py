"""Executes a lab in a Jupyter kernel of the running Python and keeps what is worth keeping."""

import re
import sys
from typing import Any

from pagekit.errors import PageError
from pagekit.labs.client import lab_environment, make_client
from pagekit.labs.figures import PHONE
from pagekit.labs.source import Cell, Lab, check_figure
from pagekit.project import Project
from pagekit.run.process import limits
from pagekit.run.process.scratch import scratch, sweep
from pagekit.run.reads.record import Record, read_log

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FRAME = re.compile(r"Cell In\s?\[(?P<count>\d+)\], line (?P<line>\d+)")
_WARNING = re.compile(r"ipykernel_\d+[/\\]\d+\.py:(?P<line>\d+): (?P<text>\w+: .*)")
_SHOWN = {"text/plain", "image/svg+xml", PHONE}  # kinds of output
_ADVICE = "mend the cell, or the snippet that it calls"


def execute(lab: Lab, project: Project) -> tuple[list[list[dict[str, Any]]], Record]:
    """Run a lab's code in an empty folder, with the project's packages importable.

    Returns:
        the outputs of each code cell, and what the run turned out to depend on.

    Raises:
        PageError: a cell raises, warns, hangs or ends the kernel; with the lab's line.
    """
    if not lab.code:
        return [], Record()
    import nbformat
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from tqdm import tqdm

    cells = [nbformat.v4.new_code_cell(c.source, id=f"c{n}") for n, c in enumerate(lab.code)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    current = 0
    sweep("lab")  # what killed builds left behind
    with (
        scratch("lab") as folder,
        tqdm(total=len(lab.code), desc=lab.path.name, unit="cell", file=sys.stderr) as bar,
    ):

        def begun(cell_index: int, **_: Any) -> None:
            nonlocal current
            current = cell_index

        def ended(cell: Any, cell_index: int, execute_reply: Any) -> None:
            check_flood(client, lab.code[cell_index], lab)
            if execute_reply["content"]["status"] == "ok":
                check_silent(cell.outputs, lab.code[cell_index], lab)
                check_figure(lab, lab.code[cell_index], cell.outputs)
            bar.update()

        def timeout(cell: Any) -> int:
            return int(lab.code[int(cell["id"].removeprefix("c"))].timeout)

        client = make_client(notebook, folder, timeout, begun, ended)
        try:
            client.execute(cleanup_kc=True, env=lab_environment(project, folder))
            record = read_log(folder / "record")
        except CellExecutionError as error:
            raise _raised(error, current, lab) from None
        except CellTimeoutError as error:
            cell = lab.code[current]
            check_flood(client, cell, lab)
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
    return [[_trimmed(o) for o in cell.outputs] for cell in notebook.cells], record


def check_flood(client: Any, cell: Cell, lab: Lab) -> None:
    """Refuse a cell that prints more than a page takes."""
    if fault := limits.output_fault("", client.printed):
        raise PageError(fault, lab.name, cell.line)


def check_silent(outputs: list[Any], cell: Cell, lab: Lab) -> None:
    """Refuse a warning, all else on standard error, and what no page can show."""
    for output in outputs:
        if output["output_type"] == "error":  # of a figure, say, drawn after the cell's last line
            what = f"{output['ename']}: {output['evalue']}"
            raise PageError(f"this cell does not run: {what}; {_ADVICE}", lab.name, cell.line)
        text = output.get("text", "") or output.get("data", {}).get("text/plain", "")
        drawn = output.get("data", {}).get("image/svg+xml", "")
        if fault := limits.output_fault(text) or limits.figure_fault(drawn):
            raise PageError(fault, lab.name, cell.line)
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
    data = {k: v for k, v in output["data"].items() if k in _SHOWN}
    kept = {"output_type": kind, "data": data, "metadata": dict(output["metadata"])}
    if kind == "execute_result":
        kept["execution_count"] = output["execution_count"]
    return kept
