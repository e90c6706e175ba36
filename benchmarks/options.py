"""The options of `python -m benchmarks`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from benchmarks.recorded import RESULTS, TRIALS

NAMES = (
    *("training", "generation", "losses", "nanogpt", "ablation", "hyperparameters", "counting"),
    *("ngrams", "retrieval", "site", "mutants", "build-cost", "decoding"),
)
# Those that need something of the reader's own, and the option that names it.
NEEDS = {"nanogpt": "--nanogpt DIR, a checkout of it", "build-cost": "--report FILE, of GNU time"}
ON_A_GPU = ("decoding",)  # left out where all are measured and there is none


@dataclass(frozen=True)
class Options:
    """What to measure, for how long, and where the results go."""

    names: tuple[str, ...] = ()
    data: Path | None = None
    out: Path = RESULTS
    only: tuple[str, ...] = ()
    seeds: int = 3
    steps: int | None = None
    rounds: int | None = None
    jobs: int = 1
    threads: int = 2
    nanogpt: Path | None = None
    report: Path | None = None
    revision: str | None = None
    quick: bool = False
    sample: int = 200
    seed: int = 1
    device: str = "cpu"

    def wants(self, name: str) -> bool:
        """Whether `--only` lets a row of this name through."""
        return not self.only or any(part.lower() in name.lower() for part in self.only)


def parse(words: Sequence[str] | None = None) -> Options:
    """Options from the words of a command; ends the program where they make no sense."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measures, prints a table, and records the result in benchmarks/results.",
        epilog="Results of another text, or of fewer steps or rounds, go to build/benchmarks.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--data", type=Path, help="a UTF-8 text instead of the plays")
    parser.add_argument("--out", type=Path, help="another folder for the results")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        help="trainings (losses, ablation, ...) or modules (mutants) whose name has this part",
    )
    parser.add_argument("--seeds", type=int, default=3, help="how many trainings of each kind")
    parser.add_argument("--steps", type=int, help="of a training, for a trial")
    parser.add_argument("--rounds", type=int, help="repeats of a timing")
    parser.add_argument("--jobs", type=int, default=2, help="trainings, mutants at a time")
    parser.add_argument("--threads", type=int, default=2, help="how many PyTorch may use")
    parser.add_argument("--nanogpt", type=Path, metavar="DIR", help="your checkout of nanoGPT")
    parser.add_argument("--report", type=Path, metavar="FILE", help="build-cost: what time -v said")
    parser.add_argument("--revision", help="build-cost: what was built, if not what is here")
    parser.add_argument("--quick", action="store_true", help="site: leave out the tests")
    parser.add_argument("--sample", type=int, default=200, help="how many mutants")
    parser.add_argument("--device", default="cpu", help="ablation: where to train, such as cuda")
    parser.add_argument("--seed", type=int, default=1, help="mutants: another one draws others")
    given = parser.parse_args(words)
    for name in ("seeds", "steps", "rounds", "jobs", "threads", "sample"):
        value = getattr(given, name)
        if value is not None and value < 1:
            parser.error(f"--{name} must be at least 1")
    if wrong := [name for name in given.names if name not in NAMES]:
        parser.error(f"no benchmark called {wrong[0]}; there are {', '.join(NAMES)}")
    lacking = {name for name in NEEDS if not getattr(given, NEEDS[name].split()[0][2:])}
    beyond = lacking if torch.cuda.is_available() else lacking.union(ON_A_GPU)
    names = given.names or [name for name in NAMES if name not in beyond]
    for name in names:
        if name in lacking:
            parser.error(f"{name} needs {NEEDS[name]}")
    trial = given.data or given.steps or given.rounds
    out = given.out or (TRIALS if trial else RESULTS)
    asked = vars(given) | {"names": tuple(names), "only": tuple(given.only), "out": out}
    return Options(**asked)
