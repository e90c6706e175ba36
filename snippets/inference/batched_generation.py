"""Several prompts at once: each text comes out as it would alone."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from snippets.inference.generation import Step, check_prompt, evaluation_mode
from snippets.inference.sampling import choose_each, seeded
from snippets.inference.stopping import Stop, stop_rule
from snippets.transformer.masks import causal_mask, left_padding_mask
from snippets.transformer.minigpt import MiniGPT, device_of


def left_padded(padding: Tensor, past: int, length: int) -> tuple[Tensor, Tensor]:
    """Mask and positions of the next T columns of texts that begin after their padding.

    Args:
        padding: (B,), how many columns before each text are padding.
        past: how many columns were read before.
        length: T, how many come now.

    Returns:
        The mask (B, 1, T, past + T): causal, and nobody looks at padding. The positions (B, T):
        each text begins at 0, and padding gets 0 as well, which nobody will see.
    """
    seen = left_padding_mask(padding, past + length)  # (B, 1, 1, past + T)
    mask = causal_mask(length, past, padding.device) & seen  # (B, 1, T, past + T)
    columns = torch.arange(past, past + length, device=padding.device)  # (T,)
    return mask, (columns - padding[:, None]).clamp(min=0)  # (B, T)


# --8<-- [start:batch-reader]
class BatchReader:
    """Gives the logits for the next token of each text: `Reader`, for several at once.

    Padding goes before the shorter texts, so that all end in the last column, where the next token
    is read from and the one after it will be written. When the columns fill the context, what is
    still visible of each text is read anew, as `Reader` would for that text alone. Without a cache
    this is done for every token.
    """

    def __init__(
        self,
        model: MiniGPT,
        prompts: Sequence[Sequence[int]],
        use_cache: bool = True,
        step: Step | None = None,
    ) -> None:
        self.model, self.step = model, step or model
        self.use_cache = use_cache and model.can_cache
        self.starts = [max(0, len(ids) - model.config.context) for ids in prompts]
        self.cache = model.new_cache() if self.use_cache else []
        self.padding: Tensor | None = None  # (B,), or None if no text has any

    @torch.inference_mode()
    def next_logits(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """The logits (B, V) after texts that are each one token longer than in the last call."""
        with evaluation_mode(self.model):
            if self.use_cache and 0 < self.cache[0].length < self.model.config.context:
                return self.read(self.step, [ids[-1:] for ids in texts])
            return self.read_anew(texts)
            # --8<-- [end:batch-reader]

    # --8<-- [start:batch-reading]
    def read(self, step: Step, rows: Sequence[Sequence[int]]) -> Tensor:
        """The logits (B, V) after rows of equal length, which go on where the cache ends."""
        ids = torch.tensor(rows, device=device_of(self.model))  # (B, T)
        mask = position_ids = None  # without padding, the model's own
        if self.padding is not None:
            mask, position_ids = left_padded(self.padding, self.cache[0].length, ids.shape[1])
        return step(ids, self.cache, mask, position_ids)[:, -1]  # (B, V)

    def read_anew(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """Reads all that is visible of the texts, into a fresh cache if there is one."""
        context = self.model.config.context
        for row, ids in enumerate(texts):
            if len(ids) - self.starts[row] > context:
                self.starts[row] = len(ids) - (context + 1) // 2
        visible = [list(ids[start:]) for ids, start in zip(texts, self.starts, strict=True)]
        if not self.use_cache:
            return self.read_whole(visible)
        padding = [max(map(len, visible)) - len(ids) for ids in visible]
        self.padding = None
        if any(padding):
            self.padding = torch.tensor(padding, device=device_of(self.model))
        self.cache = self.model.new_cache()
        rows = [[0] * n + ids for n, ids in zip(padding, visible, strict=True)]
        return self.read(self.model, rows)

    def read_whole(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """The logits (B, V) without a cache: padding goes behind, where not even a shift looks."""
        ids = pad_sequence([torch.tensor(ids) for ids in texts], batch_first=True)  # (B, T)
        logits = self.model(ids.to(device_of(self.model)))  # (B, T, V)
        return logits[range(len(texts)), [len(ids) - 1 for ids in texts]]  # (B, V)

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these texts only."""
        self.starts = [self.starts[row] for row in rows]
        if self.padding is not None:
            self.padding = self.padding[list(rows)]
        for layer in self.cache:
            layer.keep(rows)
            # --8<-- [end:batch-reading]


def generate_batch(
    model: MiniGPT,
    prompts: Sequence[Sequence[int] | Tensor],
    max_new_tokens: int,
    *,
    stop: Sequence[int | Sequence[int]] | Stop | None = None,
    seeds: Sequence[int] | None = None,
    use_cache: bool = True,
    step: Step | None = None,
    **filters: Any,
) -> list[list[int]]:
    """Continues several prompts of any lengths; arguments as those of `generate`.

    Text i is what `generate(model, prompts[i], ..., seed=seeds[i])` gives, whatever its neighbours
    are. One that stops leaves the batch. Raises ValueError as `generate` does, and where there are
    not as many seeds as prompts.
    """
    texts = [check_prompt(model, ids, max_new_tokens) for ids in prompts]
    if seeds is not None and len(seeds) != len(texts):
        raise ValueError(f"{len(seeds)} seeds are not one for each of {len(texts)} prompts")
    generators = [seeded(seed) for seed in ([None] * len(texts) if seeds is None else seeds)]
    over = stop_rule(stop)
    lengths = [len(ids) for ids in texts]
    reader, going = BatchReader(model, texts, use_cache, step), list(range(len(texts)))
    for _ in range(max_new_tokens if texts else 0):
        rows = [texts[i] for i in going]
        logits = reader.next_logits(rows)
        tokens = choose_each(logits, rows, [generators[i] for i in going], **filters)
        for ids, token in zip(rows, tokens, strict=True):
            ids.append(token)
        left = [row for row, i in enumerate(going) if not over(texts[i][lengths[i] :])]
        if not left:
            break
        if len(left) < len(going):
            reader.keep(left)
            going = [going[row] for row in left]
    return texts
