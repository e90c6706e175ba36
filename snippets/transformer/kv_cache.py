"""The keys and values of positions already seen, so that generating need not compute them again."""

from collections.abc import Sequence

from torch import Tensor


# --8<-- [start:kv-cache]
class KVCache:
    """What one attention layer remembers: keys and values, each (B, H_kv, length, D).

    There is room for more: new ones are written beside the old ones, which move only when the room
    is full and one twice as large is taken.
    """

    def __init__(self) -> None:
        self.length = 0  # how many positions are remembered
        self.room: list[Tensor] = []  # for keys and for values, each (B, H_kv, length or more, D)

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add new positions, each (B, H_kv, T, D), and return all of them, the new ones last.

        Raises:
            ValueError: the shapes do not fit each other or what is remembered.
        """
        self.check(keys, values)
        start, self.length = self.length, self.length + keys.shape[2]
        if not self.room or self.length > self.room[0].shape[2]:
            self.grow(keys, start, 2 * self.length)
        self.room[0][:, :, start : self.length] = keys  # (!)
        self.room[1][:, :, start : self.length] = values  # (!)
        return self.keys, self.values
        # --8<-- [end:kv-cache]

    # --8<-- [start:room]
    @property
    def keys(self) -> Tensor:
        """All keys remembered, (B, H_kv, length, D)."""
        return self.room[0][:, :, : self.length]

    @property
    def values(self) -> Tensor:
        """All values remembered, (B, H_kv, length, D)."""
        return self.room[1][:, :, : self.length]

    def grow(self, like: Tensor, length: int, room: int) -> None:
        """Take room for so many positions, and move the first `length` there."""
        batch, heads, _, head_size = like.shape
        larger = [like.new_empty(batch, heads, room, head_size) for _ in range(2)]
        for new, old in zip(larger, self.room, strict=False):
            new[:, :, :length] = old[:, :, :length]
        self.room = larger
        # --8<-- [end:room]

    def truncated(self, length: int) -> "KVCache":
        """A copy that remembers the first ``length`` positions; this one stays as it is.

        Raises:
            ValueError: ``length`` is negative or more than is remembered.
        """
        if not 0 <= length <= self.length:
            raise ValueError(f"length={length} is not between 0 and {self.length}")
        copy = KVCache()
        copy.length, copy.room = length, [room.clone() for room in self.room]
        return copy

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all rows of the batch but these, as when the other texts have ended."""
        self.room = [room[list(rows)] for room in self.room]

    def check(self, keys: Tensor, values: Tensor) -> None:
        """Raise a ValueError where new keys and values do not fit."""
        if keys.ndim != 4 or keys.shape != values.shape:
            shapes = f"keys {tuple(keys.shape)} and values {tuple(values.shape)}"
            raise ValueError(f"{shapes} must both be (B, H_kv, T, D)")
        if not self.room:
            return
        old, new = self.keys.shape, keys.shape
        if (old[:2], old[3]) != (new[:2], new[3]):
            raise ValueError(f"{tuple(new)} does not continue the remembered {tuple(old)}")
