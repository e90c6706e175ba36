"""How much memory tensors take at most while something is computed, by counting them."""

import weakref
from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class PeakMemory(TorchDispatchMode):
    """Within it, each tensor that an operation makes is counted until it is freed.

    `peak` is the most bytes that were alive together. What existed before is not counted, nor what
    an operation needs inside and frees before it returns. Views share the memory of their tensor,
    and count once. As torch.distributed._tools.mem_tracker does, it follows storages by weak
    references.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._seen: weakref.WeakSet[Any] = weakref.WeakSet()

    def __torch_dispatch__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run the operation, and count what is new in its result."""
        before = {id(s) for s in map(_storage, tree_leaves((args, kwargs))) if s is not None}
        result = func(*args, **(kwargs or {}))
        for storage in map(_storage, tree_leaves(result)):
            if storage is not None and id(storage) not in before and storage not in self._seen:
                self._seen.add(storage)
                self._add(storage.nbytes())
                weakref.finalize(storage, self._add, -storage.nbytes())
        return result

    def _add(self, change: int) -> None:
        self.now += change
        self.peak = max(self.peak, self.now)


def _storage(leaf: Any) -> Any:
    return leaf.untyped_storage() if isinstance(leaf, Tensor) else None


def peak_bytes(compute: Callable[[], Any]) -> int:
    """The most bytes that the tensors made by `compute()` take together, its result included."""
    with PeakMemory() as memory:
        result = compute()
    del result
    return memory.peak
