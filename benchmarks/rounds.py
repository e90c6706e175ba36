"""Speed side by side: every variant once in each round, so that all meet the same slow moments."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tqdm import tqdm

from benchmarks.recorded import Row


@dataclass(frozen=True)
class Variant:
    """What is timed: the facts that a result states of it, and a function that gives a number."""

    facts: Row
    measure: Callable[[], float]


def round_robin(name: str, variants: Sequence[Variant], rounds: int, unit: str) -> list[Row]:
    """A row a variant: its facts, and under the unit's name its number in each round.

    Before the first round each variant runs once for nothing: it fills caches and pools.
    """
    for variant in tqdm(variants, desc=f"{name}, warming up"):
        variant.measure()
    rows: list[Row] = [{**variant.facts, unit: []} for variant in variants]
    with tqdm(total=rounds * len(variants), desc=name) as bar:
        for number in range(rounds):
            # Each round begins elsewhere: nobody always comes after the same neighbour.
            for place in range(len(variants)):
                chosen = (number + place) % len(variants)
                rows[chosen][unit].append(variants[chosen].measure())
                bar.update()
    return rows
