"""Sliding-window attention: each token looks at the last W tokens, itself among them.

The mask, a cache that holds no more than the window, and how far a stack of such layers sees.
Child et al. 2019 and Beltagy et al. 2020 have windows; Mistral 7B (Jiang et al. 2023) has this one.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from snippets.checks import check_positive
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.masks import causal_mask


def window_mask(
    length: int, window: int, past: int = 0, device: torch.device | str | None = None
) -> Tensor:
    """Each position may look at itself and at the window − 1 positions before it.

    Args:
        length: T, how many positions ask.
        window: W, how many positions each sees at most, itself included.
        past: how many positions came before them.
        device: where the mask is to lie.

    Returns:
        (T, past + T), boolean. A window longer than the text is the causal mask.

    Raises:
        ValueError: the window is below 1, or another number negative.
    """
    check_positive(window=window)
    seen = causal_mask(length, past, device)  # (T, past + T): itself and what came before
    return seen & ~seen.tril(past - window)  # without what is W or more positions back (!)


# --8<-- [start:rolling]
class RollingKVCache(KVCache):
    """Keys and values of the last W positions: position p is kept in row p % W.

    It serves a `MultiHeadAttention` as any `KVCache` does. The prompt comes at once, under a
    `window_mask`; after it, one token at a time, without a mask: all that is kept may be seen.
    """

    def __init__(self, window: int) -> None:
        super().__init__()
        check_positive(window=window)
        self.window = window

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add positions, each (B, H_kv, T, D), and return those to be looked at.

        Raises:
            ValueError: the shapes do not fit, or several positions come after the first call.
        """
        self.check(keys, values)
        T = keys.shape[2]
        if self.length and T > 1:
            raise ValueError(f"{T} positions at once after {self.length}: feed one at a time")
        rows = torch.arange(self.length, self.length + T)[-self.window :] % self.window  # (!)
        if not self.room:
            like = keys[:, :, :1].expand(-1, -1, self.window, -1)
            self.room = [torch.empty_like(like).contiguous() for _ in range(2)]
        self.length += T
        for room, new in zip(self.room, (keys, values), strict=True):
            room[:, :, rows] = new[:, :, -self.window :]  # over what has left the window (!)
        return (keys, values) if T > 1 else (self.keys, self.values)
        # --8<-- [end:rolling]

    @property
    def keys(self) -> Tensor:
        """The keys in the window, (B, H_kv, at most W, D); the oldest need not come first."""
        return self.room[0][:, :, : min(self.length, self.window)]

    @property
    def values(self) -> Tensor:
        """The values in the window, in the same order."""
        return self.room[1][:, :, : min(self.length, self.window)]

    def truncated(self, length: int) -> KVCache:
        """Not possible once something was overwritten: ValueError, unless nothing was."""
        if self.length > self.window:
            raise ValueError(f"of {self.length} positions, only {self.window} are still there")
        copy = RollingKVCache(self.window)
        if not 0 <= length <= self.length:
            raise ValueError(f"length={length} is not between 0 and {self.length}")
        copy.length, copy.room = length, [room.clone() for room in self.room]
        return copy


def layer_windows(num_layers: int, window: int, context: int, every: int = 0) -> list[int | None]:
    """The window of each layer; None for those that see everything, which is each `every`-th.

    Raises:
        ValueError: a window that does not fit into the context, or `every` is negative.
    """
    check_positive(num_layers=num_layers, window=window, context=context)
    if window > context:
        raise ValueError(f"window={window} does not fit into context={context}")
    if every < 0:
        raise ValueError(f"every={every} must not be negative")
    return [None if every and n % every == 0 else window for n in range(1, num_layers + 1)]


def reach(windows: Sequence[int | None]) -> int | None:
    """How many tokens can have any influence on the last output; None without a limit.

    A layer carries something W − 1 positions on, so L layers carry it L · (W − 1).
    """
    if any(window is None for window in windows):
        return None
    return 1 + sum(window - 1 for window in windows if window is not None)
