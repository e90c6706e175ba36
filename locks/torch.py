"""Installs PyTorch as it is locked, the CPU build where there is one: `python -m locks.torch`.

The CPU build is a tenth of the size of the default one and all that the course needs. PyTorch has it
on an index of its own; pip also finds it where its settings name such an index or a folder.
Arguments are handed on to pip.
"""

import subprocess
import sys

PIP = [sys.executable, *"-m pip install --disable-pip-version-check".split()]
SAFE = "--require-hashes --only-binary=:all: --no-deps".split()


def main(options: list[str]) -> int:
    """The exit status of pip."""
    cpu = subprocess.run(
        [*PIP, *SAFE, *options, "-r", "locks/torch-cpu.txt"], stderr=subprocess.PIPE, text=True
    )
    if cpu.returncode and "No matching distribution found for torch==" in cpu.stderr:
        print("There is no CPU build of PyTorch here: taking the default one")
        return subprocess.run([*PIP, *SAFE, *options, "-r", "locks/torch.txt"]).returncode
    sys.stderr.write(cpu.stderr)
    return cpu.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
