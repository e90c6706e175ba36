"""A training run as the build makes it: killed in its midst, it ends in the same weights."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from snippets.training import checkpoint, command
from tests.snippets.training.test_command import BRIEF, PROGRAM

ROOT = Path(__file__).parents[3]

TINY = PROGRAM.replace("sys.argv[1:]", '["--data", "text.txt", "--out", *sys.argv[1:]]')
LIST = '[tiny]\ncommand = "python -m tiny {folder} --threads 1"\ndata = ["text.txt"]\n'


def project(folder: Path) -> Path:
    folder.mkdir()
    (folder / "tiny.py").write_text(TINY)
    (folder / "artefacts.toml").write_text(LIST)
    (folder / "text.txt").write_text(
        "ANN:\nGood morrow, sir.\n\nBOB:\nWell met; what news?\n\n" * 400
    )
    return folder


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pagekit.run.making", "tiny"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PAGEKIT_ROOT": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def unfinished(folder: Path) -> list[Path]:
    """The states of trainings that are to go on."""
    return list((folder / "build" / "making").glob("tiny/*/tiny.unfinished.safetensors"))


def test_killed_in_its_midst_it_ends_in_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That it may be killed again and again, test_command.py shows."""
    cut, whole = project(tmp_path / "cut"), tmp_path / "whole"
    process = start(cut)
    monkeypatch.setitem(command.PRESETS, "site", BRIEF)
    words = ["--data", str(cut / "text.txt"), "--out", str(whole), "--threads", "1"]
    while not unfinished(cut):
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
    process.kill()
    process.communicate()
    made = cut / "build" / "tiny"
    assert not made.exists()
    last = start(cut)
    assert command.main(words) == 0
    said, _ = last.communicate(timeout=300)
    assert last.returncode == 0, said
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        assert (made / name).read_bytes() == (whole / name).read_bytes(), name
    histories = [checkpoint.training_record(folder)["history"] for folder in (whole, made)]
    assert histories[0] == histories[1]
    left = [path.name for path in (cut / "build" / "making").rglob("*") if path.is_file()]
    assert left == ["lock"]
