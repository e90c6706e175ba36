"""What Muon costs: a step with it against the same step with AdamW alone, in turns."""

import time

import torch
from torch import optim

from benchmarks.recorded import median, ratios
from benchmarks.rounds import Variant, round_robin
from snippets.training.loop import training_step
from snippets.training.optimizers import make_optimizers
from snippets.training.presets import PRESETS
from snippets.training.speed.fast_cpu import keep_freed_memory
from snippets.transformer.minigpt import MiniGPT

STEPS, ROUNDS, UNIT = 8, 15, "seconds"


def variant(muon: bool) -> Variant:
    """Steps of the site's own training, with one thread, as the build has it."""
    preset = PRESETS["site"]
    keep_freed_memory()
    torch.manual_seed(0)
    model, settings = MiniGPT(preset.model).train(), preset.training
    inputs, targets = torch.randint(
        preset.model.vocab_size,
        (2, settings.batch_size, preset.model.context),
        generator=torch.manual_seed(0),
    )  # (B, T) each
    optimizers: list[optim.Optimizer] = (
        make_optimizers(model, settings.muon_lr, settings.adamw_lr)
        if muon
        else [optim.AdamW(model.parameters(), lr=settings.adamw_lr, fused=True)]
    )

    def measure() -> float:
        start = time.perf_counter()
        for _ in range(STEPS):
            training_step(model, optimizers, inputs, targets)
        return time.perf_counter() - start

    return Variant({"muon": muon}, measure)


def muon_ratio(rounds: int = ROUNDS) -> float:
    """How many times as long a step takes with Muon; the median of the rounds."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = round_robin("Muon and AdamW", [variant(True), variant(False)], rounds, UNIT)
    finally:
        torch.set_num_threads(threads)
    return median([1 / ratio for ratio in ratios(rows[0][UNIT], rows[1][UNIT])])
