"""Counting against learning: Kneser–Ney and MiniGPTs on more and more of the plays.

Each model sees the same first part of the training plays and is judged on the same held-out ones.
A training is judged every so often, and its best moment counts; of the n-grams the best order does.
Both choices are made on the held-out plays, so both numbers are a little too good. A GPU is used
where there is one; without, the larger models take hours.
"""

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from benchmarks.options import Options
from benchmarks.recorded import Row, markdown, record
from snippets.foundations.ngrams.kneser_ney import KneserNey
from snippets.foundations.ngrams.mixture import best_share, mixed
from snippets.foundations.texts.corpus import plays, split_plays
from snippets.foundations.tokenizers import CharTokenizer
from snippets.training.batches import batches
from snippets.training.evaluation.scores import log_probabilities
from snippets.training.loop import training_step
from snippets.training.optimizers import learning_rate_factor, make_optimizers, set_learning_rate
from snippets.training.speed.precision import mixed_precision
from snippets.transformer.minigpt import MINIGPT, MiniGPT, MiniGPTConfig

NAME = "counting"
PARTS = (64, 16, 4, 1)  # the text is divided by these
STEPS = {64: 200, 16: 400, 4: 1000, 1: 3000}  # a small part is soon known by heart
ORDERS = (3, 4, 5, 6, 7, 8, 9)
TOKENS = 128 * 128  # in a batch
LOOKS = 20  # times that a training is judged


@dataclass(frozen=True)
class Size:
    """A model, and how fast it learns."""

    name: str
    config: MiniGPTConfig
    muon_lr: float = 0.016
    adamw_lr: float = 0.005


def wider(d_model: int, layers: int, heads: int) -> MiniGPTConfig:
    """MiniGPT with other sizes, twice the context, and dropout."""
    return replace(
        MINIGPT, context=256, d_model=d_model, num_layers=layers, num_heads=heads,
        num_kv_heads=heads, d_hidden=8 * d_model // 3, dropout=0.2,
    )  # fmt: skip


SIZES = (
    Size("MiniGPT", MINIGPT, adamw_lr=0.01),
    Size("MiniGPT, twice as wide", wider(256, 6, 4), adamw_lr=0.005),
    Size("MiniGPT, four times as wide", wider(512, 8, 8), muon_lr=0.012, adamw_lr=0.003),
)


def learned(size: Size, steps: int, training: Tensor, held_out: Tensor, seed: int) -> Row:
    """Trains a model; what its best moment says of the held-out text, and how long it took."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(seed)
    start, model = time.perf_counter(), MiniGPT(size.config).to(device).train()
    optimizers = make_optimizers(model, size.muon_lr, size.adamw_lr, weight_decay=0.1)
    context = size.config.context
    pieces = batches(training, TOKENS // context, context, torch.Generator().manual_seed(seed))
    best: NDArray[np.float64] = np.full(len(held_out) - 1, -np.inf)
    best_step = 0
    for step in tqdm(range(1, steps + 1), desc=size.name, leave=False):
        set_learning_rate(optimizers, learning_rate_factor(step - 1, steps, steps // 20))
        training_step(model, optimizers, *next(pieces), mixed=device.type == "cuda")
        if step % (steps // LOOKS) == 0:
            with mixed_precision(device.type == "cuda", device.type):
                said = log_probabilities(model.eval(), held_out).numpy()
            model.train()
            if said.mean() > best.mean():
                best, best_step = said, step
    parameters = sum(p.numel() for p in model.parameters())
    name = torch.cuda.get_device_name() if device.type == "cuda" else "CPU"
    facts = {"params": parameters, "step": best_step, "steps": steps, "device": name}
    return facts | {"seconds": time.perf_counter() - start, "said": best}


def counted(training: Tensor, held_out: Tensor, vocab_size: int) -> Row:
    """The n-gram of the best order: what it says of the held-out text."""
    found: Row = {"said": np.full(1, -np.inf)}
    for order in ORDERS:
        start = time.perf_counter()
        model = KneserNey(training.numpy(), order, vocab_size)
        said = model.log_probabilities(held_out.numpy())
        if said.mean() > found["said"].mean():
            seconds = time.perf_counter() - start
            found = {"said": said, "order": order, "seconds": seconds, "device": "CPU"}
    return found


def both(row: Row, counts: Row) -> Row:
    """The mixture with counting: share fitted on the first half, losses those of the second."""
    p, q = row["said"], counts["said"]
    half = len(p) // 2
    share = best_share(p[:half], q[:half])
    second = {"alone": p[half:], "counted": q[half:], "mixed": mixed(p[half:], q[half:], share)}
    return {"share": share} | {f"{k}_second_half": float(-v.mean()) for k, v in second.items()}


def run(options: Options) -> None:
    """Count and train on each part of the text; print the table; record."""
    texts = split_plays(plays())
    tokenizer = CharTokenizer.from_text("".join(texts))
    training, held_out = (torch.tensor(tokenizer.encode(text)) for text in texts)
    rows: list[Row] = []
    for part in PARTS:
        seen = training[: len(training) // part]
        counts = counted(seen, held_out, tokenizer.vocab_size)
        found = [("Kneser–Ney", 0, counts)]
        for size in SIZES:
            for seed in range(options.seeds if options.wants(size.name) else 0):
                steps = options.steps or STEPS[part]
                found.append((size.name, seed, learned(size, steps, seen, held_out, seed)))
        for name, seed, row in found:
            mixture = {} if row is counts else both(row, counts)
            facts = {key: value for key, value in row.items() if key != "said"} | mixture
            loss = float(-row["said"].mean())
            rows.append({"name": name, "seed": seed, "characters": len(seen), "loss": loss} | facts)
            tqdm.write(f"{rows[-1]}")
        settings = {"batch_tokens": TOKENS, "held_out": len(held_out)}
        result = record(NAME, rows, settings, options.out)
    print(table(result), flush=True)


def table(result: dict[str, Any]) -> str:
    """The losses as Markdown: a row per model, a column per part of the text."""
    sizes = sorted({row["characters"] for row in result["rows"]})
    names = list(dict.fromkeys(row["name"] for row in result["rows"]))
    losses = {(row["name"], row["characters"]): row["loss"] for row in result["rows"]}
    cells = [[name, *(f"{losses[name, size]:.3f}" for size in sizes)] for name in names]
    return markdown([["nats per character", *(f"{size:,}" for size in sizes)], *cells])
