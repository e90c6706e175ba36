"""Makes the lock files anew (`make lock`), with uv.

uv resolves once for all systems and Pythons that `[tool.uv]` in pyproject.toml names, and writes
requirements that plain pip installs. Versions stay as they are locked unless the requirements, or
`--upgrade`, ask for others. Its one result is shared out to the files that `locks` describes.
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from locks.files import FOLDER, ROOT, Entry, entries, lock

OLDEST_PYTHON = "3.11"
HEADER = "# Made by `make lock` from {}; don't edit. See locks/__init__.py.\n"


def resolve(inputs: list[str], known: list[Entry], *options: str) -> list[Entry]:
    """What uv makes of these input files, keeping to `known` versions where it may."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "lock.txt"
        output.write_text("".join(f"{entry.name}=={entry.version}\n" for entry in known), "utf-8")
        command = [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header"),
            *("--universal", "--python-version", OLDEST_PYTHON, "--fork-strategy", "fewest"),
            *("--generate-hashes", "--only-binary", ":all:", "--output-file", str(output)),
        ]
        done = subprocess.run([*command, *options, *inputs], cwd=ROOT, check=False)
        if done.returncode:
            sys.exit("The lock files are as they were.")
        return plain(list(entries(output.read_text("utf-8"))))


def plain(found: list[Entry]) -> list[Entry]:
    """The entries without the marker that nearly all have: the systems that the course is for."""
    [(everywhere, _)] = Counter(entry.marker for entry in found).most_common(1)
    return [replace(entry, marker="") if entry.marker == everywhere else entry for entry in found]


def reached(found: list[Entry], roots: set[str], without: set[str]) -> set[str]:
    """The names of the packages that `roots` lead to by dependencies, none of them in `without`."""
    names: set[str] = set()
    while more := {
        entry.name
        for entry in found
        if entry.name not in names | without and entry.via & (roots | names)
    }:
        names |= more
    return names


def share_out(found: list[Entry]) -> dict[str, list[Entry]]:
    """The entries of each lock file. PyTorch's own needs for Linux alone are CUDA."""
    seeds = {
        entry.name
        for entry in found
        if "torch" in entry.via and entry.marker and "darwin" not in entry.marker
    }
    site = reached(found, {"-r requirements.txt"}, seeds)
    cuda = reached(found, {"-r requirements.txt"}, set()) - site
    files: dict[str, list[Entry]] = {"torch": [], "uv": [], "site": [], "cuda": [], "test": []}
    for entry in found:
        own = entry.name if entry.name in {"torch", "uv"} else ""
        part = "site" if entry.name in site else "cuda" if entry.name in cuda else "test"
        files[own or part].append(entry)
    return files


def cpu_build(torch: Entry, options: list[str]) -> Entry:
    """The CPU build of this PyTorch, from the index that pip's `options` lead to.

    It is on an index of its own. Without options, what is locked for this version stays.
    """
    version = f"{torch.version}+cpu"
    if options:
        with tempfile.NamedTemporaryFile("w", suffix=".in") as file:
            file.write(f"torch=={version} ; sys_platform == 'linux'\n")  # there is none for macOS
            file.flush()
            [found] = resolve([file.name], [], "--no-deps", *options)
        return replace(found, via=torch.via)
    for old in lock("torch-cpu"):
        if old.version == version:
            return replace(old, via=torch.via)
    sys.exit(
        f"The CPU build of torch {torch.version} is not locked. Say where it is (see the README):\n"
        '  make lock PIP_TORCH_ARGS="--index-url …"\n'
        "The lock files are as they were."
    )


def write(name: str, sources: str, found: list[Entry]) -> None:
    """Writes one lock file, with who asks for each package."""
    lines = [HEADER.format(sources)]
    for entry in sorted(found, key=lambda entry: (entry.name, entry.version)):
        marker = f" ; {entry.marker}" if entry.marker else ""
        hashes = "".join(f" \\\n    --hash=sha256:{value}" for value in entry.hashes)
        via = ", ".join(sorted(entry.via))
        lines.append(f"{entry.name}=={entry.version}{marker}{hashes}\n    # via {via}\n")
    (FOLDER / f"{name}.txt").write_text("".join(lines), "utf-8")


def main() -> None:
    """Resolves, then writes all files: an error before leaves the old ones as they were."""
    parser = argparse.ArgumentParser(prog="python -m locks", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="the newest version of all others")
    parser.add_argument("--rest", default="7 days", help="take nothing that is newer than this")
    parser.add_argument("--torch", default="", metavar="ARGS", help="pip's, for the CPU build")
    given = parser.parse_args()
    known = [] if given.upgrade else [e for n in ("site", "cuda", "test", "uv") for e in lock(n)]
    rest = ("--exclude-newer", given.rest)

    inputs = ["requirements.txt", "requirements-test.txt"]
    files = share_out(resolve(inputs, known, *rest))
    files["torch-cpu"] = [cpu_build(torch, given.torch.split()) for torch in files["torch"]]
    files["data"] = resolve(["requirements-data.txt"], [], "--no-deps", *rest)
    for name, found in files.items():
        write(name, "requirements-data.txt" if name == "data" else " and ".join(inputs), found)
    print("Locked:", ", ".join(f"{len(found)} in {name}.txt" for name, found in files.items()))


if __name__ == "__main__":
    main()
