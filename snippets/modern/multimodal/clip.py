"""Pictures and texts in one space: CLIP, whose loss asks which text belongs to which picture.

Radford et al. 2021, section 2.3 and figure 3; the loss for pairs one by one is SigLIP's (Zhai et
al. 2023, section 3.2).
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.modern.multimodal.patch_encoder import PatchConfig, PatchEncoder
from snippets.transformer.feed_forward import FeedForward
from snippets.transformer.normalization import LayerNorm

MOST = 100.0  # the largest factor of the cosines (Radford et al. 2021, section 2.5)


def check_pairs(pictures: Tensor, texts: Tensor) -> None:
    """Raise a ValueError unless there are as many vectors of texts as of pictures, 2 at least."""
    if pictures.shape != texts.shape or pictures.ndim != 2:
        shapes = f"{tuple(pictures.shape)} and {tuple(texts.shape)}"
        raise ValueError(f"pictures and texts have shapes {shapes}; both need (B, E)")
    if len(pictures) < 2:
        raise ValueError(f"B={len(pictures)}: a pair alone has no other to be told from")


def clip_loss(pictures: Tensor, texts: Tensor, scale: Tensor | float) -> Tensor:
    """Which text belongs to each picture, and which picture to each text: the mean of both losses.

    Unit vectors (B, E), row i of both a pair; `scale` multiplies the cosines: 1 / temperature.
    """
    check_pairs(pictures, texts)
    logits = scale * pictures @ texts.T  # (B, B) (!)
    own = torch.arange(len(logits), device=logits.device)  # pairs are on the diagonal
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2  # (!)


def sigmoid_loss(pictures: Tensor, texts: Tensor, scale: Tensor | float, bias: float) -> Tensor:
    """Is it a pair? Asked of each picture with each text, on its own: B² questions.

    The sum of −ln σ(z (scale · cosine + bias)), z = 1 for a pair and −1 otherwise, divided by B.
    """
    check_pairs(pictures, texts)
    logits = scale * pictures @ texts.T + bias  # (B, B)
    signs = 2 * torch.eye(len(logits), device=logits.device) - 1
    return -F.logsigmoid(signs * logits).sum() / len(logits)  # (!)


def pieces(caption: str) -> list[str]:
    """The words of a caption, and the runs of three letters in each, with < and > at its ends.

    Raises:
        ValueError: a caption without a word.
    """
    words = caption.split()
    if not words:
        raise ValueError(f"the caption {caption!r} has no words")
    marked = [f"<{word}>" for word in words]
    return words + [m[i : i + 3] for m in marked for i in range(len(m) - 2)]


def known_pieces(captions: Sequence[str]) -> list[str]:
    """What a text encoder gets vectors for: all pieces of the captions that it learns from."""
    return sorted({piece for caption in captions for piece in pieces(caption)})


class TextTower(nn.Module):
    """Captions to vectors (n, C): the mean of the vectors of their pieces, and one hidden layer.

    Order is lost. A piece that was not in the training captions is left out.
    """

    def __init__(self, vocabulary: Sequence[str], d_model: int, d_hidden: int) -> None:
        super().__init__()
        self.ids = {piece: number for number, piece in enumerate(vocabulary)}
        self.embedding = nn.EmbeddingBag(len(self.ids), d_model, mode="mean")
        self.norm = LayerNorm(d_model)
        self.hidden = FeedForward(d_model, d_hidden)
        nn.init.normal_(self.embedding.weight, std=0.1)

    def forward(self, captions: Sequence[str]) -> Tensor:
        """(n, C); ValueError for a caption without a word."""
        known = [[self.ids[p] for p in pieces(c) if p in self.ids] for c in captions]
        device = self.embedding.weight.device
        starts = torch.tensor([0, *map(len, known)][:-1], device=device).cumsum(0)
        flat = torch.tensor([i for row in known for i in row], dtype=torch.long, device=device)
        x = self.norm(self.embedding(flat, starts))  # (n, C)
        return x + self.hidden(x)


class Clip(nn.Module):
    """A tower for pictures, a tower for texts, and a map from each into a space of E numbers."""

    def __init__(self, config: PatchConfig, vocabulary: Sequence[str], size: int = 96) -> None:
        super().__init__()
        C = config.d_model
        self.pictures = PatchEncoder(config)
        self.texts = TextTower(vocabulary, C, config.d_hidden)
        self.picture_out = nn.Linear(C, size, bias=False)
        self.text_out = nn.Linear(C, size, bias=False)
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / 0.07)))  # learned, too

    def scale(self) -> Tensor:
        """What multiplies the cosines, at most 100."""
        return self.log_scale.exp().clamp(max=MOST)

    def picture_vectors(self, pictures: Tensor) -> Tensor:
        """(n, S, S) -> unit vectors (n, E), from the mean of the patches' states."""
        return F.normalize(self.picture_out(self.pictures(pictures).mean(1)), dim=-1)

    def text_vectors(self, captions: Sequence[str]) -> Tensor:
        """N captions -> unit vectors (n, E)."""
        return F.normalize(self.text_out(self.texts(captions)), dim=-1)

    def forward(self, pictures: Tensor, captions: Sequence[str]) -> Tensor:
        """The loss of a batch of pairs, one number."""
        return clip_loss(self.picture_vectors(pictures), self.text_vectors(captions), self.scale())


def ranks(similarity: Tensor) -> Tensor:
    """How many columns come before the right one, which is the diagonal's: (N, N) -> (N,).

    A tie counts against it, so that a model which finds all alike gets no credit.

    Raises:
        ValueError: a table that is not N × N.
    """
    if similarity.ndim != 2 or similarity.shape[0] != similarity.shape[1]:
        raise ValueError(f"similarity has shape {tuple(similarity.shape)}; it needs (N, N)")
    return (similarity >= similarity.diagonal()[:, None]).sum(1) - 1  # itself left out


def recall_at(similarity: Tensor, k: int) -> float:
    """R@k: for what share of the N rows the right column is among the first k."""
    return (ranks(similarity) < k).double().mean().item()
