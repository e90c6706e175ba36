"""A load of requests, and what a server makes of it: throughput, and how long each one waits."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from snippets.checks import check_positive
from snippets.inference.serving.request import Plan, Request, Work

Price = Callable[[Work], float]  # from the work of a step to the seconds that it takes


class Server(Protocol):
    """What a load needs of a server."""

    work: Work  # of the last step

    @property
    def busy(self) -> bool:
        """Whether there is anything to do."""

    def submit(self, prompt: Sequence[int], max_new_tokens: int) -> Request:
        """Puts a request into the queue."""

    def step(self) -> list[Request]:
        """One step; gives the requests that ended."""

    def next_tokens(self, plan: Plan) -> list[int]:
        """What the model makes of these texts."""


@dataclass(frozen=True)
class Arrival:
    """A request that somebody will make."""

    at: float  # in units of the mean gap between two arrivals
    prompt: list[int]
    max_new_tokens: int


def poisson_load(
    ids: Sequence[int],
    count: int,
    *,
    prompt: float,
    answer: float,
    spread: float,
    longest: int,
    seed: int,
) -> list[Arrival]:
    """Requests that come independently of one another, with prompts cut from ids.

    The gaps between arrivals are exponential with mean 1, so the arrivals are a Poisson process.
    The lengths are log-normal: their medians are `prompt` and `answer`, and their logarithms have
    the standard deviation `spread`. A prompt is cut off at a fifth of the tokens of the `longest`
    text, an answer at four fifths.
    """
    check_positive(count=count, prompt=prompt, answer=answer, longest=longest - 4)
    random = np.random.default_rng(seed)
    at = random.exponential(size=count).cumsum()
    prompts = random.lognormal(np.log(prompt), spread, count).clip(1, longest // 5).astype(int)
    answers = random.lognormal(np.log(answer), spread, count).clip(1, 4 * longest // 5).astype(int)
    starts = random.integers(len(ids) - longest, size=count)
    cut = [list(ids[start : start + n]) for start, n in zip(starts, prompts, strict=True)]
    return [Arrival(*one) for one in zip(at.tolist(), cut, answers.tolist(), strict=True)]


@dataclass(frozen=True)
class Served:
    """What came of a load; times in seconds, for each request in the order of arrival."""

    latencies: list[float]  # from its arrival to its last token
    first_tokens: list[float]  # from its arrival to its first
    throughput: float  # tokens written per second, from the first arrival to the end
    steps: list[tuple[Work, float]]  # the work of each step, and its seconds

    def p95(self) -> float:
        """The latency that 95% of the requests do not exceed."""
        return float(np.quantile(self.latencies, 0.95))


def serve(
    server: Server, load: Sequence[Arrival], rate: float, price: Price | None = None
) -> Served:
    """Lets the load arrive at `rate` requests per second, on a clock that only steps move.

    Each step moves it on by the seconds that it took, or by its price if there is a list of prices.
    When there is nothing to do, it jumps to the next arrival, so that nobody has to sit through it.
    """
    check_positive(rate=rate, requests=len(load))
    at = [arrival.at / rate for arrival in load]
    first, last = [0.0] * len(load), [0.0] * len(load)
    coming, numbers, steps, now = deque(range(len(load))), {}, [], 0.0
    while coming or server.busy:
        if not server.busy:
            now = max(now, at[coming[0]])
        while coming and at[coming[0]] <= now:
            number = coming.popleft()
            numbers[server.submit(load[number].prompt, load[number].max_new_tokens)] = number
        begin = time.perf_counter()
        ended = server.step()
        seconds = price(server.work) if price else time.perf_counter() - begin
        now += seconds  # (!)
        steps.append((server.work, seconds))
        for request, number in numbers.items():
            if not first[number] and len(request.ids) > request.prompt_length:
                first[number] = now - at[number]
        for request in ended:
            number = numbers.pop(request)
            last[number] = now - at[number]
    tokens = sum(arrival.max_new_tokens for arrival in load)
    return Served(last, first, tokens / (now - at[0]), steps)


def fitted_price(steps: Sequence[tuple[Work, float]]) -> Price:
    """A list of prices: so much per step, per token read, and per key looked at.

    Fitted to measured steps by least squares of the relative errors, so that a step that was
    interrupted hardly counts.
    """
    counted = np.array([(1, *work) for work, _ in steps], dtype=float)  # (steps, 3)
    seconds = np.array([seconds for _, seconds in steps])  # (steps,)
    prices = np.linalg.lstsq(counted / seconds[:, None], np.ones(len(steps)), rcond=None)[0]
    return lambda work: float(prices @ (1, *work))


def without_model(server: Server) -> Server:
    """A server that only keeps its books: it reads nothing, and writes token 0."""
    server.next_tokens = lambda plan: [0] * len(plan)  # type: ignore[method-assign]
    return server
