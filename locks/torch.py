"""Installs PyTorch as it is locked, the CPU build where there is one: `python -m locks.torch`.

The CPU build is all that the course needs, and without NVIDIA's libraries a tenth of the size.
PyTorch has it on an index of its own; pip also finds it where its settings name a folder that has
it. Arguments are handed on to pip.

Each build has a lock file of its own: of several files with the right hash, pip takes the one whose
hash an index states, and a folder states none.
"""

import subprocess
import sys
from typing import Any

PIP = [sys.executable, "-m", "pip", "install", "--disable-pip-version-check"]
LOCKED = ["--require-hashes", "--only-binary=:all:", "--no-deps"]


def pip(options: list[str], build: str, **how: Any) -> subprocess.CompletedProcess[str]:
    """Runs pip for one build."""
    command = [*PIP, *LOCKED, *options, "-r", f"locks/{build}.txt"]
    return subprocess.run(command, text=True, check=False, **how)


def main(options: list[str]) -> int:
    """Installs one build; returns the exit status of pip."""
    cpu = pip(options, "torch-cpu", stderr=subprocess.PIPE)
    if cpu.returncode and "No matching distribution found for torch==" in cpu.stderr:
        print("pip finds no CPU build of PyTorch: taking the default one", flush=True)
        return pip(options, "torch").returncode
    sys.stderr.write(cpu.stderr)
    return cpu.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
