"""When a run was, on what processor and with what: all that its numbers need to be judged by."""

import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pagekit.run.environment import processor
from pagekit.run.parallel import schedule

CPUINFO = Path("/proc/cpuinfo")


def provenance(versions: Mapping[str, str]) -> dict[str, Any]:
    """What is known of a run that is taking place now; never on whose machine.

    Args:
        versions: the installed packages that it imports.
    """
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor_name(),
        "restrictions": processor(),
        "cores": schedule.cores(),
        "system": platform.system(),
        "python": platform.python_version(),
        "versions": dict(sorted(versions.items())),
    }


def processor_name() -> str:
    """The name that the processor gives itself, or else its kind."""
    try:
        rows = CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        rows = []
    named = (row.partition(":")[2].strip() for row in rows if row.startswith("model name"))
    return next(named, "") or _of_a_mac() or platform.machine() or "unknown"


def _of_a_mac() -> str:
    command = ["sysctl", "-n", "machdep.cpu.brand_string"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()
