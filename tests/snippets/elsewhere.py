"""What stands for a GPU on machines that have none."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only

DEVICE = torch.device("meta")
aten = torch.ops.aten
INDEXING = (aten.index.Tensor, aten.index_put_.default)


class Far(Tensor):
    """Says that it is on the device "meta", which keeps no numbers, but keeps them."""

    numbers: Tensor

    @staticmethod
    def __new__(cls, numbers: Tensor) -> "Far":
        """A tensor that has these numbers, of the CPU, elsewhere."""
        far: Far = Tensor._make_wrapper_subclass(
            cls, numbers.shape, numbers.stride(), dtype=numbers.dtype, device=DEVICE
        )
        far.numbers = numbers
        return far

    @classmethod
    def __torch_dispatch__(cls, *_: Any, **__: Any) -> Any:
        """Only `Elsewhere` computes with it."""
        raise RuntimeError("this tensor's numbers can be read within `Elsewhere` alone")


class Elsewhere(TorchDispatchMode):
    """While it lasts, the device "meta" has numbers, as a GPU has.

    Refused are tensors of both devices at once, unless one is copied to the other, has no
    dimensions or is an index into one elsewhere, and generators of the CPU elsewhere. What
    `torch.tensor(..., device="meta")` makes has no numbers and is refused as well: `.to("meta")`
    keeps them.
    """

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Computes on the CPU; what comes of it is where it would be with a GPU."""
        given: list[Tensor] = []
        tree_map_only(Tensor, given.append, (args, kwargs))
        far = any(isinstance(tensor, Far) for tensor in given)
        if far and func in INDEXING:  # the indices alone may be the CPU's
            given = [args[0], *args[2:3]]
            if not isinstance(args[0], Far):
                raise RuntimeError(f"{func} is given indices of another device")
        other = any(tensor.ndim and not isinstance(tensor, Far) for tensor in given)
        if far and other and func is not aten.copy_.default:
            raise RuntimeError(f"{func} is given tensors of two devices")
        args, kwargs = tree_map_only(Far, lambda tensor: tensor.numbers, (args, kwargs or {}))
        if kwargs.get("device") is not None:
            far = kwargs["device"] == DEVICE
            kwargs["device"] = torch.device("cpu")
        if far and kwargs.get("generator") is not None:
            raise RuntimeError(f"{func} is given a generator of the CPU")
        found = func(*args, **kwargs)
        return tree_map_only(Tensor, Far, found) if far else found


def devices_read(model: nn.Module) -> list[Any]:
    """The type of the device of what a model reads, one more with each pass."""
    seen: list[Any] = []
    model.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].device.type))
    return seen
