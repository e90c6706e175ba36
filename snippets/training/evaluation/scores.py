"""What a model says of each token of a text, one by one: what `evaluate` takes the mean of."""

import torch
from torch import Tensor
from torch.nn import functional as F

from snippets.training.batches import check_length
from snippets.transformer.minigpt import MiniGPT, device_of


@torch.no_grad()
def log_probabilities(model: MiniGPT, ids: Tensor, batch_size: int = 64) -> Tensor:
    """The ln P of each token of ids (N,) but the first, read a context at a time: (N - 1,).

    The model should be in evaluation mode. Raises ValueError for a text of fewer than two tokens.
    """
    check_length("scored", ids, 1)
    device, context = device_of(model), model.config.context
    pairs = torch.stack([ids[:-1], ids[1:]])
    filled = F.pad(pairs, (0, -(len(ids) - 1) % context))  # behind the end, where nobody looks
    inputs, targets = filled.view(2, -1, context).to(device)  # (windows, T) each
    found = []
    for x, y in zip(inputs.split(batch_size), targets.split(batch_size), strict=True):
        said = model(x).float().log_softmax(-1)  # (B, T, V)
        found.append(said.gather(-1, y[..., None]).flatten())  # (!)
    return torch.cat(found)[: len(ids) - 1].double().cpu()
