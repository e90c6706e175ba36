"""The lock files: whole, and held to by `make setup`."""

import importlib.metadata as metadata
import itertools
import re

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement

from locks.__main__ import cpu_build, plain, share_out
from locks.check import faults
from locks.files import FOLDER, INPUTS, LOCKS, ROOT, Entry, entries, lock, normalized, pins

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
SYSTEMS = [
    ("linux", "Linux", "x86_64"),
    ("linux", "Linux", "aarch64"),
    ("darwin", "Darwin", "arm64"),
]


def here(entry: Entry, python: str, system: tuple[str, str, str]) -> bool:
    """Whether an entry is for this Python on this system."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "sys_platform": system[0],
        "platform_system": system[1],
        "platform_machine": system[2],
    }
    return not entry.marker or Marker(entry.marker).evaluate(environment)


def test_every_lock_is_made_of_the_requirements_beside_it() -> None:
    assert faults() == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_hashes_and_no_host(name: str) -> None:
    assert lock(name)
    assert all(entry.hashes for entry in lock(name))
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    assert "://" not in text
    # Nothing but entries: no option to pip, which could name another index.
    assert not re.search(r"^\s*-(?!-hash=sha256:[0-9a-f]{64})", text, re.MULTILINE)
    assert len(lock(name)) == len(re.findall(r"^[^#\s]", text, re.MULTILINE))


@pytest.mark.parametrize(("python", "system"), list(itertools.product(PYTHONS, SYSTEMS)))
def test_locks_cover(python: str, system: tuple[str, str, str]) -> None:
    """Each package that is asked for, once, whichever build of PyTorch is taken."""
    parts = ["torch", "site", "test", *(["cuda"] if system[0] == "linux" else [])]
    names = [entry.name for part in parts for entry in lock(part) if here(entry, python, system)]
    assert len(names) == len(set(names))
    asked = {name for source in INPUTS for name in pins((ROOT / source).read_text("utf-8"))}
    own = {entry.name for part in ("uv", "data") for entry in lock(part)}
    assert asked - own <= set(names)


def test_cuda_is_for_linux_alone() -> None:
    for entry, python in itertools.product(lock("cuda"), PYTHONS):
        assert not here(entry, python, SYSTEMS[2])
        assert here(entry, python, SYSTEMS[0])


def test_both_builds_of_pytorch_have_hashes_of_their_own() -> None:
    [default], [cpu] = lock("torch"), lock("torch-cpu")
    assert not set(default.hashes) & set(cpu.hashes)
    # A file per Python, for x86_64 and aarch64.
    assert len(cpu.hashes) >= 2 * len(PYTHONS)


def test_what_is_installed_is_what_is_locked() -> None:
    """Follows the dependencies as they are installed: none is missing from the locks."""
    locked = {e.name: e.version for part in ("torch", "site", "cuda", "test") for e in lock(part)}
    inputs = [(ROOT / source).read_text("utf-8") for source in INPUTS if "data" not in source]
    left = [Requirement(name) for text in inputs for name in pins(text) if name != "uv"]
    seen: set[str] = set()
    while left:
        requirement = left.pop()
        if str(requirement) in seen:
            continue
        seen.add(str(requirement))
        name = normalized(requirement.name)
        assert name in locked, f"{name} is needed and not locked"
        assert metadata.version(name).partition("+")[0] == locked[name].partition("+")[0], name
        for line in metadata.requires(name) or []:
            more = Requirement(line)
            extras = requirement.extras or {""}
            if not more.marker or any(more.marker.evaluate({"extra": e}) for e in extras):
                left.append(more)


def entry(name: str, *via: str, marker: str = "", version: str = "1") -> Entry:
    return Entry(name, version, marker, ("0" * 64,), frozenset(via))


def test_entries_are_read_as_they_stand() -> None:
    text = (
        "# a comment: name==1\n"
        "one==1.0 ; sys_platform == 'linux' \\\n"
        f"    --hash=sha256:{'b' * 64} \\\n    --hash=sha256:{'a' * 64}\n"
        "    # via\n    #   -r requirements.txt\n    #   Two\n"
        f"Two==2.0+cpu \\\n    --hash=sha256:{'c' * 64}\n    # via one, -r requirements.txt\n"
        "three==3\n"
    )
    assert list(entries(text)) == [
        Entry(
            "one",
            "1.0",
            "sys_platform == 'linux'",
            ("a" * 64, "b" * 64),
            frozenset({"-r requirements.txt", "two"}),
        ),
        Entry("two", "2.0+cpu", "", ("c" * 64,), frozenset({"one", "-r requirements.txt"})),
        Entry("three", "3", "", (), frozenset()),
    ]


@pytest.mark.parametrize("line", ["torch", "torch>=2", "-r other.txt", "torch @ file.whl"])
def test_a_requirement_without_an_exact_version_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=re.escape(line)):
        pins(f"# pinned\nnumpy==2.4.6\n{line}\n")


def test_what_only_the_default_build_needs_is_apart() -> None:
    linux = "sys_platform == 'linux'"
    found = [
        entry("torch", "-r requirements.txt"),
        entry("sympy", "torch"),
        entry("mac", "sympy", marker="sys_platform == 'darwin'"),
        entry("toolkit", "torch", marker=linux),
        entry("cublas", "toolkit", "cudnn", marker=linux),
        entry("cudnn", "toolkit", marker=linux),
        entry("pytest", "-r requirements.txt", "plugin"),
        entry("plugin", "-r requirements-test.txt"),
        entry("numbers", "sympy", "plugin"),
        entry("uv", "-r requirements-test.txt"),
    ]
    shared = {part: {e.name for e in there} for part, there in share_out(found).items()}
    assert shared == {
        "torch": {"torch"},
        "site": {"sympy", "mac", "pytest", "numbers"},
        "cuda": {"toolkit", "cublas", "cudnn"},
        "test": {"plugin"},
        "uv": {"uv"},
    }


def test_a_marker_that_nearly_all_have_is_left_out() -> None:
    everywhere, linux = "python_version < '3.15'", "sys_platform == 'linux'"
    found = [entry("a", marker=everywhere), entry("b", marker=everywhere), entry("c", marker=linux)]
    assert [e.marker for e in plain(found)] == ["", "", linux]


def test_a_new_pytorch_is_not_locked_without_its_cpu_build() -> None:
    [default], [cpu] = lock("torch"), lock("torch-cpu")
    assert cpu_build(default, []).hashes == cpu.hashes
    with pytest.raises(SystemExit, match=r"CPU build of torch 9\.9 .*\n.*PIP_TORCH_ARGS"):
        cpu_build(entry("torch", version="9.9"), [])
