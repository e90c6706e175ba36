"""A small server: texts come and go between the steps of one batch, with their cache in pages.

Yu et al. 2022 (Orca) call this iteration-level scheduling; today it is called continuous batching.
"""

from collections import deque
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import torch

from snippets.checks import check_positive
from snippets.inference.fast_decoder import Decoder
from snippets.inference.generation import check_prompt, evaluation_mode
from snippets.inference.sampling import choose_each, seeded
from snippets.inference.serving.paged_cache import PagedCache
from snippets.inference.serving.request import Plan, QueueFull, Request, Work, work_of
from snippets.inference.stopping import Stop, stop_rule
from snippets.transformer.minigpt import MiniGPT


class Engine:
    """Serves requests for texts: `submit` them, then call `step` while the engine is `busy`.

    Args:
        model: its context bounds each text, prompt and answer together.
        pages: how many there are in the cache; one text that fills the context must fit.
        page_size: tokens per page.
        max_running: how many texts are written at once, at most.
        max_waiting: how many requests may wait.
        budget: how many tokens are read per step, at most: one of each text that is being written,
            and of prompts as many as are left. So a long prompt is read in chunks.
        share: whether texts that begin alike share pages.
        filters: of the logits, for all texts, as `choose_each` takes them.

    Raises:
        ValueError: a size below 1, too few pages, or a budget too small for `max_running` texts.
    """

    def __init__(
        self,
        model: MiniGPT,
        *,
        pages: int = 256,
        page_size: int = 8,
        max_running: int = 16,
        max_waiting: int = 256,
        budget: int = 64,
        share: bool = True,
        **filters: Any,
    ) -> None:
        self.context = model.config.context
        check_positive(max_running=max_running, max_waiting=max_waiting)
        self.cache = PagedCache(model, pages, page_size)
        if pages * page_size < self.context:
            room = f"{pages} pages of {page_size} tokens"
            raise ValueError(f"{room} cannot hold a text of the context={self.context}")
        if budget < max_running:
            raise ValueError(f"budget={budget} is less than a token for max_running={max_running}")
        self.model, self.decoder, self.filters = model, Decoder(model), filters
        self.max_running, self.max_waiting = max_running, max_waiting
        self.budget, self.share = budget, share
        self.waiting: deque[Request] = deque()
        self.running: list[Request] = []  # the longest admitted first
        self.work: Work = (0, 0)  # of the last step

    @property
    def busy(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.waiting or self.running)

    def submit(
        self,
        prompt: Sequence[int],
        max_new_tokens: int,
        *,
        stop: Sequence[int | Sequence[int]] | Stop | None = None,
        seed: int | None = None,
    ) -> Request:
        """Puts a request into the queue; arguments as those of `generate`.

        Raises QueueFull, and ValueError for a prompt that `generate` would refuse, no tokens asked
        for, or more than the context holds.
        """
        ids = check_prompt(self.model, prompt, max_new_tokens)
        check_positive(max_new_tokens=max_new_tokens)
        if len(ids) + max_new_tokens > self.context:
            asked = f"a prompt of {len(ids)} tokens and max_new_tokens={max_new_tokens}"
            raise ValueError(f"{asked} are more than the context={self.context}")
        if len(self.waiting) >= self.max_waiting:
            raise QueueFull(f"{len(self.waiting)} requests are waiting, as many as may")
        request = Request(ids, len(ids), max_new_tokens, stop_rule(stop), seeded(seed))
        self.waiting.append(request)
        return request

    def cancel(self, request: Request) -> bool:
        """Ends a request where it is, and frees its pages; False if it had ended already."""
        if request in self.waiting:
            self.waiting.remove(request)
        elif request in self.running:
            self.release(request)
        else:
            return False
        request.ended = "cancelled"
        return True

    def step(self) -> list[Request]:
        """One step, one pass: let in whom there is room for, read, write one token of each text.

        Returns the requests that ended.
        """
        self.make_room()
        self.admit()
        plan, left = [], self.budget
        for request in sorted(self.running, key=lambda r: r.unread > 1):  # those that write first
            plan.append((request, min(request.unread, left)))
            left -= plan[-1][1]
        plan = [(request, more) for request, more in plan if more]
        self.work = work_of([(request.read, more) for request, more in plan])
        tokens = iter(self.next_tokens(plan) if plan else [])
        for request, more in plan:
            request.read += more
            if self.share and more > 1:
                self.cache.pool.remember(request.ids[: request.read], request.pages)
            if not request.unread:  # else it is a prompt, and more of it is to come
                request.ended = request.add(next(tokens))  # (!)
        ended = [request for request, _ in plan if request.ended]
        for request in ended:
            self.release(request)
        return ended

    @torch.inference_mode()
    def next_tokens(self, plan: Plan) -> list[int]:
        """The model reads so many more tokens of each text; one follows each that has no more."""
        ids = [i for request, n in plan for i in request.ids[request.read : request.read + n]]
        tables, lengths = [r.pages for r, _ in plan], [r.read for r, _ in plan]
        memory, mask, position_ids = self.cache.reading(tables, lengths, [n for _, n in plan])
        rows = torch.tensor(ids, device=self.cache.device)[:, None]  # (N, 1)
        with evaluation_mode(self.model):
            logits = self.decoder(rows, memory, mask, position_ids)[:, 0]  # (N, V) (!)
        ends = accumulate(n for _, n in plan)  # behind the last row of each text
        whole = [(r, end - 1) for (r, n), end in zip(plan, ends, strict=True) if n == r.unread]
        if not whole:
            return []
        texts, generators = [r.ids for r, _ in whole], [r.generator for r, _ in whole]
        return choose_each(logits[[row for _, row in whole]], texts, generators, **self.filters)

    # --8<-- [start:room]
    def admit(self) -> None:
        """Lets in those who wait, in their order, while there are places and pages."""
        while self.waiting and len(self.running) < self.max_running:
            opened = self.cache.pool.open(self.waiting[0].ids, self.share)
            if opened is None:
                return
            request = self.waiting.popleft()
            request.pages, request.read = opened
            self.running.append(request)

    def make_room(self) -> None:
        """A page for each text that fills its last one; where none is free, the youngest must wait.

        It gives its pages back and is read anew later: preemption, with recomputation.
        """
        pool = self.cache.pool
        for request in list(self.running):
            while request in self.running and len(request.pages) * pool.size < len(request.ids):
                if pool.free:
                    request.pages.append(pool.take())
                else:
                    youngest = self.running[-1]
                    self.release(youngest)
                    self.waiting.appendleft(youngest)  # (!)

    def release(self, request: Request) -> None:
        """Takes a text out of the batch. What its pages hold can be found until they are taken."""
        self.running.remove(request)
        if self.share:
            self.cache.pool.remember(request.ids[: request.read], request.pages)
        self.cache.pool.give_back(request.pages)
        request.pages, request.read = [], 0
        # --8<-- [end:room]
