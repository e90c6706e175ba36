"""A classifier of texts: the encoder, the mean of its states, and one linear layer.

Fine-tuning changes all of its weights, the encoder's too. About a thousand labelled texts can be
enough, because the encoder was pre-trained on text without labels.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from snippets.transformer.encoders.encoder import Encoder

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
        """The mean state of each text, (B, T) -> (B, C); ``shown`` is False where padding is."""
        ids, shown = (x.to(self.head.weight.device) for x in (ids, shown))
        states = self.encoder(ids, shown[:, None, None, :])  # (B, T, C)
        weights = shown[..., None].to(states.dtype)  # (B, T, 1)
        return (states * weights).sum(1) / weights.sum(1)  # (B, C) (!)

    def forward(self, ids: Tensor, shown: Tensor) -> Tensor:
        """Logits (B, classes)."""
        return self.head(self.dropout(self.features(ids, shown)))


def encode(tokenizer: Any, texts: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Ids (B, T), padded at the end, and a boolean (B, T): True where a token is not padding.

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
    """One pass over the texts in random order: for each batch, the places of its texts in the list.

    Texts of like length share a batch (sorted within groups of 16 batches): that saves padding.
    """
    order = torch.randperm(len(texts), generator=generator).tolist()
    found = []
    for start in range(0, len(order), 16 * size):
        pool = sorted(order[start : start + 16 * size], key=lambda place: len(texts[place]))
        found += [pool[i : i + size] for i in range(0, len(pool), size)]
    for place in torch.randperm(len(found), generator=generator).tolist():
        yield found[place]


def rate_factor(step: int, steps: int) -> float:
    """The share of the highest learning rate at a step: up over a tenth of all, then down to 0."""
    warmup = max(1, steps // 10)
    return min((step + 1) / warmup, (steps - step) / max(1, steps - warmup))


def fine_tune(
    model: TextClassifier,
    tokenizer: Any,
    texts: Sequence[str],
    labels: Sequence[int],
    generator: torch.Generator,
    epochs: int = 1,
    batch_size: int = 16,
    rate: float = 1e-4,
) -> Iterator[float]:
    """Train all weights to make the labels likely; yields the loss of each step.

    With AdamW and the learning rate ``rate`` times ``rate_factor``. The model is in evaluation
    mode after the last step.

    The generator draws the order of the texts in each of the epochs; what dropout drops is drawn
    by PyTorch's own. Raises ValueError where there is no text, or not one label for each.
    """
    if not texts or len(texts) != len(labels):
        raise ValueError(f"{len(texts)} texts have {len(labels)} labels")
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.01, fused=True)
    steps = epochs * -(-len(texts) // batch_size)
    model.train()
    step = 0
    for _ in range(epochs):
        for places in batches(texts, batch_size, generator):
            scores = model(*encode(tokenizer, [texts[i] for i in places]))  # (B, classes)
            right = torch.tensor([labels[i] for i in places], device=scores.device)  # (B,)
            loss = F.cross_entropy(scores, right)
            optimizer.param_groups[0]["lr"] = rate * rate_factor(step, steps)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            yield loss.item()
    model.eval()


@torch.no_grad()
def features_of(
    model: TextClassifier, tokenizer: Any, texts: Sequence[str], bar: str = ""
) -> Tensor:
    """The features of all texts, (n, C), in their order; leaves the model in evaluation mode.

    Args:
        model: its head and dropout are not used.
        tokenizer: the encoder's.
        texts: n of them.
        bar: what a progress bar is called; there is none without a name.
    """
    model.eval()
    size, device = model.encoder.config.d_model, model.head.weight.device
    found = torch.empty(len(texts), size, device=device)
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    for start in tqdm(range(0, len(order), 32), bar, leave=False, disable=not bar):
        places = order[start : start + 32]  # texts of like length
        found[places] = model.features(*encode(tokenizer, [texts[i] for i in places]))  # (!)
    return found
