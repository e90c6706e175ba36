"""Tokens a second, batch 1, context 256: ours and `transformers`' GPT-2 of the same size.

Random weights: the text is nonsense, and costs what sense would. And what a token costs at the end
of a text against one near its beginning: with a cache, hardly more.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from tqdm import tqdm

from benchmarks.baseline import GPT2_TINY, TheirGPT2
from benchmarks.options import Options
from benchmarks.recorded import Row, against, markdown, median, ratio_cells, ratios, record
from benchmarks.rounds import Variant, round_robin
from benchmarks.summaries import BASELINE
from benchmarks.training import MODERN_TINY
from snippets.inference.fast_decoder import Decoder
from snippets.inference.generation import generate, stream
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig

NAME, CONTEXT, ROUNDS, TEXTS = "generation", 256, 9, 20
PROMPT = [1, 2, 3, 4]
UNIT = "seconds_a_token"
EARLY, LATE, WINDOW = 20, 200, 10  # tokens of a text, and how many beside them are looked at
GPT2 = replace(GPT2_TINY, context=CONTEXT)
MODERN = replace(MODERN_TINY, context=CONTEXT)

# name, configuration, with a cache
OURS = [
    ("MiniGPT, GPT-2's parts", GPT2, True),
    ("MiniGPT, modern parts", MODERN, True),
    ("MiniGPT, GPT-2's parts", GPT2, False),
    ("MiniGPT, modern parts", MODERN, False),
]


def theirs(tokens: int) -> Variant:
    """`generate` of transformers, sampling from all of the vocabulary as ours does."""
    torch.manual_seed(0)
    model = TheirGPT2(GPT2).model.eval()
    prompt = torch.tensor([PROMPT])  # (1, T)
    seen = torch.ones_like(prompt)

    def draw() -> int:
        lengths = {"max_new_tokens": tokens, "min_new_tokens": tokens}
        ids = model.generate(prompt, attention_mask=seen, do_sample=True, top_k=0, **lengths)
        return int(ids.shape[1])

    return timed({"name": BASELINE, "cached": True}, draw, tokens)


def ours(name: str, config: MiniGPTConfig, cached: bool, tokens: int) -> Variant:
    """`snippets.inference.generation.generate` with its fast decoder, from the same prompt."""
    torch.manual_seed(0)
    model = MiniGPT(config).eval()
    step = Decoder(model)
    return timed(
        {"name": name, "cached": cached},
        lambda: len(generate(model, PROMPT, tokens, seed=0, use_cache=cached, step=step)),
        tokens,
    )


def timed(facts: Row, draw: Callable[[], int], tokens: int) -> Variant:
    """A variant that times `draw`, and makes sure that it drew as many tokens as the others."""

    def measure() -> float:
        start = time.perf_counter()
        length = draw()
        seconds = time.perf_counter() - start
        if length != len(PROMPT) + tokens:
            raise ValueError(f"{facts['name']} wrote {length} tokens, not {len(PROMPT) + tokens}")
        return seconds / tokens

    return Variant(facts, measure)


def costs(config: MiniGPTConfig, cached: bool, texts: int) -> Row:
    """Of each text, the median seconds of a token around the 20th, and around the 200th.

    Texts are counted from their first character, so the prompt counts too.
    """
    torch.manual_seed(0)
    model = MiniGPT(config).eval()
    step = Decoder(model)
    found: Row = {"early": [], "late": []}
    for seed in tqdm(range(texts + 1), desc=f"{NAME}, token by token"):
        times, last = [0.0] * len(PROMPT), time.perf_counter()
        new = LATE + WINDOW - len(PROMPT)
        for _ in stream(model, PROMPT, new, seed=seed, use_cache=cached, step=step):
            now = time.perf_counter()
            times.append(now - last)
            last = now
        if seed == 0:
            continue  # the first text warms up
        for key, place in (("early", EARLY), ("late", LATE)):
            found[key].append(median(times[place - WINDOW : place + WINDOW]))
    return found


def run(options: Options) -> None:
    """Measure all variants; print the table; record."""
    rounds = options.rounds or ROUNDS
    tokens = CONTEXT - len(PROMPT)
    chosen = [theirs(tokens), *(ours(*parts, tokens) for parts in OURS)]
    rows = round_robin(NAME, chosen, rounds, UNIT)
    texts = min(TEXTS, 2 * rounds)
    for row, (_, config, cached) in zip(rows[1:], OURS, strict=True):
        row |= costs(config, cached, texts if cached else max(1, texts // 4))
    settings = {"context": CONTEXT, "prompt": len(PROMPT), "tokens": tokens, "texts": texts}
    settings |= {"early": EARLY, "late": LATE, "window": WINDOW}
    print(table(record(NAME, rows, settings, options.out)), flush=True)


def summary(result: dict[str, Any]) -> list[Row]:
    """A row a variant: name, cached, tokens_a_second (median), and more.

    ratio (median over rounds of how many times the baseline's speed) and its spread, None without
    the baseline; growth (what the 200th token costs against the 20th: the median over texts; None
    where it was not measured), early and late (milliseconds).
    """
    rows = result["rows"]
    baseline = next((row[UNIT] for row in rows if row["name"] == BASELINE), None)
    found = []
    for row in rows:
        early, late = row.get("early"), row.get("late")
        found.append(
            {
                "name": row["name"],
                "cached": row["cached"],
                "tokens_a_second": 1 / median(row[UNIT]),
                "growth": median(ratios(early, late)) if early else None,
                "early": 1000 * median(early) if early else None,
                "late": 1000 * median(late) if late else None,
            }
            | against(row[UNIT], baseline)
        )
    return found


def table(result: dict[str, Any]) -> str:
    """The summary as Markdown."""
    growth = f"{LATE}th token against the {EARLY}th"
    rows: list[list[object]] = [
        ["model", "cache", "tokens a second", "times the baseline", "from–to", growth]
    ]
    for row in summary(result):
        more = "" if row["growth"] is None else f"{row['growth']:.2f}"
        cache = "yes" if row["cached"] else "no"
        rows.append([row["name"], cache, f"{row['tokens_a_second']:.0f}", *ratio_cells(row), more])
    return markdown(rows)
