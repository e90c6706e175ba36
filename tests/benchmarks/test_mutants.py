import json
import os
import subprocess
from collections import Counter
from dataclasses import replace

import pytest

from benchmarks.mutant_tests import OF_PAGEKIT, OF_SNIPPETS, own_tests
from benchmarks.mutants import PACKAGES, Copy, draw, equivalents, judge_all, shares
from benchmarks.mutation import mutants
from benchmarks.recorded import ROOT
from tests.pagekit.run.test_machine import wait_for

MODULE = "snippets/part/climb.py"
FIXTURE = {
    MODULE: (
        "def climb(start, end):\n    while start < end:\n        start += 2\n    return start\n"
    ),
    "snippets/part/unsound.py": "ONE = 1\n",
    "tests/snippets/part/test_climb.py": (
        "from pathlib import Path\nfrom snippets.part.climb import climb\n\n\n"
        "def test_it_ends_at_the_top():\n    assert climb(0, 4) == 4\n\n\n"
        "def test_it_finds_what_was_made():\n"
        "    assert Path('build/made/file.txt').read_text() == 'made'\n"
        "    assert not Path('build/other').exists()\n"
    ),
    "tests/snippets/part/test_unsound.py": "def test_it_fails_anyway():\n    assert False\n",
    "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["."]\nfilterwarnings = ["error"]\n',
    "artefacts.toml": "".join(
        f'[{name}]\ncommand = "python -m snippets.part.climb {{folder}}"\n'
        for name in ("made", "not-yet")
    ),
    ".gitignore": "ignored/\nbuild/\n",
    "build/made/file.txt": "made",
    "build/other/file.txt": "",
    "ignored/file.txt": "",
}


@pytest.fixture
def project(tmp_path):
    for name, text in FIXTURE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    return tmp_path


def judged(project, drawn, tell=lambda row: None):
    return judge_all(drawn, project, 1, tell, libraries=("pytest",))


def test_a_module_s_own_tests_judge_its_mutants(project):
    drawn = [m for path in (MODULE, "snippets/part/unsound.py") for m in mutants(path, project)]
    drawn = [m for m in drawn if m.after != "pass"]  # it would climb for ever
    told = []
    rows = judged(project, drawn, told.append)
    assert rows == told
    found = {(row["line"], row["after"]): row for row in rows if row["path"] == MODULE}
    assert {key: row["status"] for key, row in found.items()} == {
        (2, "while start <= end:"): "killed",
        (2, "while start >= end:"): "killed",
        (3, "start += 3"): "killed",
        (4, "return None"): "killed",
    }
    assert found[4, "return None"]["by"].endswith("::test_it_ends_at_the_top")
    assert [row["status"] for row in rows if row["path"] != MODULE] == ["unjudged"]
    assert (project / MODULE).read_text() == FIXTURE[MODULE], "only a copy is changed"
    found = [(s.package, s.drawn, s.noticed) for s in shares(rows)]
    assert found == [("snippets", 5, 4), ("pagekit", 0, 0), ("both", 5, 4)]


def test_a_mutant_that_never_ends_is_stopped(project, monkeypatch):
    monkeypatch.setattr("benchmarks.mutants.LEAST", 3.0)
    monkeypatch.setattr("benchmarks.mutants.TIMES", 0.0)
    rows = judged(project, [m for m in mutants(MODULE, project) if m.after == "pass"])
    assert [row["status"] for row in rows] == ["timed out"]


def test_a_server_that_is_ended_takes_its_tests_along(project, monkeypatch):
    (project / "tests/snippets/part/test_climb.py").write_text(
        "import os, pathlib, time\n\n\ndef test_it_takes_for_ever():\n"
        "    pathlib.Path('pid').write_text(str(os.getpid()))\n    time.sleep(100)\n"
    )
    place = project / "copy"
    place.mkdir()
    copy = Copy(project, place, {}, libraries=("pytest",))
    job = {"path": MODULE, "text": FIXTURE[MODULE], "tests": ["tests/snippets/part/test_climb.py"]}
    print(json.dumps({**job, "limit": 100}), file=copy.process.stdin, flush=True)
    pid = place / "pid"
    wait_for(lambda: pid.exists() and bool(pid.read_text()))
    copy.process.terminate()
    copy.process.communicate()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_what_no_test_notices_survives(project):
    (project / "tests/snippets/part/test_climb.py").write_text("def test_nothing():\n    pass\n")
    assert [row["status"] for row in judged(project, mutants(MODULE, project)[:1])] == ["survived"]


def test_a_sample_has_each_module_and_depends_on_the_seed_alone(project):
    one = mutants(MODULE, project)
    found = {
        name: [replace(m, path=name, line=n, after=f"{n} {m.after}") for n in range(9) for m in one]
        for name in ("a", "b", "c")
    }
    assert draw(found, 12, 1, {}) == draw(dict(reversed(found.items())), 12, 1, {})
    assert draw(found, 12, 1, {}) != draw(found, 12, 2, {})
    assert Counter(m.path for m in draw(found, 3, 1, {})) == {"a": 1, "b": 1, "c": 1}
    drawn = draw(found, 12, 1, {})
    assert len(set(drawn)) == 12
    same = {(m.path, m.before, m.after): "it does the same" for m in drawn}
    assert not set(drawn) & set(draw(found, 200, 1, same))


def every_module():
    return [
        p.relative_to(ROOT).as_posix() for name in PACKAGES for p in (ROOT / name).rglob("*.py")
    ]


def test_every_module_has_tests():
    for path in every_module():
        if mutants(path, ROOT):
            assert own_tests(path, ROOT)
    for table, package in ((OF_PAGEKIT, "pagekit"), (OF_SNIPPETS, "snippets")):
        for module, files in table.items():
            place = ROOT / package / module
            assert place.is_dir() or place.with_suffix(".py").is_file(), module
            for file in files:
                assert (ROOT / "tests" / package / file).is_file(), file
    with pytest.raises(ValueError, match=r"name them in mutant_tests\.py"):
        own_tests("snippets/nowhere/nothing.py", ROOT)


def test_equivalent_mutants_are_mutants_and_say_why():
    known = {(m.path, m.before, m.after) for path in every_module() for m in mutants(path, ROOT)}
    for named, why in equivalents().items():
        assert named in known, "the code has changed: the mutant no longer exists"
        assert len(why) > 10
