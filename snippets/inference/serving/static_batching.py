"""Static batching, to compare with: a batch is written to its end before the next begins."""

from collections import deque
from collections.abc import Sequence
from typing import Any

import torch

from snippets.checks import check_positive
from snippets.inference.batched_generation import BatchReader
from snippets.inference.fast_decoder import Decoder
from snippets.inference.generation import check_prompt
from snippets.inference.sampling import choose_each
from snippets.inference.serving.request import Plan, Request, Work, work_of
from snippets.inference.stopping import stop_rule
from snippets.transformer.minigpt import MiniGPT


class StaticServer:
    """Those who wait become a batch, and nobody joins it until all of its texts have ended.

    Each text is handed over when it ends. With `leave` it also leaves the rectangle, so that the
    others go on without it; else it is computed on, for nothing.
    """

    def __init__(
        self, model: MiniGPT, *, max_running: int = 16, leave: bool = False, **filters: Any
    ) -> None:
        check_positive(max_running=max_running)
        self.model, self.decoder, self.filters = model, Decoder(model), filters
        self.max_running, self.leave = max_running, leave
        self.waiting: deque[Request] = deque()
        self.running: list[Request] = []  # the rows of the rectangle, some of them ended
        self.columns = 0  # of the rectangle
        self.work: Work = (0, 0)  # of the last step

    @property
    def busy(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.waiting or self.running)

    def submit(self, prompt: Sequence[int], max_new_tokens: int) -> Request:
        """Puts a request into the queue; ValueError as from `generate`."""
        ids = check_prompt(self.model, prompt, max_new_tokens)
        check_positive(max_new_tokens=max_new_tokens)
        request = Request(ids, len(ids), max_new_tokens, stop_rule(None), None)
        self.waiting.append(request)
        return request

    def step(self) -> list[Request]:
        """Writes one token of each text in the batch, and returns the requests that ended."""
        fresh = not self.running
        if fresh:
            while self.waiting and len(self.running) < self.max_running:
                self.running.append(self.waiting.popleft())
            texts = [request.ids for request in self.running]
            self.reader = BatchReader(self.model, texts, step=self.decoder)
        self.columns = max(map(len, texts)) if fresh else self.columns + 1
        more = self.columns if fresh else 1
        self.work = work_of([(self.columns - more, more)] * len(self.running))
        tokens, ended = self.next_tokens([(request, more) for request in self.running]), []
        for request, token in zip(self.running, tokens, strict=True):
            if request.ended:
                request.ids.append(token)
            elif why := request.add(token):
                request.ended = why
                ended.append(request)
        left = [row for row, request in enumerate(self.running) if not request.ended]
        if self.leave and ended and left:
            self.reader.keep(left)
        if self.leave or not left:
            self.running = [self.running[row] for row in left]
        return ended

    @torch.inference_mode()
    def next_tokens(self, plan: Plan) -> list[int]:
        """The model reads what is new in each row; one token is drawn to follow each."""
        texts = [request.ids for request, _ in plan]
        logits = self.reader.next_logits(texts)  # (B, V)
        return choose_each(logits, texts, [r.generator for r, _ in plan], **self.filters)
