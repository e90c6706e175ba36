"""A classifier of texts: the encoder, the mean of its states, and one linear layer.

Fine-tuning changes all of it, the encoder too. Trained by gradients of the labels alone, a few
thousand texts are enough, since the encoder knows the language already.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.transformer.encoder import Encoder

LONGEST = 64  # tokens: longer texts are cut


class TextClassifier(nn.Module):
    """A score for each class, from the mean of the encoder's states over the tokens of a text.

    BERT's authors take the state of [CLS] instead; these weights were made to be averaged (Reimers
    and Gurevych 2019).
    """

    def __init__(self, encoder: Encoder, classes: int = 2) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(encoder.config.dropout)
        self.head = nn.Linear(encoder.config.d_model, classes)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def features(self, ids: Tensor, shown: Tensor) -> Tensor:
        """The mean state of each text: ids and what is no padding (B, T) -> (B, C)."""
        states = self.encoder(ids, shown[:, None, None, :])  # (B, T, C)
        weights = shown[..., None].to(states.dtype)  # (B, T, 1)
        return (states * weights).sum(1) / weights.sum(1)  # (B, C) (!)

    def forward(self, ids: Tensor, shown: Tensor) -> Tensor:
        """Logits (B, classes)."""
        return self.head(self.dropout(self.features(ids, shown)))


def encode(tokenizer: Any, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Ids (B, T), padded at their ends, and what of them is no padding (B, T), as booleans.

    Raises:
        ValueError: no text.
    """
    if not texts:
        raise ValueError("there is no text to encode")
    batch = tokenizer(
        list(texts), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt"
    )
    return batch["input_ids"], batch["attention_mask"].bool()


def batches(texts: Sequence[str], size: int, generator: torch.Generator) -> Iterator[list[int]]:
    """One pass over the texts in random order, as lists of places, of texts alike in length.

    Sorting by length within each 16 batches saves most of the padding.
    """
    order = torch.randperm(len(texts), generator=generator).tolist()
    found = []
    for start in range(0, len(order), 16 * size):
        pool = sorted(order[start : start + 16 * size], key=lambda place: len(texts[place]))
        found += [pool[i : i + size] for i in range(0, len(pool), size)]
    for place in torch.randperm(len(found), generator=generator).tolist():
        yield found[place]


def fine_tune(
    model: TextClassifier,
    tokenizer: Any,
    texts: Sequence[str],
    labels: Sequence[int],
    generator: torch.Generator,
    epochs: int = 1,
    batch_size: int = 16,
    rate: float = 5e-5,
) -> Iterator[float]:
    """Change all weights so that the labels become likely; yields the loss of each step.

    AdamW; the learning rate rises over a tenth of the steps and falls in a straight line to zero.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01)
    steps = epochs * -(-len(texts) // batch_size)
    warmup = max(1, steps // 10)
    model.train()
    step = 0
    for _ in range(epochs):
        for places in batches(texts, batch_size, generator):
            ids, shown = encode(tokenizer, [texts[i] for i in places])
            loss = F.cross_entropy(model(ids, shown), torch.tensor([labels[i] for i in places]))
            factor = min((step + 1) / warmup, (steps - step) / max(1, steps - warmup))
            optimizer.param_groups[0]["lr"] = rate * factor
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            yield loss.item()
    model.eval()


@torch.no_grad()
def features_of(model: TextClassifier, tokenizer: Any, texts: Sequence[str]) -> Iterator[Tensor]:
    """The features of each text (C,), in their order; the model is in evaluation mode after it."""
    model.eval()
    found: dict[int, Tensor] = {}
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for start in range(0, len(order), 32):
        places = order[start : start + 32]
        vectors = model.features(*encode(tokenizer, [texts[i] for i in places]))
        found.update(zip(places, vectors, strict=True))
    for place in range(len(texts)):
        yield found[place]
