"""Many trainings, each in a process of its own, each recorded as soon as it ends.

A process of its own, because settings that make a training fast stay with their process: what is
measured as it comes must not profit from them. A benchmark that was killed goes on where it was.
"""

import hashlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.elsewhere import on
from benchmarks.options import Options
from benchmarks.recorded import ROOT, Row, load, processor, record, today
from benchmarks.text import Text
from pagekit.run.fingerprint import fingerprint
from snippets.training.loop import Training
from snippets.training.presets import Preset
from snippets.training.train import train
from snippets.transformer.minigpt import MiniGPT

KEPT = ("val_loss", "seconds", "tokens", "params")  # of a training's record


@dataclass(frozen=True)
class Run:
    """One training: what the result calls it, and the function that does it elsewhere."""

    name: str
    seed: int
    steps: int
    mark: str  # of code, settings and text; a row with another mark is measured again
    train: Callable[[], dict[str, Any]]  # picklable: a partial of a function of a module


@dataclass(frozen=True)
class PresetRun:
    """A training by a preset, as `Run.train` needs it; gives val_loss, seconds, tokens, params."""

    preset: Preset
    text: Text
    training_class: type[Training] = Training
    device: str = "cpu"

    def __call__(self) -> dict[str, Any]:
        """Trains. The curve is left out: its evaluations would count as time of training."""
        return self.trained()[0]

    def trained(self) -> tuple[dict[str, Any], MiniGPT]:
        """What is kept of the training, and the model."""
        vocab_size, data, validation = self.text.ids()
        config = replace(self.preset.model, vocab_size=vocab_size)
        s = self.preset.training
        settings = replace(s, eval_every=s.steps, eval_windows=1)
        kind = watched(self.training_class)
        kind = kind if self.device == "cpu" else on(self.device, kind)
        training = kind(config, settings, data, validation)
        made = train(training)
        return {key: made[key] for key in KEPT}, training.model

    def mark(self, *parts: object) -> str:
        """A hash of all that the loss depends on; `parts` adds to it."""
        settings = (self.preset.model, self.preset.training, torch.__version__)
        return joined(code_of("snippets.training.train"), self.text.mark, settings, *parts)


@cache
def code_of(module: str) -> str:
    """The fingerprint of a module and all that it imports, read once."""
    return fingerprint(module, ROOT)


def joined(*parts: object) -> str:
    """One hash of several facts, by their repr."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def watched(training_class: type[Training]) -> type[Training]:
    """The same training, which counts its steps for the bar of the process that waits for it."""

    class Watched(training_class):  # type: ignore[valid-type, misc]
        def steps(self) -> Iterator[float]:
            for loss in super().steps():
                tick()
                yield loss

    return Watched


COUNTER: Any = None  # in a process that trains: steps taken, shared with the one that waits


def tick() -> None:
    """Counts a step; ends this process where nobody waits for it any more."""
    if COUNTER is None:
        return
    with COUNTER.get_lock():
        COUNTER.value += 1
    parent = multiprocessing.parent_process()
    if COUNTER.value < 0 or (parent is not None and not parent.is_alive()):
        os._exit(1)


def begin(counter: Any, threads: int) -> None:
    """What a process does before it trains."""
    global COUNTER
    COUNTER = counter
    torch.set_num_threads(threads)


def alone(run: Run, counter: Any, threads: int) -> dict[str, Any]:
    """Does a training in a fresh process and gives what it gives."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, begin, (counter, threads)) as process:
        return process.submit(run.train).result()


def do_all(
    name: str,
    runs: Sequence[Run],
    options: Options,
    jobs: int,
    threads: int,
    settings: Row,
    apart: bool = True,
) -> dict[str, Any]:
    """Does what is not yet recorded, so many jobs at a time; returns the result, whole so far.

    Rows of other runs (left out by `--only`, say) stay; a run's row takes the place of its older
    one. Many short runs that are all made fast may share their processes: not `apart`.
    """
    rows = recorded_rows(name, options)
    known = {row["fingerprint"] for row in rows}
    left = [run for run in runs if run.mark not in known]
    total = sum(run.steps for run in left)
    context = multiprocessing.get_context("spawn")
    counter = context.Value("q", 0)
    if len(left) < len(runs):
        tqdm.write(f"{name}: {len(runs) - len(left)} of {len(runs)} trainings are recorded already")
    with (
        tqdm(total=total, unit=" steps", desc=name) as bar,
        ThreadPoolExecutor(jobs) as pool,
        ProcessPoolExecutor(jobs, context, begin, (counter, threads)) as shared,
    ):
        going = {
            pool.submit(alone, run, counter, threads) if apart else shared.submit(run.train): run
            for run in left
        }
        try:
            while going:
                ended, _ = wait(going, timeout=0.5, return_when=FIRST_COMPLETED)
                bar.update(counter.value - bar.n)
                for future in ended:
                    run = going.pop(future)
                    row = row_of(run, future.result(), jobs, threads)
                    rows = [r for r in rows if (r["name"], r["seed"]) != (run.name, run.seed)]
                    rows.append(row)
                    record(name, rows, settings, options.out)
                    numbers = f"{row['val_loss']:.4f}, {row['seconds']:.0f} s"
                    tqdm.write(f"{run.name}, seed {run.seed}: {numbers}")
        except BaseException:
            counter.value = -(2**60)  # tells those at work to end
            for workers in (pool, shared):
                workers.shutdown(wait=False, cancel_futures=True)
            raise
    result = record(name, rows, settings, options.out) if left else load(name, options.out)
    time.sleep(0.1)  # lets the bar's last line go out before a table
    return result


def recorded_rows(name: str, options: Options) -> list[Row]:
    """The rows that an earlier call left; none where there is no result yet."""
    try:
        return list(load(name, options.out)["rows"])
    except FileNotFoundError:
        return []


def row_of(run: Run, made: dict[str, Any], jobs: int, threads: int) -> Row:
    """What is recorded of a training."""
    where = {"jobs": jobs, "threads": threads, "processor": processor(), "date": today()}
    return {"name": run.name, "seed": run.seed, **made, **where, "fingerprint": run.mark}
