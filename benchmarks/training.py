"""Steps a second: GPT-2 of `transformers` and ours, of one size, with AdamW, side by side.

The size is that of nanoGPT's run on a processor: V 65, T 64, C 128, 4 layers, 4 heads, B 12.
All cases take the same step, `training_step`, on the same batch. Ours have AdamW in one piece
(`fused`); theirs is as it comes, and again with the same AdamW, which shows what the setting alone
does. Then all are compiled, where that is possible; what compiling takes belongs to the first step
and is not counted. That freed memory is kept cannot be taken back in a process. It is asked for
before the first round, so theirs has it too: the ratios are smaller for it, not larger.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn, optim

from benchmarks.baseline import GPT2_TINY, TheirGPT2
from benchmarks.options import Options
from benchmarks.recorded import markdown, ratio_cells, record
from benchmarks.rounds import Variant, round_robin
from benchmarks.summaries import BASELINE, UNIT
from benchmarks.summaries import step_rows as summary
from snippets.training.loop import training_step
from snippets.training.speed.fast_cpu import can_compile, compiled, keep_freed_memory
from snippets.transformer.minigpt import MINIGPT, MiniGPT

NAME, BATCH, STEPS, ROUNDS = "training", 12, 8, 9
SIZES = ("vocab_size", "context", "d_model", "num_layers", "num_heads", "num_kv_heads")
SAME = {name: getattr(GPT2_TINY, name) for name in SIZES}
MODERN_TINY = replace(MINIGPT, **SAME, d_hidden=350)  # three matrices: as many parameters


@dataclass(frozen=True)
class Case:
    """A model, and how its steps are carried out."""

    name: str
    make: Callable[[], nn.Module]
    mixed: bool  # precision
    fast: bool = True  # with our settings: the fused AdamW
    compiled: bool = False


MODELS: dict[str, Callable[[], nn.Module]] = {
    f"{BASELINE}, our settings": lambda: TheirGPT2(GPT2_TINY),
    "MiniGPT, GPT-2's parts": lambda: MiniGPT(GPT2_TINY),
    "MiniGPT, modern parts": lambda: MiniGPT(MODERN_TINY),
}
CASES = [
    *(Case(BASELINE, lambda: TheirGPT2(GPT2_TINY), mixed, fast=False) for mixed in (False, True)),
    *(Case(name, make, mixed) for name, make in MODELS.items() for mixed in (False, True)),
    *(
        Case(f"{name}, compiled", make, mixed, compiled=True)
        for name, make in MODELS.items()
        for mixed in (False, True)
    ),
]


def variant(case: Case, steps: int) -> Variant:
    """A model in training, and how to time some of its steps."""
    torch.manual_seed(0)
    model = case.make().train()
    network = compiled(model) if case.compiled else model
    inputs, targets = torch.randint(
        GPT2_TINY.vocab_size, (2, BATCH, GPT2_TINY.context), generator=torch.manual_seed(0)
    )  # (B, T) each
    # PyTorch's own choice for a processor is a loop over the parameters.
    optimizer = optim.AdamW(model.parameters(), lr=1e-4, fused=True if case.fast else None)

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(steps):
            training_step(network, [optimizer], inputs, targets, mixed=case.mixed)
        return (time.perf_counter() - start) / steps

    facts = {
        "name": case.name,
        "precision": "mixed" if case.mixed else "float32",
        "our_settings": case.fast,
        "params": sum(p.numel() for p in model.parameters()),
    }
    return Variant(facts, measure)


def run(options: Options) -> None:
    """Measure all cases; print the table; record."""
    keep_freed_memory()
    steps = options.steps or STEPS
    cases = [case for case in CASES if can_compile() or not case.compiled]
    if len(cases) < len(CASES):
        print("There is no C++ compiler here: the compiled cases are left out.", flush=True)
    chosen = [variant(case, steps) for case in cases]
    rows = round_robin(NAME, chosen, options.rounds or ROUNDS, UNIT)
    settings = {"batch_size": BATCH, "context": GPT2_TINY.context, "steps_a_round": steps}
    print(table(record(NAME, rows, settings, options.out)), flush=True)


def table(result: dict[str, Any]) -> str:
    """The summary as Markdown."""
    rows: list[list[object]] = [
        ["model", "precision", "ms a step", "steps a second", "times the baseline", "from–to"]
    ]
    for row in summary(result):
        speed = [f"{row['milliseconds']:.1f}", f"{row['steps_a_second']:.1f}"]
        rows.append([row["name"], row["precision"], *speed, *ratio_cells(row)])
    return markdown(rows)
