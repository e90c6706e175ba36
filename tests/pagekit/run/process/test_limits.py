"""What a block may print, draw and write, and what it sees of its surroundings."""

import os
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from pagekit.run.environment import HANDED_ON, PROCESSOR, THREADS, environment, processor
from pagekit.run.process import limits
from pagekit.run.process.drawings import Drawings
from tests.pagekit.conftest import REPOSITORY


def test_text_up_to_a_hundred_kilobytes_may_be_printed() -> None:
    assert limits.output_fault("ä" * 50_000) is None
    assert "it prints 100,002 bytes" in str(limits.output_fault("ä" * 50_001))
    assert limits.output_fault("", 100_000) is None
    assert "it prints 100,001 bytes, and a page takes 100,000" in str(
        limits.output_fault("", 100_001)
    )


@pytest.mark.parametrize("sign", ["\x00", "\x1b[31m", "\r", "\x0b", "\x7f", "\x9f"])
def test_no_control_character_is_printed(sign: str) -> None:
    assert "control character" in str(limits.output_fault(f"a{sign}b"))
    assert "control character" in str(limits.value_fault(f"a{sign}b"))


def test_lines_tabs_and_letters_are_no_control_characters() -> None:
    assert limits.output_fault("a\tb\nä é 注") is None


def test_figures_and_values_have_their_limits() -> None:
    assert limits.figure_fault("x" * 1_000_000) is None
    assert "its figure takes 1,000,001 bytes" in str(limits.figure_fault("x" * 1_000_001))
    assert limits.value_fault("x" * 1000) is None
    assert "it has 1,001 characters" in str(limits.value_fault("x" * 1001))


@pytest.mark.parametrize("hard", ["", "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"])
def test_no_file_larger_than_the_limit_can_be_written(tmp_path: Path, hard: str) -> None:
    code = (
        f"import resource\n{hard}from pagekit.run.process import limits\nlimits.FILE = 2000\n"
        "limits.hold_files()\nlimits.hold_files()\n"
        "print(*resource.getrlimit(resource.RLIMIT_FSIZE))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    soft, most = map(int, done.stdout.split())
    assert soft == (1000 if hard else 2000)
    assert most == (1000 if hard else -1) or not hard
    assert limits.FILE == 512 * 1024 * 1024


def test_a_block_sees_little_of_its_surroundings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*HANDED_ON, "GOMP_SPINCOUNT", *PROCESSOR):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home")
    monkeypatch.setenv("SECRET", "s")
    monkeypatch.setenv(PROCESSOR[1], "AVX2")
    found = environment(tmp_path)
    assert found["HOME"] == "/home" and "SECRET" not in found and "PATH" not in found
    assert processor() == {PROCESSOR[1]: "AVX2"} and found[PROCESSOR[1]] == "AVX2"
    assert [found[name] for name in THREADS] == ["1"] * 3
    assert [environment(tmp_path, 4)[name] for name in THREADS] == ["4"] * 3
    assert found["GOMP_SPINCOUNT"] == "10000" and found["PYTHONHASHSEED"] == "0"
    recording, root, pagekit = found["PYTHONPATH"].split(os.pathsep)
    assert Path(recording, "sitecustomize.py").is_file()
    assert root == str(tmp_path)
    assert Path(pagekit, "pagekit").is_dir()


@pytest.fixture
def drawings():
    plt.close("all")
    yield Drawings()
    plt.close("all")


def test_a_figure_is_drawn_when_it_is_new_and_when_it_changed(drawings: Drawings) -> None:
    assert drawings.new() == []
    one, axes = plt.subplots()
    assert len(drawings.new()) == 1
    assert drawings.new() == []
    two = plt.figure()
    plt.figure(one)
    (svg,) = drawings.new()
    assert plt.gcf() is one, "the figure that plt goes on with is the block's"
    assert svg.wide.startswith("<?xml") and "<dc:date>" not in svg.wide
    axes.set_title("changed")
    (svg,) = drawings.new()
    assert ">changed</text>" in svg.wide
    plt.close(one)
    two.text(0.5, 0.5, "late")
    assert len(drawings.new()) == 1
    assert drawings.new() == []
