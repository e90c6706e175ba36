"""Asking again: which errors are worth it, how long to wait, and when to give up."""

import random
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

PASSING = {408, 409, 429}  # statuses that may pass; besides, all from 500 on


def waits(
    first: float = 0.5, most: float = 8.0, draw: Callable[[], float] = random.random
) -> Iterator[float]:
    """Seconds before each further try: at random up to a limit that doubles (full jitter).

    ValueError unless 0 < first <= most.
    """
    if not 0 < first <= most:
        raise ValueError(f"first={first}, most={most}: need 0 < first <= most")
    limit = first
    while True:
        yield draw() * limit  # (!)
        limit = min(2 * limit, most)


def may_pass(error: Exception) -> bool:
    """Whether the same request may succeed later: not where it is itself at fault, or unpaid.

    For errors of the `openai` and of the `anthropic` package, whose classes have the same names.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    if "APIConnectionError" in names:  # also where an answer came too late
        return True
    if getattr(error, "code", None) == "insufficient_quota":  # a 429 that waiting doesn't cure
        return False
    status = getattr(error, "status_code", 0)
    return status in PASSING or status >= 500


def asked_to_wait(error: Exception, now: float | None = None) -> float | None:
    """Seconds that the server asks for in `Retry-After`, a number or a date; None where it doesn't.

    `now` is the time in seconds since 1970, for dates. What is neither, or past, counts as absent.
    """
    response = getattr(error, "response", None)
    said = response.headers.get("retry-after") if response is not None else None
    if said is None:
        return None
    try:
        seconds = float(said)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(said).timestamp() - (
                time.time() if now is None else now
            )
        except ValueError:
            return None
    return seconds if 0 < seconds < float("inf") else None


def ask_again(
    ask: Callable[[], Any],
    retries: int = 4,
    patience: float = 60.0,
    delays: Iterator[float] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Any:
    """What `ask()` returns, at the first try at which it works.

    Gives up, with the error of the last try, when it can't pass, after so many `retries`, or when
    the next wait would end later than `patience` seconds after the first try. ValueError for a
    negative number of retries or seconds.
    """
    if retries < 0 or patience < 0:
        raise ValueError(f"retries={retries}, patience={patience}: neither may be negative")
    delays, begin = delays or waits(), clock()
    for left in range(retries, -1, -1):
        try:
            return ask()
        except Exception as error:
            asked, own = asked_to_wait(error), next(delays)
            wait = own if asked is None else asked + own  # never earlier than the server asks
            late = clock() + wait - begin > patience
            if left == 0 or late or not may_pass(error):
                raise
        sleep(wait)
    raise AssertionError("the loop returns or raises")
