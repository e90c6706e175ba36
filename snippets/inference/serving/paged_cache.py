"""A KV cache in pages: texts of any lengths take what they need, and share what is equal.

Kwon et al. 2023 (PagedAttention) call a page a block, and the list of a text's pages its block
table.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from snippets.checks import check_positive
from snippets.transformer.kv_cache import KVCache
from snippets.transformer.minigpt import MiniGPT, device_of


# --8<-- [start:pages]
class PagePool:
    """Whose each page is: a page holds `size` tokens of one text, or of several that begin alike.

    A page is free when no text uses it. What it holds stays in it until it is taken for something
    else, and can be found by the text that ends with the page.
    """

    def __init__(self, count: int, size: int) -> None:
        check_positive(count=count, size=size)
        self.size = size
        self.users = [0] * count  # how many texts use each page
        self.free = dict.fromkeys(range(count))  # in the order in which they will be taken
        self.page_of: dict[tuple[int, ...], int] = {}  # by all tokens up to the page's end
        self.text_of: dict[int, tuple[int, ...]] = {}

    def take(self) -> int:
        """The page that has been free for longest; what it held is forgotten.

        Raises ValueError where no page is free.
        """
        if not self.free:
            raise ValueError(f"all {len(self.users)} pages are in use")
        page = next(iter(self.free))
        del self.free[page]
        self.page_of.pop(self.text_of.pop(page, ()), None)  # (!)
        self.users[page] = 1
        return page

    def give_back(self, pages: Sequence[int]) -> None:
        """A text uses these pages no longer. The last becomes free first, so it is taken first."""
        for page in reversed(pages):
            self.users[page] -= 1
            if self.users[page] == 0:  # (!)
                self.free[page] = None
                # --8<-- [end:pages]

    # --8<-- [start:prefixes]
    def remember(self, ids: Sequence[int], pages: Sequence[int]) -> None:
        """The full ones of these pages hold the keys and values of ids, and can now be found."""
        for number, page in enumerate(pages[: len(ids) // self.size], 1):
            text = tuple(ids[: number * self.size])
            if page not in self.text_of and text not in self.page_of:
                self.page_of[text], self.text_of[page] = page, text

    def found(self, ids: Sequence[int]) -> list[int]:
        """The pages that hold the beginning of ids, as far as there are any, but never all of ids.

        At least one token must be read, or there would be no logits to draw the next from.
        """
        pages = []
        for end in range(self.size, len(ids), self.size):
            if (page := self.page_of.get(tuple(ids[:end]))) is None:
                break
            pages.append(page)
        return pages

    def open(self, ids: Sequence[int], share: bool = True) -> tuple[list[int], int] | None:
        """Pages for ids, and how many tokens of them need not be read; None if too few are free."""
        shared = self.found(ids) if share else []
        new = -(-len(ids) // self.size) - len(shared)
        if new > len(self.free) - sum(page in self.free for page in shared):
            return None
        for page in shared:
            self.users[page] += 1
            self.free.pop(page, None)  # (!)
        return shared + [self.take() for _ in range(new)], len(shared) * self.size
        # --8<-- [end:prefixes]


class PagedLayer(KVCache):
    """A layer's memory for one pass over N tokens of any texts: a `KVCache`, but in pages.

    Args:
        slots: (all slots, 2, H_kv, D), the keys and values of all pages, one token after another.
        new: (N,), the slot in which each token of this pass is written.
        seen: (N, W), the slots of the text that each token belongs to, in order, filled up to the
            longest text with slots that the mask hides.
    """

    def __init__(self, slots: Tensor, new: Tensor, seen: Tensor) -> None:
        super().__init__()
        self.slots, self.new, self.seen = slots, new, seen
        self.length = seen.shape[1] - 1  # what the longest text has before its newest token

    def append(self, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write keys and values, each (N, H_kv, 1, D), then gather those seen, (N, H_kv, W, D)."""
        self.slots[self.new] = torch.stack([keys[:, :, 0], values[:, :, 0]], dim=1)  # (!)
        rows = self.slots.index_select(0, self.seen.flatten())  # (N · W, 2, H_kv, D) (!)
        both = rows.view(*self.seen.shape, *rows.shape[1:]).permute(2, 0, 3, 1, 4)
        return both[0], both[1]


class PagedCache:
    """The keys and values of a model's layers in `count` pages of `size` tokens."""

    def __init__(self, model: MiniGPT, count: int, size: int) -> None:
        self.pool, self.device = PagePool(count, size), device_of(model)
        c = model.config
        shape = (count * size, 2, c.num_kv_heads, c.d_model // c.num_heads)
        like = next(model.parameters())
        self.slots = [like.new_zeros(shape) for _ in model.new_cache()]

    def reading(
        self, tables: Sequence[Sequence[int]], lengths: Sequence[int], more: Sequence[int]
    ) -> tuple[list[KVCache], Tensor, Tensor]:
        """What a pass needs that reads so many more tokens of each text, N in all.

        Every token is a row of its own, as if it were the only new token of its text.

        Args:
            tables: the pages of each text, with room for what is to be read.
            lengths: how many tokens of each text are in its pages.
            more: how many it reads now.

        Returns:
            A memory for each layer, the mask (N, 1, 1, W) and the positions (N, 1).
        """
        size, most = self.pool.size, max(map(len, tables))
        pages = torch.tensor([[*t, *[t[-1]] * (most - len(t))] for t in tables])  # (B, most)
        places = [(text, at) for text, n in enumerate(more) for at in range(n)]
        text, at = torch.tensor(places).T  # (N,) each
        position_ids = (torch.tensor(lengths)[text] + at)[:, None]  # (N, 1)
        columns = torch.arange(int(position_ids.max()) + 1)  # (W,)
        seen = (pages[:, columns // size] * size + columns % size)[text]  # (N, W) (!)
        new = seen.gather(1, position_ids)[:, 0]  # (N,)
        mask = (columns <= position_ids)[:, None, None]  # (N, 1, 1, W)
        new, seen, mask, position_ids = (x.to(self.device) for x in (new, seen, mask, position_ids))
        return [PagedLayer(slots, new, seen) for slots in self.slots], mask, position_ids
