"""nanoGPT itself, where the reader has a checkout of it: its recipe for a processor, on our text.

    python -m benchmarks nanogpt --nanogpt DIR

It runs in a temporary copy, as its own programs, with the options that its README gives for a
processor; only evaluation is sparser. What is known of it is what it prints: losses (means over
random pieces, so they vary a little) and milliseconds. Nothing of its code is in this project.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.generation import CONTEXT, PROMPT
from benchmarks.options import Options
from benchmarks.recorded import Row, markdown, median, record
from benchmarks.text import text

NAME, STEPS, ROUNDS = "nanogpt", 2000, 9
DATA = Path("data", "shakespeare_char")
LEFT_OUT = (".git", "*.bin", "*.pkl", "*.ipynb", "assets", "out*", "input.txt")
EVALUATED = re.compile(r"step (\d+): train loss ([\d.]+), val loss ([\d.]+)")
STEP = re.compile(r"iter (\d+): loss ([\d.]+), time ([\d.]+)ms")

# Times its `generate`, at the size and with the prompt of our benchmark of generation.
GENERATE = """
import sys, time, torch
from model import GPT, GPTConfig
prompt, tokens, rounds, threads = [int(word) for word in sys.argv[1:]]
torch.set_num_threads(threads)
torch.manual_seed(0)
sizes = dict(block_size={context}, vocab_size=65, n_layer=4, n_head=4, n_embd=128)
model = GPT(GPTConfig(**sizes, dropout=0.0, bias=False)).eval()
ids = torch.arange(1, prompt + 1)[None]
for _ in range(rounds + 1):
    start = time.perf_counter()
    with torch.no_grad():
        model.generate(ids, tokens)
    print("seconds", time.perf_counter() - start, flush=True)
"""


def options_of_training(steps: int) -> list[str]:
    """Those of its README for a processor; evaluated at both ends only."""
    given: dict[str, Any] = {
        "device": "cpu",
        "compile": False,
        "eval_interval": steps,
        "eval_iters": 200,
        "log_interval": 1,
        "block_size": 64,
        "batch_size": 12,
        "n_layer": 4,
        "n_head": 4,
        "n_embd": 128,
        "max_iters": steps,
        "lr_decay_iters": steps,
        "dropout": 0.0,
    }
    return [f"--{name}={value}" for name, value in given.items()]


def copy(checkout: Path, target: Path, content: str) -> None:
    """A copy of the checkout, with our text where its own preparation looks for one."""
    for needed in ("train.py", "model.py", f"{DATA.as_posix()}/prepare.py"):
        if not (checkout / needed).is_file():
            raise ValueError(f"{checkout.name} is no checkout of nanoGPT: it has no {needed}")
    shutil.copytree(checkout, target, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (target / DATA / "input.txt").write_text(content, encoding="utf-8")


def lines_of(command: list[str], folder: Path, threads: int, bar: tqdm, mark: str) -> list[str]:
    """What a Python program prints, line by line; each line with the mark moves the bar."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "PYTHONUTF8": "1"}
    lines = []
    with subprocess.Popen(
        [sys.executable, "-u", *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            for line in process.stdout or ():
                lines.append(line)
                bar.update(line.startswith(mark))
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise ValueError(f"nanoGPT's {command[0]} failed:\n{''.join(lines[-15:])}")
    return lines


def parse_log(lines: list[str]) -> Row:
    """Losses, and milliseconds of each step, from what its training prints.

    The time of a step at which it evaluates contains the evaluation, so it is left out.
    """
    losses = {int(found[1]): found for line in lines if (found := EVALUATED.match(line))}
    steps = {int(found[1]): float(found[3]) for line in lines if (found := STEP.match(line))}
    if not losses or len(steps) < 3:
        raise ValueError("nanoGPT's log has no losses or times that could be read")
    last = losses[max(losses)]
    return {
        "steps": max(losses),
        "train_loss": float(last[2]),
        "val_loss": float(last[3]),
        "milliseconds": [steps[number] for number in sorted(steps) if number not in losses],
    }


def run(options: Options) -> None:
    """Train nanoGPT and let it write; print the table; record."""
    if options.nanogpt is None:
        raise ValueError("nanogpt needs --nanogpt DIR, a checkout of it")
    source, steps = text(options.data), options.steps or STEPS
    rounds, tokens = options.rounds or ROUNDS, CONTEXT - len(PROMPT)
    with tempfile.TemporaryDirectory(prefix="nanogpt-") as scratch:
        folder = Path(scratch, "nanogpt")
        copy(options.nanogpt, folder, source.content)
        with tqdm(total=steps + 1, desc=NAME, unit=" steps") as bar:
            lines_of([str(DATA / "prepare.py")], folder, options.threads, bar, "iter ")
            command = ["train.py", "config/train_shakespeare_char.py", *options_of_training(steps)]
            log = lines_of(command, folder, options.threads, bar, "iter ")
        with tqdm(total=rounds + 1, desc=f"{NAME}, generation") as bar:
            (folder / "timed.py").write_text(GENERATE.format(context=CONTEXT), encoding="utf-8")
            numbers = map(str, (len(PROMPT), tokens, rounds, options.threads))
            said = lines_of(["timed.py", *numbers], folder, options.threads, bar, "seconds ")
    seconds = [float(line.split()[1]) for line in said if line.startswith("seconds ")][1:]
    row = parse_log(log) | {"seconds_a_token": [one / tokens for one in seconds]}
    settings = {"text": source.name, "threads": torch.get_num_threads()}
    print(table(record(NAME, [{"name": "nanoGPT", **row}], settings, options.out)), flush=True)


def summary(result: dict[str, Any]) -> Row:
    """One row, of what it printed.

    name, steps, loss, train_loss, seconds (of training without evaluation: steps times the mean of
    a step), milliseconds (median of a step), tokens_a_second (median, of its `generate`).
    """
    row = result["rows"][0]
    times = row["milliseconds"]
    return {
        "name": row["name"],
        "steps": row["steps"],
        "loss": row["val_loss"],
        "train_loss": row["train_loss"],
        "seconds": row["steps"] * sum(times) / len(times) / 1000,
        "milliseconds": median(times),
        "tokens_a_second": 1 / median(row["seconds_a_token"]),
    }


def table(result: dict[str, Any]) -> str:
    """The summary as Markdown."""
    row = summary(result)
    head = ["training", "steps", "loss", "seconds", "ms a step", "tokens a second"]
    numbers = [f"{row['loss']:.3f}", f"{row['seconds']:.0f}", f"{row['milliseconds']:.1f}"]
    return markdown([head, [row["name"], row["steps"], *numbers, f"{row['tokens_a_second']:.0f}"]])
