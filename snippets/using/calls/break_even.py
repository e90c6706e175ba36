"""From how many requests per day on a rented GPU is cheaper than paying by the token."""

import math
from dataclasses import dataclass

from snippets.checks import check_positive

HOURS, SECONDS = 24, 86_400  # of a day


@dataclass(frozen=True)
class Load:
    """What a request reads and writes, in tokens."""

    prompt: int
    reply: int

    def __post_init__(self) -> None:
        check_positive(prompt=self.prompt, reply=self.reply)

    def price(self, per_input: float, per_output: float) -> float:
        """US dollars per request, from prices per million tokens read and written."""
        check_positive(per_input=per_input, per_output=per_output)
        return (self.prompt * per_input + self.reply * per_output) / 1e6  # (!)

    def capacity(self, speed: float) -> float:
        """Requests per day of a GPU that generates `speed` tokens per second and never waits."""
        check_positive(speed=speed)
        return SECONDS * speed / self.reply


def break_even(price: float, hourly: float, fixed: float = 0) -> float:
    """Requests per day at which one GPU costs as much as paying `price` for each.

    Args:
        price: US dollars per request.
        hourly: US dollars per hour, paid whether there are requests or not.
        fixed: further US dollars per day, such as for the people who look after it.

    Raises a ValueError for a price that is not positive, or a negative cost.
    """
    check_positive(price=price, hourly=hourly)
    if not fixed >= 0:
        raise ValueError(f"fixed={fixed} must not be negative")
    return (HOURS * hourly + fixed) / price  # (!)


def rented(requests: float, capacity: float, hourly: float, peak: float = 1) -> float:
    """US dollars per day of as many GPUs as the busiest hour needs, kept all day.

    Args:
        requests: per day.
        capacity: requests per day of one GPU.
        hourly: US dollars per GPU and hour.
        peak: how many times the mean the busiest hour has; 1 for an even load.

    Raises a ValueError where a number is not positive, or `peak` below 1.
    """
    check_positive(requests=requests, capacity=capacity, hourly=hourly)
    if not 1 <= peak <= HOURS:
        raise ValueError(f"peak={peak} must be from 1 to {HOURS}: an hour has at most all requests")
    return math.ceil(requests * peak / capacity) * HOURS * hourly
