"""Which passages a training run read, and when: drawn again from its seed.

So a model can be asked for what it read, beside what it did not read of the same texts.
"""

from itertools import islice

import torch
from torch import Tensor

from snippets.training.batches import growing_batches
from snippets.training.config import TrainingConfig


def what_was_read(length: int, settings: TrainingConfig, context: int) -> tuple[Tensor, Tensor]:
    """Which characters of a text of that length a training run read, and its last whole pieces.

    The order of the pieces follows from the seed alone. So the same batches are drawn again, of a
    text whose characters are their own places.

    Returns:
        read: (length,) bool.
        last: (N,) where the pieces of a whole context began that were read, the latest last.
    """
    chance = torch.Generator().manual_seed(settings.seed)
    growing = round(settings.growth * settings.steps)
    places = torch.arange(length)
    order = growing_batches(places, settings.batch_size, context, growing, chance)  # (!)
    read, last = torch.zeros(length, dtype=torch.bool), []
    for inputs, targets in islice(order, settings.steps):
        read[inputs] = True
        read[targets] = True
        if inputs.shape[1] == context:
            last.append(inputs[:, 0])
    return read, torch.cat(last) if last else torch.empty(0, dtype=torch.long)
