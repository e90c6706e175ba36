"""BERT's two pre-training tasks: restore hidden tokens, and tell whether one text follows another.

Devlin et al. 2019, section 3.1. Nothing in a text says which of its visible tokens the model will
be asked about, so it needs a useful state for each of them (appendix A.1).
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.transformer.encoders.encoder import Encoder, initialize
from snippets.transformer.feed_forward import gelu
from snippets.transformer.normalization import LayerNorm

IGNORED = -100  # the target of a token that was not chosen; cross-entropy leaves it out


def mask_tokens(
    ids: Tensor,
    special: Tensor,
    mask_id: int,
    vocab_size: int,
    share: float = 0.15,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:
    """Choose tokens to predict, and hide most of them (Devlin et al. 2019, section 3.1).

    Each token that is not special is chosen with the probability ``share``. Of those chosen, 80%
    become ``mask_id``, 10% become a random token, and 10% stay. (BERT's own code chooses a fixed
    number per text.)

    Args:
        ids: (B, T).
        special: (B, T), True for [CLS], [SEP] and padding.
        mask_id: the id of [MASK].
        vocab_size: V.
        share: of the tokens, in [0, 1].
        generator: PyTorch's own by default.

    Returns:
        What the model reads and the targets, both (B, T); a target is −100 where none is chosen.

    Raises:
        ValueError: a share outside [0, 1], or special tokens of another shape.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share={share} is not in [0, 1]")
    if special.shape != ids.shape:
        raise ValueError(f"special has shape {tuple(special.shape)}, not {tuple(ids.shape)}")
    draw = torch.rand(2, *ids.shape, generator=generator).to(ids.device)  # (2, B, T)
    chosen = (draw[0] < share) & ~special  # (!)
    replaced = torch.randint(vocab_size, ids.shape, generator=generator).to(ids.device)
    inputs = torch.where(chosen & (draw[1] < 0.9), replaced, ids)
    inputs = torch.where(chosen & (draw[1] < 0.8), mask_id, inputs)  # (!)
    return inputs, torch.where(chosen, ids, IGNORED)


# --8<-- [start:heads]
class BertPretraining(nn.Module):
    """An encoder with two heads: one scores the vocabulary at each token, the other the pair."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        c = encoder.config
        self.encoder = encoder
        self.transform = nn.Linear(c.d_model, c.d_model)
        self.norm = LayerNorm(c.d_model, c.norm_eps)
        self.head = nn.Linear(c.d_model, c.vocab_size)
        self.follows = nn.Linear(c.d_model, 2)
        for module in (self.transform, self.head, self.follows):
            initialize(module)
        self.head.weight = encoder.embedding.weight  # one tensor, in two places (!)

    def forward(
        self, ids: Tensor, mask: Tensor | None = None, segment_ids: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Logits of the tokens (B, T, V), and of *B follows A* and *B is random* (B, 2)."""
        states = self.encoder(ids, mask, segment_ids)  # (B, T, C)
        tokens = self.head(self.norm(gelu(self.transform(states))))  # (B, T, V) (!)
        return tokens, self.follows(self.encoder.pool(states))  # (B, 2) (!)


def pretraining_loss(tokens: Tensor, pairs: Tensor, targets: Tensor, random: Tensor) -> Tensor:
    """The mean of −ln p over the chosen tokens, plus its mean over the pairs.

    Logits (B, T, V) and (B, 2); targets (B, T), −100 where none is chosen; random (B,), 0 or 1.
    """
    masked = F.cross_entropy(tokens.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)
    return masked + F.cross_entropy(pairs, random)


# --8<-- [end:heads]


def sentence_pairs(
    documents: Sequence[Sequence[str]], generator: torch.Generator | None = None
) -> list[tuple[str, str, bool]]:
    """Each sentence but a document's last, with a second one, and whether that really follows it.

    The second is the next sentence half of the time, and otherwise a random one from another
    document. (BERT's pairs are of longer spans of text; Devlin et al. 2019, appendix A.2.)

    Raises:
        ValueError: fewer than two documents, or one without sentences.
    """
    if len(documents) < 2 or not all(documents):
        raise ValueError(f"two or more documents with sentences are needed, not {len(documents)}")

    def draw(below: int) -> int:
        return int(torch.randint(below, (), generator=generator))

    pairs = []
    for number, document in enumerate(documents):
        for first, second in pairwise(document):
            follows = draw(2) == 0
            if not follows:
                other = documents[(number + 1 + draw(len(documents) - 1)) % len(documents)]
                second = other[draw(len(other))]
            pairs.append((first, second, follows))
    return pairs
