"""Counting on the text of the other losses: modified Kneser–Ney, one order after the other.

All orders are recorded, so nothing is chosen by the validation text before it is shown.
"""

import time
from typing import Any

from benchmarks.options import Options
from benchmarks.recorded import Row, markdown, record
from benchmarks.text import Text, text
from snippets.foundations.ngrams.kneser_ney import KneserNey

NAME = "ngrams"
ORDERS = range(1, 10)


def counted(source: Text, order: int) -> Row:
    """Loss on the validation text, and seconds to count and to predict all of it."""
    vocab_size, training, validation = source.ids()
    begin = time.perf_counter()
    model = KneserNey(training, order, vocab_size)
    loss = float(-model.log_probabilities(validation).mean())
    seconds = time.perf_counter() - begin
    runs = sum(len(table[0]) for table in model.tables)
    facts = {"seconds": seconds, "tokens": len(training), "runs": runs}
    return {"order": order, "val_loss": loss} | facts


def run(options: Options) -> None:
    """Count; print the table; record."""
    source = text(options.data)
    rows = [counted(source, order) for order in ORDERS]
    print(table(record(NAME, rows, {"text": source.name}, options.out)), flush=True)


def table(result: dict[str, Any]) -> str:
    """The losses as Markdown."""
    rows: list[list[object]] = [["order", "loss", "seconds", "runs counted"]]
    rows += [
        [row["order"], f"{row['val_loss']:.4f}", f"{row['seconds']:.1f}", f"{row['runs']:,}"]
        for row in result["rows"]
    ]
    return markdown(rows)
