"""Says whether the installed build of PyTorch needs `cuda.txt`: `python -m locks.cuda`.

PyTorch's default build for Linux depends on NVIDIA's libraries, gigabytes of them; its CPU build
and the one for macOS don't.
"""

import re
from importlib.metadata import requires

from locks.files import lock, normalized


def needed(requirements: list[str]) -> bool:
    """Whether one of these requirements of PyTorch is a package of `cuda.txt`."""
    names = {normalized(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in requirements}
    return not names.isdisjoint(entry.name for entry in lock("cuda"))


if __name__ == "__main__":
    if needed(requires("torch") or []):
        print("-r locks/cuda.txt")
