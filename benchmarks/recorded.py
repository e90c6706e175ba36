"""Measurements on disk: one JSON file a benchmark, every repeat as it was measured.

Medians, ratios and spreads are computed on reading, so that nobody has to trust a rounded number.
A file says when, on what processor and with which versions; never on whose machine.
"""

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from snippets.training.files import write_file
from snippets.training.speed.precision import has_fast_bfloat16

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
TRIALS = ROOT / "build" / "benchmarks"  # of other texts and other lengths: not kept in git

Row = dict[str, Any]


def record(
    name: str, rows: Iterable[Row], settings: Row | None = None, folder: Path = RESULTS
) -> dict[str, Any]:
    """Writes a benchmark's rows, its settings and where they come from; returns the result."""
    rows = list(rows)
    result = {
        "name": name,
        "measured": provenance(),
        "settings": settings or {},
        "rows": rows,
    }
    text = json.dumps(result, indent=1, allow_nan=False, ensure_ascii=False) + "\n"
    write_file(folder / f"{name}.json", text.encode())
    return result


def load(name: str, folder: Path = RESULTS) -> dict[str, Any]:
    """What `record` wrote: name, measured, settings, rows.

    Raises FileNotFoundError where nothing was measured, ValueError where the file is damaged.
    """
    path, again = folder / f"{name}.json", f"`make bench B={name}` measures it"
    try:
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
        if not isinstance(result["rows"], list) or not isinstance(result["measured"], dict):
            raise TypeError("rows and measured are missing")
    except FileNotFoundError:
        raise FileNotFoundError(f"{name} has not been measured (no {path.name}); {again}") from None
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f"{path.name} is damaged ({error}); {again} again") from error
    return result


def provenance() -> dict[str, Any]:
    """When, on what, with what: all that a number needs to be judged by."""
    return {
        "date": today(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "fast_bfloat16": has_fast_bfloat16(),
        "amx": torch.cpu._is_amx_tile_supported(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": version("transformers"),
        "commit": commit(),
    }


def today() -> str:
    """The date, in UTC: 2025-01-31."""
    return datetime.now(UTC).date().isoformat()


def processor() -> str:
    """The name that the processor gives itself; "unknown" where the system does not tell it."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    asked = ["sysctl", "-n", "machdep.cpu.brand_string"]  # macOS
    return said(asked) or platform.machine() or "unknown"


def commit() -> str | None:
    """The commit that was measured, with "+" where the code had changed since; None without git."""
    name = said(["git", "rev-parse", "--short=12", "HEAD"])
    if not name:
        return None
    code = ["snippets", "benchmarks/*.py"]  # the results themselves change with every benchmark
    return name + ("+" if said(["git", "status", "--porcelain", "--", *code]) else "")


def said(command: Sequence[str]) -> str:
    """What a command prints; nothing where it fails or does not exist."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def median(values: Sequence[float]) -> float:
    """The value in the middle: a slow moment of the machine does not move it."""
    return statistics.median(values)


def mean(values: Sequence[float]) -> float:
    """The arithmetic mean."""
    return statistics.fmean(values)


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The smallest and the largest."""
    return min(values), max(values)


def deviation(values: Sequence[float]) -> float | None:
    """The standard deviation of a sample (divided by n − 1); None for a single value."""
    return statistics.stdev(values) if len(values) > 1 else None


def ratios(values: Sequence[float], baseline: Sequence[float]) -> list[float]:
    """Baseline / value, round by round: what is measured side by side is compared side by side."""
    return [other / value for value, other in zip(values, baseline, strict=True)]


def against(values: Sequence[float], baseline: Sequence[float] | None) -> Row:
    """The median ratio to a baseline, and the spread of the ratios; None without a baseline."""
    if baseline is None:
        return {"ratio": None, "spread": None}
    found = ratios(values, baseline)
    return {"ratio": median(found), "spread": spread(found)}


def ratio_cells(row: Row) -> list[str]:
    """Ratio and spread of a row of a summary, for a table; empty without a baseline."""
    if row["ratio"] is None:
        return ["", ""]
    return [f"{row['ratio']:.2f}", "{:.2f}–{:.2f}".format(*row["spread"])]


def plus_minus(values: Sequence[float], digits: int = 3) -> str:
    """Mean ± standard deviation, as text: "1.583 ± 0.004"."""
    found = deviation(values)
    return f"{mean(values):.{digits}f}" + ("" if found is None else f" ± {found:.{digits}f}")


def markdown(rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; the first row is its head. Columns after the first are for numbers."""
    head, *body = [[str(cell) for cell in row] for row in rows]
    marks = ["---"] + ["--:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *body))
