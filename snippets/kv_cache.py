"""The keys and values of positions already seen, so that generating need not compute them again."""

# --8<-- [start:imports]
import torch
from torch import Tensor

# --8<-- [end:imports]


# --8<-- [start:kv-cache]
class KVCache:
    """What one attention layer remembers: keys and values, each (B, H_kv, length, D)."""

    def __init__(self) -> None:
        self.keys: Tensor | None = None
        self.values: Tensor | None = None

    @property
    def length(self) -> int:
        """How many positions are remembered."""
        return 0 if self.keys is None else self.keys.shape[2]

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add new positions, each (B, H_kv, T, D), and return all of them, the new ones last.

        Raises:
            ValueError: the shapes do not fit each other or what is remembered.
        """
        self.check(keys, values)
        if self.keys is not None and self.values is not None:
            keys = torch.cat([self.keys, keys], dim=2)  # (B, H_kv, length + T, D)
            values = torch.cat([self.values, values], dim=2)
        self.keys, self.values = keys, values
        return keys, values
        # --8<-- [end:kv-cache]

    def truncated(self, length: int) -> "KVCache":
        """A copy that remembers the first ``length`` positions; this one stays as it is.

        Raises:
            ValueError: ``length`` is negative or more than is remembered.
        """
        if not 0 <= length <= self.length:
            raise ValueError(f"length={length} is not between 0 and {self.length}")
        copy = KVCache()
        if self.keys is not None and self.values is not None:
            copy.keys = self.keys[:, :, :length].clone()  # (B, H_kv, length, D)
            copy.values = self.values[:, :, :length].clone()
        return copy

    def check(self, keys: Tensor, values: Tensor) -> None:
        """Raise a ValueError where new keys and values do not fit."""
        if keys.ndim != 4 or keys.shape != values.shape:
            shapes = f"keys {tuple(keys.shape)} and values {tuple(values.shape)}"
            raise ValueError(f"{shapes} must both be (B, H_kv, T, D)")
        if self.keys is None:
            return
        old, new = self.keys.shape, keys.shape
        if (old[:2], old[3]) != (new[:2], new[3]):
            raise ValueError(f"{tuple(new)} does not continue the remembered {tuple(old)}")
