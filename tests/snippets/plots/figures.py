"""One figure of every family, for the tests that hold for all of them."""

from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure

from snippets.plots.bars import compare_bars, next_token_bars
from snippets.plots.curves import curves, training_curves
from snippets.plots.head_maps import attention_heads
from snippets.plots.heatmaps import attention_heatmap, mask_heatmap, signed_heatmap
from snippets.plots.style import SERIES

TOKENS = ["The", "cat", "sat", "on", "the", "mat"]
CAUSAL = np.tril(np.ones((6, 6), dtype=bool))
WEIGHTS = CAUSAL / CAUSAL.sum(1, keepdims=True)
LENGTHS = [64, 128, 256, 512, 1024]

FIGURES: dict[str, Callable[[], Figure]] = {
    "attention": lambda: attention_heatmap(WEIGHTS, TOKENS, title="Weights"),
    "attention, no labels": lambda: attention_heatmap(np.full((3, 40), 1 / 40)),
    "heads": lambda: attention_heads(np.stack([WEIGHTS] * 5), TOKENS, title="Five heads"),
    "mask": lambda: mask_heatmap(CAUSAL, TOKENS),
    "signed": lambda: signed_heatmap(
        np.sin(np.outer(range(40), range(1, 30))), xlabel="dimension", ylabel="position"
    ),
    "training": lambda: training_curves(
        (range(50), np.linspace(4, 2, 50)),
        ([0, 25, 49], [4.1, 3.1, 2.2]),
        references={"uniform guess": 4.17},
        smooth=5,
        title="Loss",
    ),
    "log-log": lambda: curves(
        {name: (LENGTHS, [k * t for t in LENGTHS]) for k, name in enumerate("abcde", 1)},
        colours=dict(zip("abcde", SERIES, strict=True)),
        rules={"here": 300},
        xlabel="T (tokens)",
        ylabel="time (ms)",
        log_x=True,
        log_y=True,
    ),
    "next token": lambda: next_token_bars([0.5, 0.3, 0.1], ["e", " ", "$x$"], marked=[0]),
    "compare": lambda: compare_bars(
        [2.1, 1.5], ["bigram", "MiniGPT"], spread=[0.1, 0.05], xlabel="loss", title="Both"
    ),
}
