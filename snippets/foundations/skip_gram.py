"""Skip-gram with negative sampling: vectors of words, learned from which words stand near which.

Mikolov et al. 2013, "Distributed Representations of Words and Phrases and their
Compositionality". The method is known as word2vec, after the program of its authors.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_positive

# --8<-- [start:words]
WORD = re.compile(r"[a-z]+(?:['’][a-z]+)*")


def speeches(text: str) -> list[list[str]]:
    """The words of each speech of a play, in small letters, without the name of the speaker."""
    spoken = (speech.partition("\n")[2] for speech in text.split("\n\n"))
    return [words for speech in spoken if (words := WORD.findall(speech.lower()))]


def count_words(texts: Sequence[Sequence[str]], least: int = 10) -> dict[str, int]:
    """How often each word occurs, the most frequent first; those below `least` are left out.

    A word's place is its id. Raises ValueError where no word is left.
    """
    counts = Counter(word for text in texts for word in text)
    kept = {word: count for word, count in counts.most_common() if count >= least}
    if not kept:
        raise ValueError(f"none of {len(counts)} words occurs least={least} times")
    return kept


# --8<-- [end:words]


# --8<-- [start:pairs]
def as_ids(texts: Sequence[Sequence[str]], counts: Mapping[str, int]) -> tuple[Tensor, Tensor]:
    """The ids of all known words, one after the other, and the text that each is from: (N,) both.

    Raises ValueError where no text has a known word.
    """
    ids = {word: place for place, word in enumerate(counts)}
    known = [(ids[w], number) for number, text in enumerate(texts) for w in text if w in ids]
    if not known:
        raise ValueError(f"{len(texts)} texts hold none of the {len(ids)} known words")
    words, text_of = torch.tensor(known).T
    return words, text_of


def keep_probability(counts: Tensor, threshold: float) -> Tensor:
    """With which probability a word stays in the text: frequent ones often go, (V,) -> (V,).

    Equation 5 of the paper: 1 where a word's share of the text is below the threshold, else the
    root of threshold / share.
    """
    return (threshold * counts.sum() / counts).sqrt().clamp(max=1)


def window_pairs(
    words: Tensor, text_of: Tensor, window: int, generator: torch.Generator
) -> Tensor:
    """All pairs (centre, context) of neighbours within a text: (N,), (N,) -> (P, 2), shuffled.

    Each centre looks 1 to `window` words to both sides, how far is drawn; so near words are in more
    pairs than distant ones.
    """
    reach = torch.randint(1, window + 1, words.shape, generator=generator)  # (N,)
    pairs = []
    for distance in range(1, min(window, len(words) - 1) + 1):
        left, right = words[:-distance], words[distance:]
        together = text_of[:-distance] == text_of[distance:]
        forward, back = reach[:-distance] >= distance, reach[distance:] >= distance
        pairs.append(torch.stack([left, right], 1)[together & forward])
        pairs.append(torch.stack([right, left], 1)[together & back])
    found = torch.cat(pairs) if pairs else torch.empty(0, 2, dtype=torch.long)
    return found[torch.randperm(len(found), generator=generator)]


# --8<-- [end:pairs]


# --8<-- [start:loss]
def negative_sampling_loss(centres: Tensor, contexts: Tensor, noise: Tensor, k: float) -> Tensor:
    """Tell the context that came from k that did not: (B, C), (B, C), (M, C) -> one number.

    Minus equation 4 of the paper, on average over the pairs. All B share the same M words of
    noise, which makes their scores one matrix product; the mean over M, times k, stands for k.
    """
    real = F.logsigmoid((centres * contexts).sum(1))  # (B,)
    fake = F.logsigmoid(-centres @ noise.T)  # (B, M)
    return -(real + k * fake.mean(1)).mean()


# --8<-- [end:loss]


class SkipGram(nn.Module):
    """Two vectors for each word: one as the centre of a window, and one as a context."""

    def __init__(self, vocab_size: int, d_model: int, seed: int = 0) -> None:
        super().__init__()
        check_positive(vocab_size=vocab_size, d_model=d_model)
        small = torch.rand(vocab_size, d_model, generator=torch.Generator().manual_seed(seed)) - 0.5
        self.centres = nn.Embedding.from_pretrained(small / d_model, freeze=False)
        self.contexts = nn.Embedding.from_pretrained(torch.zeros_like(small), freeze=False)

    def forward(self, pairs: Tensor, noise: Tensor, k: float) -> Tensor:
        """The loss of pairs (B, 2) of ids, with noise (M,)."""
        centres, contexts = self.centres(pairs[:, 0]), self.contexts(pairs[:, 1])  # (B, C)
        return negative_sampling_loss(centres, contexts, self.contexts(noise), k)


def train_skip_gram(
    texts: Sequence[Sequence[str]],
    counts: Mapping[str, int],
    *,
    d_model: int = 100,
    window: int = 5,
    k: float = 5,
    threshold: float = 1e-4,
    epochs: int = 5,
    batch_size: int = 4096,
    noise_size: int = 64,
    lr: float = 0.05,
    seed: int = 0,
) -> Iterator[tuple[SkipGram, float]]:
    """Trains on texts; after each epoch there is the model so far, and the epoch's mean loss.

    Args:
        texts: their words.
        counts: the vocabulary, as `count_words` gives it.
        d_model: C, the length of a vector.
        window: how many words to each side a centre looks at most.
        k: how much noise there is for each real context.
        threshold: the share of the text above which words are thinned out.
        epochs: how often the texts are read.
        batch_size: B, pairs per step.
        noise_size: M, words of noise that the pairs of a step share.
        lr: the learning rate, of Adagrad.
        seed: of all that is drawn.

    Raises:
        ValueError: a size that is not positive, or no two known words within one text.
    """
    check_positive(window=window, k=k, threshold=threshold, epochs=epochs)
    check_positive(batch_size=batch_size, noise_size=noise_size, lr=lr)
    words, text_of = as_ids(texts, counts)
    frequency = torch.tensor(list(counts.values()), dtype=torch.float)  # (V,)
    kept, noise = keep_probability(frequency, threshold), frequency**0.75
    generator = torch.Generator().manual_seed(seed)
    model = SkipGram(len(counts), d_model, seed)
    optimizer = torch.optim.Adagrad(model.parameters(), lr=lr)
    for _ in range(epochs):
        stay = torch.rand(len(words), generator=generator) < kept[words]
        pairs = window_pairs(words[stay], text_of[stay], window, generator)
        if not len(pairs):
            raise ValueError(f"{len(texts)} texts have no two known words near each other")
        losses = []
        for batch in pairs.split(batch_size):
            drawn = torch.multinomial(noise, noise_size, replacement=True, generator=generator)
            loss = model(batch, drawn, k)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        yield model, torch.stack(losses).mean().item()
