"""Text as batches to learn from, and the loss on text that was not learned from."""

from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor

from snippets.transformer.minigpt import MiniGPT, device_of, next_token_loss


def batches(
    data: Tensor, batch_size: int, context: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Endless pieces of ids (N,): inputs (B, T), and targets (B, T) one token later.

    The text is cut into pieces of a context, from a random place on, and these come in random
    order: each once, before the text is cut anew. So no passage is met twice while another waits.
    """
    check_length("training", data, context)
    offsets = torch.arange(context + 1)
    waiting = torch.empty(0, dtype=torch.long)  # where the pieces begin that are still to come
    while True:
        while len(waiting) < batch_size:
            first = int(torch.randint(min(context, len(data) - context), (), generator=generator))
            starts = torch.arange(first, len(data) - context, context)
            order = torch.randperm(len(starts), generator=generator)
            waiting = torch.cat([waiting, starts[order]])
        starts, waiting = waiting[:batch_size, None], waiting[batch_size:]  # (B, 1)
        pieces = data[starts + offsets]  # (B, T + 1)
        yield pieces[:, :-1], pieces[:, 1:]


def growing_batches(
    data: Tensor, batch_size: int, context: int, steps: int, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """`batches` of equally many tokens each, whose sequences grow: (4B, T/4), (2B, T/2), (B, T).

    Of `steps` such steps two fifths have a quarter of the context, the others half; then comes the
    whole. Short sequences cost less attention, and what is near is learned first (Li et al. 2022).
    ValueError where the context is not divisible by 4.
    """
    if steps and context % 4:
        raise ValueError(f"a context of {context} is not divisible by 4: it cannot grow to it")
    quarter = 2 * steps // 5
    for parts, count in ((4, quarter), (2, steps - quarter)):
        if count:
            shorter = batches(data, parts * batch_size, context // parts, generator)
            yield from islice(shorter, count)
    yield from batches(data, batch_size, context, generator)


@torch.no_grad()
def evaluate(
    model: MiniGPT,
    data: Tensor,
    windows: int | None = None,
    batch_size: int = 64,
    context: int | None = None,
) -> float:
    """Mean of −ln p over all tokens of ids (N,) but the first, read a context at a time.

    With `windows`, over that many contexts only, spread evenly: the same ones each time. With
    `context`, in pieces of that length, shorter than the model's.
    """
    check_length("validation", data, 1)
    context = model.config.context if context is None else context
    count = (len(data) - 1) // context
    inputs = data[: count * context].view(count, context)
    targets = data[1 : count * context + 1].view(count, context)
    rest = data[count * context :]
    if windows is not None and windows < count:
        chosen = torch.arange(windows) * count // windows
        inputs, targets, rest = inputs[chosen], targets[chosen], rest[:0]
    device = device_of(model)
    inputs, targets, rest = (ids.to(device) for ids in (inputs, targets, rest))
    pieces = list(zip(inputs.split(batch_size), targets.split(batch_size), strict=True))
    if len(rest) > 1:  # what is left over at the end, shorter than a context
        pieces.append((rest[None, :-1], rest[None, 1:]))

    was_training = model.training
    model.eval()
    losses = [next_token_loss(model(x), y).item() * y.numel() for x, y in pieces if len(x)]
    model.train(was_training)
    return sum(losses) / sum(y.numel() for _, y in pieces)


def check_length(name: str, data: Tensor, context: int) -> None:
    """Raise a ValueError where not one piece of the text fits."""
    if len(data) <= context:
        raise ValueError(f"the {name} text has {len(data)} tokens; it needs {context + 1} or more")
