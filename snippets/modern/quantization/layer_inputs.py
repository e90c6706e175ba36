"""What goes into the layers of a model while it reads."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn


@torch.no_grad()
def layer_inputs(layers: Mapping[str, nn.Module], run: Callable[[], object]) -> dict[str, Tensor]:
    """The inputs of each layer during a run, one row per token: (N, in) by the layer's name.

    ValueError where a layer is not called.
    """
    kept: dict[str, list[Tensor]] = {name: [] for name in layers}

    def keep(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        return lambda _, given: kept[name].append(given[0].flatten(0, -2))

    hooks = [layer.register_forward_pre_hook(keep(name)) for name, layer in layers.items()]  # (!)
    try:
        run()
    finally:
        for hook in hooks:
            hook.remove()
    if idle := [name for name, found in kept.items() if not found]:
        raise ValueError(f"the run never calls {idle}")
    return {name: torch.cat(found) for name, found in kept.items()}
