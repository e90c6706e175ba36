"""A picture in words: its patches' states, projected into the space of a small decoder's tokens.

So does LLaVA (Liu et al. 2023, section 4.1): for the decoder, patches are tokens like others,
which stand before the text.
"""

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_batch
from snippets.transformer.masks import causal_mask
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig

END = 0  # begins and ends every caption
IGNORED = -100  # the target of padding


def decoder_config(vocab_size: int, context: int, d_model: int = 96) -> MiniGPTConfig:
    """MiniGPT's parts in a smaller size, for tokens that are words."""
    return MiniGPTConfig(
        vocab_size=vocab_size,
        context=context,
        d_model=d_model,
        num_layers=2,
        num_heads=4,
        num_kv_heads=4,
        d_hidden=256,
        norm="rmsnorm",
        feed_forward="swiglu",
        positions="rope",
        bias=False,
        qk_norm=True,
    )


class Captioner(nn.Module):
    """A projector of two layers, as in LLaVA-1.5, and a decoder that goes on from the patches.

    Args:
        vocabulary: the words that it can write.
        picture_size: how long the state of a patch is.
        patches: how many there are, S.
        longest: words of the longest caption.
    """

    def __init__(
        self, vocabulary: Sequence[str], picture_size: int, patches: int, longest: int
    ) -> None:
        super().__init__()
        self.words = ["", *vocabulary]
        self.ids = {word: number for number, word in enumerate(self.words)}
        self.longest = longest
        config = decoder_config(len(self.words), patches + longest + 1)
        self.decoder = MiniGPT(config)
        C = config.d_model
        self.projector = nn.Sequential(nn.Linear(picture_size, C), nn.GELU(), nn.Linear(C, C))

    def encode(self, captions: Sequence[str]) -> tuple[Tensor, Tensor]:
        """What goes in and what should come out, (B, T) each: the second is one word ahead.

        Raises:
            ValueError: a caption without a word, with an unknown one, or too long.
        """
        rows = []
        for caption in captions:
            words = caption.split()
            unknown = [word for word in words if word not in self.ids]
            if not 1 <= len(words) <= self.longest or unknown:
                found = f"unknown: {unknown}" if unknown else f"{len(words)} words"
                raise ValueError(f"caption {caption!r}, {found}; 1 to {self.longest} known words")
            rows.append([self.ids[word] for word in words])
        T = 1 + max(map(len, rows))
        inputs = torch.full((len(rows), T), END)
        targets = torch.full((len(rows), T), IGNORED)
        for i, row in enumerate(rows):
            inputs[i, 1 : len(row) + 1] = torch.tensor(row)
            targets[i, : len(row) + 1] = torch.tensor([*row, END])
        return inputs, targets

    def forward(self, states: Tensor, ids: Tensor) -> Tensor:
        """From patches' states (B, S, C_picture) and words so far (B, T) to logits (B, T, V)."""
        check_batch(states, self.projector[0].in_features)  # type: ignore[arg-type]
        S, T = states.shape[1], ids.shape[1]
        x = torch.cat([self.projector(states), self.decoder.embed(ids)], dim=1)  # (B, S + T, C) (!)
        mask = causal_mask(S + T, 0, ids.device)
        for block in self.decoder.blocks:
            x = block(x, mask, None, torch.arange(S + T, device=ids.device))
        return self.decoder.head(self.decoder.norm(x[:, S:]))  # (B, T, V) (!)

    def loss(self, states: Tensor, captions: Sequence[str]) -> Tensor:
        """Mean of −ln p over the words of captions and their ends: nats per token."""
        inputs, targets = (ids.to(states.device) for ids in self.encode(captions))
        logits = self(states, inputs)
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)

    @torch.no_grad()
    def write(self, states: Tensor) -> list[str]:
        """The most likely word, again and again, until the end: a caption for each of (B, S, C)."""
        ids = torch.full((len(states), 1), END, device=states.device)
        going = torch.ones(len(states), dtype=torch.bool, device=states.device)
        for _ in range(self.longest):
            word = self(states, ids)[:, -1].argmax(-1)  # (B,)
            going &= word != END
            ids = torch.cat([ids, torch.where(going, word, END)[:, None]], dim=1)
            if not going.any():
                break
        return [" ".join(self.words[i] for i in row if i != END) for row in ids.tolist()]


def word_f1(written: str, caption: str) -> float:
    """How well two captions share words, from 0 to 1: 2 · shared / (words of both together).

    It is the harmonic mean of precision and recall; order does not count. ValueError where the
    true caption has no words.
    """
    one, two = Counter(written.split()), Counter(caption.split())
    if not two:
        raise ValueError(f"the caption {caption!r} has no words")
    return 2 * (one & two).total() / (one.total() + two.total())
