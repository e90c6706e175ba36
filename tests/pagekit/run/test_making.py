"""An artefact is there whole or not at all, whatever becomes of its command."""

import fcntl
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.run import artefacts, making
from tests.pagekit.run.conftest import SUM, change, made


def test_a_failing_command_leaves_what_was_there(
    artefact_project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    made(artefact_project)
    change(artefact_project, "snippets/total.py", "str(sum", "no_such_name(sum")
    with pytest.raises(PageError, match=r"artefacts\.toml: total was not made"):
        made(artefact_project)
    assert "NameError" in capfd.readouterr().err
    assert (artefact_project.build / "total" / "sum.txt").read_text() == "285"
    assert not artefacts.fresh(artefacts.declared(artefact_project)["total"], artefact_project)
    change(artefact_project, "snippets/total.py", "no_such_name(sum", "str(sum")
    assert made(artefact_project) == [], "the old one is true again"


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("sys.exit('no luck')", "no luck"),
        ("sys.exit(3)", ""),
        ("sys.exit(0)", "its command made no file"),
        ("pass", "its command made no file"),
    ],
)
def test_a_command_that_makes_nothing_is_a_fault(
    artefact_project: Project, capfd: pytest.CaptureFixture[str], end: str, said: str
) -> None:
    (artefact_project.root / "snippets/count.py").write_text(f"import sys\n{end}\n")
    with pytest.raises(PageError, match="squares was not made"):
        made(artefact_project)
    assert said in capfd.readouterr().err
    assert not (artefact_project.build / "squares").exists()


def test_what_changed_while_it_was_made_is_noticed(
    artefact_project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    path = artefact_project.root / "snippets" / "total.py"
    path.write_text(f"{SUM}\nPath('snippets/total.py').write_text('x = 1')\n")
    with pytest.raises(PageError, match="total was not made"):
        made(artefact_project)
    assert "changed meanwhile" in capfd.readouterr().err
    assert not (artefact_project.build / "total").exists()


@pytest.mark.parametrize("older", ["folder", "link", "file"])
def test_it_takes_the_place_of_whatever_lies_there(artefact_project: Project, older: str) -> None:
    place = artefact_project.build / "squares"
    elsewhere = artefact_project.root / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "numbers.txt").write_text("old")
    artefact_project.build.mkdir(exist_ok=True)
    match older:
        case "folder":
            shutil.copytree(elsewhere, place)
        case "link":
            place.symlink_to(elsewhere)
        case "file":
            place.write_text("old")
    assert made(artefact_project, "squares") == ["squares"]
    assert place.is_dir() and not place.is_symlink()
    assert (elsewhere / "numbers.txt").read_text() == "old"


def test_two_at_once_make_it_once(artefact_project: Project) -> None:
    slow(artefact_project, 0.05)
    command = artefacts.command(artefacts.declared(artefact_project)["squares"], artefact_project)
    both = [subprocess.Popen(command, cwd=artefact_project.root) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert numbers_logged(artefact_project) == list(range(10))


def slow(project: Project, seconds: float) -> None:
    change(project, "snippets/steps.py", "sleep(0.0)", f"sleep({seconds})")


def numbers_logged(project: Project) -> list[int]:
    return [int(line) for line in (project.root / "log.txt").read_text().split()]


def test_killed_again_and_again_it_goes_on_and_is_never_half_there(
    artefact_project: Project,
) -> None:
    """Killed after each of its steps, each one is done once, or once more where it was cut off."""
    slow(artefact_project, 0.02)
    squares = artefacts.declared(artefact_project)["squares"]
    log = artefact_project.root / "log.txt"
    for step in range(10):
        process = subprocess.Popen(
            artefacts.command(squares, artefact_project), cwd=artefact_project.root
        )
        while process.poll() is None and (not log.exists() or len(log.read_text().split()) <= step):
            time.sleep(0.002)
        process.kill()
        process.wait()
        place = artefact_project.build / "squares"
        assert not place.exists() or artefacts.fresh(squares, artefact_project)
    made(artefact_project)
    assert (artefact_project.build / "total" / "sum.txt").read_text() == "285"
    logged = numbers_logged(artefact_project)
    assert logged == sorted(logged) and set(logged) == set(range(10))


def test_killed_for_other_code_it_begins_afresh(artefact_project: Project) -> None:
    slow(artefact_project, 0.02)
    squares = artefacts.declared(artefact_project)["squares"]
    process = subprocess.Popen(
        artefacts.command(squares, artefact_project), cwd=artefact_project.root
    )
    log = artefact_project.root / "log.txt"
    while not log.exists():
        time.sleep(0.002)
    process.kill()
    process.wait()
    change(artefact_project, "snippets/steps.py", "number * number", "-number")
    made(artefact_project, "squares")
    numbers = (artefact_project.build / "squares" / "numbers.txt").read_text().split()
    assert [int(number) for number in numbers] == [-number for number in range(10)]


@pytest.mark.parametrize("moment", ["before its mark", "before the older goes", "before it comes"])
def test_killed_at_the_end_it_is_whole_after_the_next(
    artefact_project: Project, moment: str
) -> None:
    """The last steps take too little time to hit them by chance."""
    made(artefact_project)
    change(artefact_project, "snippets/steps.py", "number * number", "-number")
    patch = {
        "before its mark": "making.write_whole = die",
        "before the older goes": "Path.rename = die",
        "before it comes": (
            "real = Path.rename\n"
            "Path.rename = lambda s, t: real(s, t) if 'before' in str(t) else die()"
        ),
    }[moment]
    script = (
        "import os, signal, sys; from pathlib import Path; from pagekit.run import making\n"
        "die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{patch}\nsys.argv[1:] = ['squares']\nsys.exit(making.main())"
    )
    killed = subprocess.run([sys.executable, "-c", script], cwd=artefact_project.root)
    assert killed.returncode == -signal.SIGKILL
    assert not artefacts.fresh(artefacts.declared(artefact_project)["squares"], artefact_project)
    logged = numbers_logged(artefact_project)
    assert made(artefact_project) == ["squares", "total"]
    assert (artefact_project.build / "total" / "sum.txt").read_text() == "-45"
    assert numbers_logged(artefact_project) == logged, "no step was done again"
    left = [p for p in (artefact_project.build / "making").rglob("*") if p.is_file()]
    assert {path.name for path in left} == {"lock"}


@pytest.mark.parametrize(
    ("end", "status", "said"),
    [
        ("", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(0)", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('no luck')", 1, "no luck\n"),
        ("sys.exit([])", 1, ""),
    ],
)
def test_a_command_runs_here_and_has_the_status_that_it_ends_with(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    end: str,
    status: int,
    said: str,
) -> None:
    (project.root / "told.py").write_text(f"import sys\nprint(__name__, sys.argv[1:])\n{end}\n")
    monkeypatch.syspath_prepend(str(project.root))
    before = list(sys.argv)
    told = artefacts.Artefact("a", "python -m told --to {folder}/x 'two words' {folder}")
    folder = project.build / "making" / "a"
    assert making.run(told, project, folder) == status
    assert sys.argv == before
    words = ["--to", "build/making/a/x", "two words", "build/making/a"]
    out = capsys.readouterr()
    assert (out.out, out.err) == (f"__main__ {words}\n", said)


def test_only_what_was_begun_for_this_mark_is_kept(tmp_path: Path) -> None:
    for name in ("this", "other", "before"):
        (tmp_path / name / "sub").mkdir(parents=True)
    (tmp_path / making.LOCK).touch()
    making.clear(tmp_path, keep="this")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", "this"]
    making.clear(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock"]


def test_who_makes_one_is_alone_until_it_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "making" / "squares"
    now = fcntl.LOCK_EX | fcntl.LOCK_NB
    with (
        making.alone(place),
        (place / making.LOCK).open() as other,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(other, now)
    assert capsys.readouterr().err == ""
    real, asked = fcntl.flock, []

    def busy(lock: int, how: int) -> None:
        asked.append(how)
        if how & fcntl.LOCK_NB:
            raise BlockingIOError
        real(lock, how)

    monkeypatch.setattr(making.fcntl, "flock", busy)
    with making.alone(place):
        assert asked[-1] == fcntl.LOCK_EX, "it waits"
    assert capsys.readouterr().err == "squares is being made by another process: waiting\n"


def test_the_process_makes_what_its_command_line_names(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(making, "declared", lambda project: {"a": "A", "b": "B"})
    monkeypatch.setattr(making, "make_one", lambda artefact, project: {"A": 0, "B": 3}[artefact])
    for name, status in (("a", 0), ("b", 3)):
        monkeypatch.setattr(sys, "argv", ["making", name])
        assert making.main() == status

    def fail(*_: object) -> int:
        raise PageError("as asked")

    monkeypatch.setattr(making, "make_one", fail)
    assert making.main() == 1 and capsys.readouterr().err == "as asked\n"
