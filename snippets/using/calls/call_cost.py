"""What a call costs, from the counts of tokens that come with its answer and a list of prices."""

from typing import NamedTuple

from snippets.foundations.facts import Entry, load_facts

MILLION = 1_000_000


class Price(NamedTuple):
    """US dollars per million tokens: of input, of input found in the cache, and of output."""

    input: float
    cached: float
    output: float


def cost(price: Price, prompt: int, output: int, cached: int = 0) -> float:
    """The price of one call in dollars; `cached` of the `prompt`'s tokens were in the cache.

    Raises:
        ValueError: a price or a count is negative or missing, or more is cached than was sent.
    """
    named = {**price._asdict(), "prompt": prompt, "output tokens": output, "cached tokens": cached}
    for name, number in named.items():
        if number is None or not 0 <= number < float("inf"):
            raise ValueError(f"{name}: {number!r} is no amount")
    if cached > prompt:
        raise ValueError(f"{cached} tokens cached of a prompt of {prompt}")
    fresh = prompt - cached
    dollars = fresh * price.input + cached * price.cached + output * price.output
    return dollars / MILLION


def chat_cost(price: Price, turns: int, question: int, answer: int, caching: bool) -> list[float]:
    """Dollars for a chat up to each of its turns, all questions and all answers being as long.

    Each prompt brings the whole chat so far. With `caching`, all that the server has read before,
    its own answers included, comes out of the cache, the best that can happen.
    """
    total, spent = 0.0, []
    for turn in range(turns):
        before = turn * (question + answer)
        total += cost(price, before + question, answer, before if caching else 0)
        spent.append(total)
    return spent


def read_price(entry: Entry) -> Price:
    """The prices of an entry of `docs/data/prices.yml`."""
    return Price(*(float(entry[name]) for name in ("input", "cached", "output")))


def load_prices() -> dict[str, Price]:
    """Published prices by model: see the file for the source and the day of each."""
    return {name: read_price(entry) for name, entry in load_facts("prices").items()}
