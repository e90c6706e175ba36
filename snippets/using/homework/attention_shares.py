"""Where the heads of a BERT look on average over many texts, by weight and by what is added."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Attended(NamedTuple):
    """What a model did with B texts of up to T tokens: L layers of H heads.

    Attributes:
        ids: (B, T), padded at the end.
        shown: (B, T), False where padding is.
        weights: (L, B, H, T, T); a row says where its token looks.
        lengths: (L, B, H, T), of the value vector that each token offers to each head.
    """

    ids: Tensor
    shown: Tensor
    weights: Tensor
    lengths: Tensor

    def words(self, *markers: int) -> Tensor:
        """(B, T): True where a token is neither padding nor one of these ids."""
        return self.shown & ~torch.isin(self.ids, torch.tensor(markers, device=self.ids.device))

    def added(self) -> Tensor:
        """Weights times the lengths of values, each row scaled to sum to one, (L, B, H, T, T).

        How much of what a head adds comes from where (Kobayashi et al. 2020, whose vectors have
        gone through the output projection as well).
        """
        parts = self.weights * self.lengths[..., None, :]
        return parts / parts.sum(-1, keepdim=True)


@torch.no_grad()
def attend_to_all(
    tokenizer: Any, model: Any, texts: Sequence[str], cls: bool = True, first: int = 0
) -> Attended:
    """Let a BERT of `transformers`, with eager attention, read texts, and watch its heads.

    Args:
        tokenizer: its own.
        model: in evaluation mode.
        texts: B of them.
        cls: whether [CLS] stands in front; without it, the first word is the first token.
        first: the position that the first token is told to have.

    Raises:
        ValueError: no text, or a first position below 0.
    """
    if not texts or first < 0:
        raise ValueError(f"{len(texts)} texts from position {first}: nothing to read")
    found = tokenizer(list(texts), return_tensors="pt", padding=True).to(model.device)
    ids, shown = (found[name][:, 0 if cls else 1 :] for name in ("input_ids", "attention_mask"))
    places = torch.arange(first, first + ids.shape[1], device=ids.device)
    out = model(input_ids=ids, attention_mask=shown, position_ids=places[None],
                output_attentions=True, output_hidden_states=True)  # fmt: skip
    heads = model.config.num_attention_heads
    lengths = []
    for layer, states in zip(model.encoder.layer, out.hidden_states, strict=False):
        values = layer.attention.self.value(states)  # (B, T, C)
        lengths.append(values.unflatten(-1, (heads, -1)).norm(dim=-1).mT)  # (B, H, T)
    return Attended(ids, shown.bool(), torch.stack(out.attentions), torch.stack(lengths))


def share(weights: Tensor, givers: Tensor, onto: Tensor) -> Tensor:
    """Of what the givers give, the share that goes onto some tokens; a mean for each head, (L, H).

    Args:
        weights: (L, B, H, T, T), rows that sum to one.
        givers: (B, T), True for the tokens whose rows count.
        onto: (B, T), True for tokens that are looked at; or (T, T), for pairs.

    Raises:
        ValueError: no giver.
    """
    if not givers.any():
        raise ValueError("no token gives anything")
    columns = onto[:, None, None] if onto.shape == givers.shape else onto
    given = (weights * columns).sum(-1) * givers[:, None]  # (L, B, H, T) (!)
    return given.sum((1, 3)) / givers.sum()  # (!)
