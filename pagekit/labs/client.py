"""The Jupyter kernel that a lab runs in, and the client that hands it the cells."""

import sys
from pathlib import Path
from typing import Any

from pagekit.project import Project
from pagekit.run.environment import NO_BARS, environment
from pagekit.run.process import limits
from pagekit.run.reads.recorder import LOG

# Figures as pages have them, and in no other format, which would go before these.
_IPYTHON = """
c.InlineBackend.figure_formats = set()
c.InteractiveShellApp.extensions = ["pagekit.labs.figures"]
c.HistoryManager.enabled = False
"""
_MATPLOTLIB = """
figure.facecolor: none
axes.facecolor: none
savefig.facecolor: none
"""


def make_client(notebook: Any, folder: Path, timeout: Any, begun: Any, ended: Any) -> Any:
    """A client that runs the notebook's cells in a kernel of the running Python.

    ``folder`` is the kernel's; it gets an empty one inside of it to run in. ``timeout`` says how
    many seconds a cell may take; ``begun`` and ``ended`` are called around each.
    """
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    class ThisPython(KernelSpecManager):
        """Knows one kernel, the Python that runs this, whatever is installed elsewhere."""

        def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=command, display_name="Python 3", language="python")

    class Client(NotebookClient):
        """Counts what the cell under way has printed, and keeps no more than a page takes."""

        printed = 0

        def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
            """Leave out what is too much; whoever waits for the cell then says so."""
            if msg["msg_type"] == "status" and msg["content"]["execution_state"] == "busy":
                self.printed = 0
            if msg["msg_type"] == "stream":
                self.printed += len(msg["content"]["text"].encode())
                if self.printed > limits.OUTPUT:
                    return None
            return super().process_message(msg, cell, cell_index)

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
    return Client(
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


def lab_environment(project: Project, folder: Path) -> dict[str, str]:
    """The variables of a kernel: those of a page's block, and where Jupyter is to look."""
    return {
        **environment(project.root),
        **NO_BARS,
        LOG: str(folder / "record"),
        "IPYTHONDIR": str(folder),
        "MATPLOTLIBRC": str(folder / "matplotlibrc"),
        "JUPYTER_PLATFORM_DIRS": "1",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
