"""Do the tests notice? Mutants of `snippets` and `pagekit`, each with its own module's tests.

``make bench B="mutants --sample 200 --seed 1"``. Each module has at least one mutant in the sample.
A mutant that no test could notice, since it does the same, is named in equivalent_mutants.toml and
not drawn. mutmut 3 and cosmic-ray were weighed. mutmut changes functions only, rewrites them so
that tests which read sources see others, and first runs all tests once; cosmic-ray starts Python,
and so imports PyTorch, for every mutant. Neither draws a sample or knows a module's own tests.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.mutant_tests import own_tests
from benchmarks.mutation import Mutant, mutants
from benchmarks.options import Options
from benchmarks.recorded import ROOT, Row, markdown, record
from pagekit.project import Project
from pagekit.run.artefact_list import declared

EQUIVALENT = Path(__file__).with_name("equivalent_mutants.toml")
PACKAGES = ("snippets", "pagekit")
LIBRARIES = ("torch", "pytest", "matplotlib.pyplot", "transformers", "safetensors")
# Seconds: a mutant may take a few times as long as the module as it is, and a busy machine longer.
LEAST, TIMES = 60.0, 5.0
NOTICED = ("killed", "timed out")
BROKEN = "unjudged"  # since the tests fail, or take too long, without a mutant too


def equivalents(path: Path = EQUIVALENT) -> dict[tuple[str, str, str], str]:
    """Why a mutant can't be noticed, by its path and how its line reads before and after."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["mutant"]
    return {(row["path"], row["before"], row["after"]): row["why"] for row in rows}


def draw(
    found: dict[str, list[Mutant]], sample: int, seed: int, same: dict[tuple[str, str, str], str]
) -> list[Mutant]:
    """A sample: one mutant of each module that has any, then any; without those named ``same``."""
    chance = random.Random(seed)
    firsts, rest = [], []
    for path in sorted(found):
        some = [m for m in found[path] if (m.path, m.before, m.after) not in same]
        chance.shuffle(some)
        firsts += some[:1]
        rest += some[1:]
    chance.shuffle(firsts)
    chance.shuffle(rest)
    return sorted([*firsts, *rest][:sample], key=lambda m: (m.path, m.line))


class Copy:
    """A copy of the project, without what git ignores, and a process that runs tests there.

    ``sound`` remembers, for all copies, what became of tests without a mutant.
    """

    def __init__(
        self,
        root: Path,
        folder: Path,
        sound: dict[tuple[str, ...], Row],
        libraries: Sequence[str] = LIBRARIES,
    ) -> None:
        names = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=root,
            capture_output=True,
            check=True,
        ).stdout.decode()
        for name in filter(None, names.split("\0")):
            if (root / name).is_file():  # neither deleted nor a link to a folder
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_bytes((root / name).read_bytes())
        (folder / "build").mkdir()
        project = Project(root)
        for artefact in declared(project).values():
            if (made := artefact.folder(project)).is_dir():
                (folder / "build" / artefact.name).symlink_to(made.resolve())
        one = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "MKL", "OPENBLAS")}
        self.folder, self.sound = folder, sound
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("mutant_server.py")), *libraries],
            cwd=folder,
            env={**os.environ, **one, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def judge(self, path: str, text: str, tests: list[str], limit: float) -> dict[str, Any]:
        """Run tests with ``text`` in the place of a module: see `mutant_server.judge`."""
        assert self.process.stdin and self.process.stdout
        job = {"path": path, "text": text, "tests": tests, "limit": limit}
        print(json.dumps(job), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer

    def rows(self, group: Sequence[Mutant]) -> Iterator[Row]:
        """Judge mutants of one module; nothing is learnt of tests that fail without any."""
        path = group[0].path
        own = (self.folder / path).read_text(encoding="utf-8")
        tests = own_tests(path, self.folder)
        sound = self.sound.get(tuple(tests)) or self.judge(path, own, tests, 900)
        self.sound[tuple(tests)] = sound
        limit = max(LEAST, TIMES * sound["seconds"])
        for m in group:
            place = {"path": path, "line": m.line, "before": m.before, "after": m.after}
            if sound["status"] == "survived":
                found = self.judge(path, m.text, tests, limit)
            else:
                found = {**sound, "status": BROKEN}
            yield place | {name: found[name] for name in ("status", "by", "seconds")}


@dataclass
class Share:
    """How many of a package's mutants were noticed: killed, or stopped for taking too long."""

    package: str
    drawn: int
    noticed: int

    def cells(self) -> list[str]:
        """The row of a table."""
        share = f"{self.noticed / self.drawn:.0%}" if self.drawn else ""
        return [self.package, str(self.drawn), str(self.noticed), share]


def shares(rows: Sequence[Row], packages: Sequence[str] = PACKAGES) -> list[Share]:
    """The share of each package, then of all."""
    found = []
    for name in packages:
        own = [row for row in rows if row["path"].startswith(f"{name}/")]
        found.append(Share(name, len(own), sum(row["status"] in NOTICED for row in own)))
    total = Share("both", sum(s.drawn for s in found), sum(s.noticed for s in found))
    return [*found, total]


def judge_all(
    drawn: Sequence[Mutant],
    root: Path,
    jobs: int,
    tell: Callable[[Row], None],
    libraries: Sequence[str] = LIBRARIES,
) -> list[Row]:
    """Judge mutants in ``jobs`` copies of the project side by side; tells of each at once."""
    groups: dict[str, list[Mutant]] = {}
    for m in drawn:
        groups.setdefault(m.path, []).append(m)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        sound: dict[tuple[str, ...], Row] = {}
        copies = [Copy(root, Path(folder, str(n)), sound, libraries) for n in range(jobs)]
        free = list(copies)

        def work(group: list[Mutant]) -> list[Row]:
            copy, rows = free.pop(), []
            for row in copy.rows(group):
                tell(row)
                rows.append(row)
            free.append(copy)
            return rows

        try:
            return [row for rows in pool.map(work, groups.values()) for row in rows]
        finally:
            for copy in copies:
                copy.process.terminate()  # which takes the tests that it runs along
                copy.process.communicate()


def tell(row: Row) -> None:
    """A line about a mutant that was judged."""
    change = f"{row['path']}:{row['line']}  {row['before']}  ->  {row['after']}"
    print(f"{row['status']:9} {row['seconds']:5.0f} s  {change}  {row['by']}", flush=True)


def run(options: Options) -> None:
    """Draw, judge, print the survivors and the shares, record."""
    paths = [
        p.relative_to(ROOT).as_posix() for name in PACKAGES for p in (ROOT / name).rglob("*.py")
    ]
    found = {path: mutants(path, ROOT) for path in paths if options.wants(path)}
    drawn = draw(found, options.sample, options.seed, equivalents())
    rows = judge_all(drawn, ROOT, options.jobs, tell)
    print(
        markdown([["package", "mutants", "noticed", "share"], *(s.cells() for s in shares(rows))])
    )
    if broken := sorted({row["path"] for row in rows if row["status"] == BROKEN}):
        raise ValueError(f"the tests of {', '.join(broken)} fail without a mutant")
    if not options.only:
        record("mutants", rows, {"sample": options.sample, "seed": options.seed}, options.out)
