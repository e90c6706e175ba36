"""What recorded measurements say: a table's rows, computed from the file of a benchmark.

Apart from the benchmarks themselves, so that a page, or a reader's copy of its code, can show what
was measured without all that measures.
"""

from collections.abc import Iterable, Sequence
from math import exp, log
from typing import Any

from benchmarks.recorded import Row, against, deviation, mean, median, ratios

BASELINE = "GPT-2 of transformers"  # what results call it
TUNED_BASELINE = "GPT-2, rate tuned"
FULL = "full recipe"
SEEDED = ("nanogpt-cpu", "speedrun")  # presets
LONG = "best-15min"  # once: a quarter of an hour
UNIT = "seconds_a_step"
ADAMW = "AdamW"  # of the sweeps across widths, that with one rate for all parameters


def ablation_rows(result: dict[str, Any]) -> list[Row]:
    """A row per change, the recipe first, then from the most harmful change to the most useful.

    name, runs, loss (mean), deviation (None for one run), harm (mean loss minus the recipe's; None
    where the recipe was not measured), seconds (mean), params, tokens.
    """
    groups: dict[str, list[Row]] = {}
    for row in result["rows"]:
        groups.setdefault(row["name"], []).append(row)
    losses = {name: [row["val_loss"] for row in rows] for name, rows in groups.items()}
    full = mean(losses[FULL]) if FULL in losses else None
    found = [
        {
            "name": name,
            "runs": len(rows),
            "loss": mean(losses[name]),
            "deviation": deviation(losses[name]),
            "harm": None if full is None else mean(losses[name]) - full,
            "losses": losses[name],
            "seconds": mean([row["seconds"] for row in rows]),
            "params": rows[0]["params"],
            "tokens": rows[0]["tokens"],
        }
        for name, rows in groups.items()
    ]
    return sorted(found, key=lambda row: (row["name"] != FULL, -row["loss"]))


def loss_rows(result: dict[str, Any]) -> list[Row]:
    """A row per kind of training, the baseline first.

    name, runs, loss (mean), losses, seconds (median), share (of the baseline's time: the median of
    the ratios seed by seed; None without the baseline), params, tokens; mixed_loss and other_play
    (means; None for a baseline).
    """
    groups: dict[str, dict[int, Row]] = {}
    for row in sorted(result["rows"], key=lambda row: row["seed"]):
        groups.setdefault(row["name"], {})[row["seed"]] = row
    order = [name for name in (BASELINE, TUNED_BASELINE, *SEEDED, LONG) if name in groups]
    found = []
    for name in order:
        rows, other = groups[name], groups.get(BASELINE, {})
        both = sorted(rows.keys() & other.keys())
        shares = ratios(
            [other[seed]["seconds"] for seed in both], [rows[seed]["seconds"] for seed in both]
        )
        losses = [row["val_loss"] for row in rows.values()]
        found.append(
            {
                "name": name,
                "runs": len(rows),
                "loss": mean(losses),
                "losses": losses,
                "seconds": median([row["seconds"] for row in rows.values()]),
                "share": median(shares) if shares else None,
                "params": rows[min(rows)]["params"],
                "tokens": rows[min(rows)]["tokens"],
                **{key: mean_of(rows.values(), key) for key in ("mixed_loss", "other_play")},
            }
        )
    return found


def mean_of(rows: Iterable[Row], key: str) -> float | None:
    """The mean of what the rows have under a key; None where one lacks it."""
    rows = list(rows)
    return mean([row[key] for row in rows]) if all(key in row for row in rows) else None


def is_baseline(row: Row) -> bool:
    """Whether a row is that of the baseline in float32, as it comes."""
    return row["name"] == BASELINE and row["precision"] == "float32" and not row["our_settings"]


def step_rows(result: dict[str, Any]) -> list[Row]:
    """A row per variant: name, precision, our_settings, params, and what follows from the rounds.

    milliseconds (median of a step), steps_a_second, ratio (median over rounds of how many times
    faster than the baseline in float32, as it comes) and its spread; None without the baseline.
    """
    rows = result["rows"]
    baseline = next((row[UNIT] for row in rows if is_baseline(row)), None)
    found = []
    for row in rows:
        middle = median(row[UNIT])
        found.append(
            {key: row[key] for key in ("name", "precision", "our_settings", "params")}
            | {
                "milliseconds": 1000 * middle,
                "steps_a_second": 1 / middle,
            }
            | against(row[UNIT], baseline)
        )
    return found


def point_rows(result: dict[str, Any]) -> list[Row]:
    """A row per setting that was compared at equal compute, the base first, then as measured.

    What its runs have in common, and name, runs, losses (on the plays to report on, by seed), loss
    (their mean), deviation (None for one run), harm (mean minus the base's; None without it), and
    chosen_by (the mean loss on the plays to choose by).
    """
    groups: dict[str, list[Row]] = {}
    for row in sorted(result["rows"], key=lambda row: (row["seed"], row["name"] != "base")):
        if row["what"] != "sweep":
            groups.setdefault(row["name"], []).append(row)
    base = groups.get("base")
    level = mean([row["test_loss"] for row in base]) if base else None
    found = []
    for rows in groups.values():
        losses = [row["test_loss"] for row in rows]
        summed = {
            "runs": len(rows),
            "losses": losses,
            "loss": mean(losses),
            "deviation": deviation(losses),
            "harm": None if level is None else mean(losses) - level,
            "chosen_by": mean([row["val_loss"] for row in rows]),
        }
        found.append(rows[0] | summed)
    return found


def sweep_curves(result: dict[str, Any]) -> dict[str, dict[int, Row]]:
    """By method and width: rates, losses to choose by, and test_losses to report, means over seeds.

    A rate at which a run diverged is left out. At the base width the ways with AdamW are the same,
    so that all have its curve.
    """
    rows = [row for row in result["rows"] if row["what"] == "sweep"]
    found: dict[str, dict[int, Row]] = {}
    for method, width in dict.fromkeys((row["method"], row["width"]) for row in rows):
        runs = [row for row in rows if (row["method"], row["width"]) == (method, width)]
        kept = [k for k in range(len(runs[0]["rates"])) if all(row["losses"][k] for row in runs)]
        found.setdefault(method, {})[width] = {
            "rates": [runs[0]["rates"][k] for k in kept],
            "losses": [mean([row["losses"][k] for row in runs]) for k in kept],
            "test_losses": [mean([row["test_losses"][k] for row in runs]) for k in kept],
        }
    base = result["settings"]["base_width"]
    for curves in found.values():
        if base not in curves and base in found.get(ADAMW, {}):
            curves[base] = found[ADAMW][base]
    return {method: dict(sorted(curves.items())) for method, curves in found.items()}


def best_rate(rates: Sequence[float], losses: Sequence[float]) -> float:
    """Where a parabola through the lowest loss and its neighbours is lowest, over the rate's log.

    Rates are a fixed factor apart. At an edge of the sweep it is the edge.
    """
    k = min(range(len(losses)), key=losses.__getitem__)
    if k in (0, len(losses) - 1):
        return rates[k]
    low, middle, high = losses[k - 1 : k + 2]
    step = log(rates[k + 1] / rates[k])
    return rates[k] * exp(step * (low - high) / (2 * (low - 2 * middle + high)))


def carrying_cost(by_width: dict[int, Row], tuned: int, used: int) -> float:
    """What it costs to use at one width the rate that is best at another, in nats to report."""
    there, here = by_width[tuned], by_width[used]
    rate = there["rates"][there["losses"].index(min(there["losses"]))]
    own = here["losses"].index(min(here["losses"]))
    return float(here["test_losses"][here["rates"].index(rate)] - here["test_losses"][own])
