"""What a block or a lab knows of its surroundings: one small environment for both."""

import os
from pathlib import Path

from pagekit.run.reads.recorder import ROOT

# Nothing else is handed on: a variable that happens to be set here (the folder of another model, a
# password) would show in the results.
HANDED_ON = ("PATH", "HOME", "USER", "TMPDIR", "LANG", "LC_ALL", "TZ")

# Restrict the processor's instructions, and so change the last digits: part of a result's key.
PROCESSOR = ("ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS")

# What tells the libraries below NumPy and PyTorch how many threads to use.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

# A bar is for a terminal; on a page it would be what a block wrote to standard error.
NO_BARS = {"TQDM_DISABLE": "1"}

_PAGEKIT = Path(__file__).parents[1]


def environment(root: Path, threads: int = 1) -> dict[str, str]:
    """The variables of a process that runs a project's code, with the project importable.

    Args:
        root: the project's folder.
        threads: how many threads a library may use.
    """
    path = (_PAGEKIT / "run" / "recording", root, _PAGEKIT.parent)
    return {
        **{name: os.environ[name] for name in HANDED_ON if name in os.environ},
        **processor(),
        "GOMP_SPINCOUNT": os.environ.get("GOMP_SPINCOUNT", "10000"),  # see the Makefile
        **{name: str(threads) for name in THREADS},
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        ROOT: str(root),
    }


def processor() -> dict[str, str]:
    """The restrictions of the processor that are set."""
    return {name: os.environ[name] for name in PROCESSOR if name in os.environ}
