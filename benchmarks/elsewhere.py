"""A training on another device than the CPU, where its loss is wanted and its time is not."""

import torch
from torch import nn

from snippets.training.loop import Training
from snippets.transformer.minigpt import MiniGPT


def on(device: str, training_class: type[Training]) -> type[Training]:
    """The same training with its model on a device (`cuda`), uncompiled; batches follow it there.

    ValueError where PyTorch knows no such device, or there is none.
    """
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"device={device!r} is not here: {error}") from error

    class There(training_class):  # type: ignore[valid-type, misc]
        def prepare(self, model: MiniGPT) -> nn.Module:
            return model.to(device)

    return There


def device_name(device: str) -> str:
    """What a device is called: `NVIDIA H100 80GB HBM3`; itself where nothing more is known."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device
