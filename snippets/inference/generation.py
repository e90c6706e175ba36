"""Generating text: one token after another, each drawn from what the model expects next."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from snippets.foundations.tokenizers import CharTokenizer
from snippets.inference.sampling import choose, seeded
from snippets.inference.stopping import Stop, cut_after, stop_at_text, stop_rule
from snippets.transformer.minigpt import MiniGPT, device_of

Step = Callable[..., Tensor]  # reads ids (B, 1) into a cache and gives logits, as a MiniGPT does


class Reader:
    """Gives the logits for the token after ids, with a cache or without: the same numbers.

    A model sees at most its context. A longer prompt is cut to its last `context` tokens. Where a
    text grows beyond the context, reading starts anew at the last half of it: the cached keys and
    values of the rest were computed from tokens now out of sight (and from positions that have
    changed), so they cannot be kept. Without a cache the same tokens are read, only all of them
    each time; a model that can have no cache is read like this anyway. Of a text beyond the
    context, the model sees at least half a context.
    """

    def __init__(
        self, model: MiniGPT, prompt_length: int, use_cache: bool = True, step: Step | None = None
    ) -> None:
        self.model, self.step, self.device = model, step or model, device_of(model)
        self.use_cache = use_cache and model.can_cache
        self.start = max(0, prompt_length - model.config.context)
        self.cache = model.new_cache() if self.use_cache else []

    @torch.inference_mode()
    def next_logits(self, ids: Sequence[int]) -> Tensor:
        """The logits (V,) for the token after ids, which go on from those of the last call."""
        context = self.model.config.context
        if len(ids) - self.start > context:
            self.start = len(ids) - (context + 1) // 2
            self.cache = self.model.new_cache() if self.use_cache else []
        seen = self.cache[0].length if self.use_cache else 0
        new = torch.tensor([ids[self.start + seen :]], device=self.device)  # (1, how many are new)
        with evaluation_mode(self.model):
            if not self.use_cache:
                return self.model(new)[0, -1]  # (V,)
            step = self.step if new.shape[1] == 1 else self.model
            return step(new, self.cache)[0, -1]  # (V,) (!)


def stream(
    model: MiniGPT,
    ids: Sequence[int] | Tensor,
    max_new_tokens: int,
    *,
    stop: Sequence[int | Sequence[int]] | Stop | None = None,
    seed: int | None = None,
    use_cache: bool = True,
    step: Step | None = None,
    **filters: Any,
) -> Iterator[int]:
    """Yields new tokens one by one; `generate` says what the arguments mean."""
    ids = check_prompt(model, ids, max_new_tokens)
    over, generator = stop_rule(stop), seeded(seed)
    reader = Reader(model, len(ids), use_cache, step)
    new: list[int] = []
    for _ in range(max_new_tokens):
        new.append(choose(reader.next_logits(ids), ids, generator, **filters))
        ids.append(new[-1])
        yield new[-1]
        if over(new):
            return


def generate(
    model: MiniGPT,
    ids: Sequence[int] | Tensor,
    max_new_tokens: int,
    *,
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    repetition_penalty: float | None = None,
    stop: Sequence[int | Sequence[int]] | Stop | None = None,
    seed: int | None = None,
    use_cache: bool = True,
    step: Step | None = None,
) -> list[int]:
    """Continues a prompt: gives back its ids and up to max_new_tokens new ones.

    Args:
        ids: the prompt, a list or a tensor of one dimension, not empty; may exceed the context.
        temperature, top_k, top_p, min_p, repetition_penalty: see the filters, applied in the order
            penalty, temperature, top-k, top-p, min-p. Temperature 0 is greedy.
        stop: ids, or runs of ids, each of which ends the text once it was generated; it is kept.
            Or a rule such as `stop_at_text`.
        seed: the same seed gives the same text; without one, PyTorch's own generator is used.
        use_cache: False recomputes everything for each token: the same text, slower. A model with a
            token shift, such as that of most presets, has no cache, so all is recomputed anyway.
        step: what reads each token after the prompt: the model, unless given a faster `Decoder`.
            Without a cache the model does.

    Raises:
        ValueError: an empty prompt, an unknown id, or an argument out of its range.
    """
    options: dict[str, Any] = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    options |= {"min_p": min_p, "repetition_penalty": repetition_penalty, "stop": stop}
    options |= {"seed": seed, "use_cache": use_cache, "step": step}
    new = stream(model, ids, max_new_tokens, **options)
    return [*map(int, ids), *new]


def complete(
    model: MiniGPT,
    tokenizer: CharTokenizer,
    prompt: str,
    max_new_tokens: int,
    *,
    stop: Sequence[str] = (),
    **options: Any,
) -> str:
    """`generate` from text to text: the prompt and what follows. `stop` holds strings."""
    ids = tokenizer.encode(prompt)
    rule = stop_at_text(tokenizer, stop) if stop else None
    new = generate(model, ids, max_new_tokens, stop=rule, **options)[len(ids) :]
    return prompt + cut_after(tokenizer.decode(new), stop)


# --8<-- [start:evaluation-mode]
@contextmanager
def evaluation_mode(model: MiniGPT) -> Iterator[None]:
    """Within it, nothing is dropped; a model that was in training goes back to it afterwards."""
    was_training = model.training
    if was_training:
        model.eval()
    try:
        yield
    finally:
        if was_training:
            model.train()


def check_prompt(model: MiniGPT, ids: Sequence[int] | Tensor, max_new_tokens: int) -> list[int]:
    """The ids of a prompt as a list of their own; ValueError where they cannot be continued."""
    ids = [int(i) for i in ids]
    if not ids:
        raise ValueError("the prompt is empty: the model needs at least one token to go on from")
    if max_new_tokens < 0:
        raise ValueError(f"max_new_tokens={max_new_tokens} must not be negative")
    for i in ids:
        if not 0 <= i < model.config.vocab_size:
            raise ValueError(f"id {i} is not in the vocabulary of {model.config.vocab_size}")
    return ids


# --8<-- [end:evaluation-mode]
