"""A training run as the build makes it: killed in its midst, it ends in the same weights."""

import os
import subprocess
import sys
import time
from pathlib import Path

from snippets.training import checkpoint

ROOT = Path(__file__).parents[3]

TINY = """import sys
from dataclasses import replace

from snippets.training import command, train
from snippets.training.config import TrainingConfig
from snippets.training.presets import Preset
from tests.snippets.transformer.test_minigpt import TINY

train.SAVE_EVERY = 0.05
settings = TrainingConfig(steps=150, batch_size=8, eval_every=50, average=0.9, warmup=5)
command.PRESETS["site"] = Preset("", replace(TINY["ours"], dropout=0.1), settings)
sys.exit(command.main(["--data", "text.txt", "--out", sys.argv[1], "--threads", "1"]))
"""
LIST = '[tiny]\ncommand = "python -m tiny {folder}"\ndata = ["text.txt"]\n'


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


def test_killed_in_its_midst_it_ends_in_the_same_weights(tmp_path: Path) -> None:
    """That it may be killed again and again, test_command.py shows."""
    whole, cut = project(tmp_path / "whole"), project(tmp_path / "cut")
    alone = start(whole)
    process = start(cut)
    while not unfinished(cut):
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert not (cut / "build" / "tiny").exists()
    last = start(cut)
    said, _ = last.communicate(timeout=300)
    assert last.returncode == 0, said
    said, _ = alone.communicate(timeout=300)
    assert alone.returncode == 0, said
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        one, other = ((folder / "build" / "tiny" / name).read_bytes() for folder in (whole, cut))
        assert one == other, name
    histories = [checkpoint.training_record(f / "build" / "tiny")["history"] for f in (whole, cut)]
    assert histories[0] == histories[1]
    left = [path.name for path in (cut / "build" / "making").rglob("*") if path.is_file()]
    assert left == ["lock"]
