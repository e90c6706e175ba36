"""One figure of every family, for the tests that hold for all of them."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from snippets.plots.bars import compare_bars, next_token_bars
from snippets.plots.curves import curves, training_curves
from snippets.plots.dot_panels import dot_panels
from snippets.plots.dots import dot_rows
from snippets.plots.drawings.attention import attention_drawing
from snippets.plots.drawings.block import block_drawing
from snippets.plots.drawings.dials import dials_drawing
from snippets.plots.drawings.heads import heads_drawing
from snippets.plots.drawings.kv_cache import kv_cache_drawing
from snippets.plots.drawings.nested import nested_drawing
from snippets.plots.drawings.pipeline import pipeline_drawing
from snippets.plots.drawings.places import places_drawing
from snippets.plots.drawings.ring import ring_drawing
from snippets.plots.drawings.surprisal import surprisal_drawing
from snippets.plots.drawings.two_stacks import two_stacks_drawing
from snippets.plots.head_maps import attention_heads
from snippets.plots.heatmaps import attention_heatmap, mask_heatmap, signed_heatmap
from snippets.plots.house.style import SERIES
from snippets.plots.labelled import labelled_points
from snippets.plots.name_maps import name_map
from snippets.plots.surfaces import loss_surfaces

TOKENS = ["The", "cat", "sat", "on", "the", "mat"]
CAUSAL = np.tril(np.ones((6, 6), dtype=bool))
WEIGHTS = CAUSAL / CAUSAL.sum(1, keepdims=True)
LENGTHS = [64, 128, 256, 512, 1024]


def own_curves(series: dict[str, Any], **options: Any) -> Figure:
    """Curves of things that no figure of the course shows, each in a colour of its own."""
    return curves(series, **{"colours": dict(zip(series, SERIES, strict=False)), **options})


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
    "attention, drawn": lambda: attention_drawing(WEIGHTS, WEIGHTS, WEIGHTS, CAUSAL, marked=5),
    "heads, drawn": lambda: heads_drawing(5, 12, 3),
    "block": lambda: block_drawing(16, 16, 2, 64),
    "two stacks": lambda: two_stacks_drawing(6),
    "cache": lambda: kv_cache_drawing(4),
    "ring": lambda: ring_drawing(np.arange(16).reshape(4, 4)),
    "pipeline": lambda: pipeline_drawing({"two": [[0, 1, None], [None, 0, 1]]}),
    "places": lambda: places_drawing({"two": [[1, 1, None], [2, 2, 2]]}, title="A batch"),
    "nested": lambda: nested_drawing({"Animals": "worms", "Dogs": "terriers"}, title="Two fields"),
    "surprisal": lambda: surprisal_drawing("To be, or", [4, 1] * 4 + [2], unit="bits", title="One"),
    "dials": lambda: dials_drawing(np.outer(range(8), [1.0, 0.1])),
    "surface": lambda: loss_surfaces(
        np.add.outer(np.linspace(-1, 1, 9) ** 2, np.linspace(-2, 2, 9) ** 2),
        np.linspace(-2, 2, 9),
        np.linspace(-1, 1, 9),
        {"rate 1": [[1.5, 0.5], [0.2, 0.3]], "rate 6": [[1.5, 0.5], [0.0, 0.1]]},
        xlabel="bias",
        ylabel="weight",
        unit="nats",
        title="Two walks",
        lowest=(0.0, 0.0),
    ),
    "name map": lambda: name_map(
        {"a": ([[0, 0], [1, 2]], ["b", "$x$"]), "c": ([[4, 1]], ["d"])},
        colours={"a": "blue", "c": "orange"},
        xlabel="first",
        ylabel="second",
        title="Named",
    ),
    "next token": lambda: next_token_bars([0.5, 0.3, 0.1], ["e", " ", "$x$"], marked=[0]),
    "compare": lambda: compare_bars(
        [2.1, 1.5], ["bigram", "MiniGPT"], spread=[0.1, 0.05], xlabel="loss", title="Both"
    ),
    "dots": lambda: dot_rows(
        {"a": [1, None], "b": [2, 3]},
        ["one", "two"],
        xlabel="n",
        colours={"a": "blue", "b": "orange"},
    ),
    "dot panels": lambda: dot_panels(
        {name: {"all": [1, 1e4], "some": [1, 10]} for name in "abcd"}, ["one", "two"], title="Four"
    ),
    "labelled": lambda: labelled_points(
        {"a": {"one": (2020, 1e3), "two": (2021, 1e5)}},
        xlabel="year",
        ylabel="parameters",
        named=["two"],
        log_y=True,
        years=True,
        title="Two",
    ),
}
