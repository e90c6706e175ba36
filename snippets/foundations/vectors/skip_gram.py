"""Skip-gram with negative sampling: vectors of words, learned from which words stand near which.

Mikolov et al. 2013, "Distributed Representations of Words and Phrases and their
Compositionality". The method is known as word2vec, after the program of its authors.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.checks import check_positive

# --8<-- [start:texts]
WORD = re.compile(r"[a-z]+(?:['’][a-z]+)*")


def speeches(text: str) -> list[list[str]]:
    """The words of each speech of a play, in lower case, without the name of the speaker."""
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


# --8<-- [end:texts]


def keep_probability(counts: Tensor, threshold: float) -> Tensor:
    """With which probability an occurrence of each word stays in the text: (V,) -> (V,).

    Equation 5 of the paper: 1 where a word's share of the text is below the threshold, otherwise
    the root of threshold / share.
    """
    return (threshold * counts.sum() / counts).sqrt().clamp(max=1)


def context_windows(
    words: Tensor, text_of: Tensor, window: int, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """The contexts of each word, and which of them are real: (N,), (N,) -> twice (N, 2 window).

    Each centre looks up to r words to both sides, with r drawn from 1 to `window`, so near words
    are contexts more often than distant ones. Contexts lie in the same text; other places of the
    table hold any word and are not real.
    """
    offsets = torch.tensor([d for d in range(-window, window + 1) if d])  # (2 window,)
    places = torch.arange(len(words))[:, None] + offsets  # (N, 2 window)
    inside = (places >= 0) & (places < len(words))
    places = places.clamp(0, len(words) - 1)
    reach = torch.randint(1, window + 1, (len(words), 1), generator=generator)
    real = inside & (offsets.abs() <= reach) & (text_of[places] == text_of[:, None])
    return words[places], real


def negative_sampling_loss(
    centres: Tensor, contexts: Tensor, real: Tensor, noise: Tensor, k: float
) -> Tensor:
    """Tell real contexts from noise: (B, C), (B, W, C), (B, W), (M, C) -> one number per pair.

    Minus equation 4 of the paper, averaged over the real pairs of centre and context. All of them
    share the same M words of noise: k times the mean over M stands for a sum over k.
    """
    scores = torch.einsum("bc,bwc->bw", centres, contexts)
    told = (F.logsigmoid(scores) * real).sum()
    refused = F.logsigmoid(-centres @ noise.T).mean(1)  # (B,)
    return -(told + k * (refused * real.sum(1)).sum()) / real.sum()


class SkipGram(nn.Module):
    """Two vectors for each word: one as the centre of a window, and one as a context."""

    def __init__(self, vocab_size: int, d_model: int, seed: int = 0) -> None:
        super().__init__()
        check_positive(vocab_size=vocab_size, d_model=d_model)
        small = torch.rand(vocab_size, d_model, generator=torch.Generator().manual_seed(seed)) - 0.5
        self.centres = nn.Embedding.from_pretrained(small / d_model, freeze=False)
        self.contexts = nn.Embedding.from_pretrained(torch.zeros_like(small), freeze=False)

    def forward(
        self, words: Tensor, contexts: Tensor, real: Tensor, noise: Tensor, k: float
    ) -> Tensor:
        """The loss of words (B,) with their contexts (B, W), where real (B, W), and noise (M,)."""
        u, n = self.contexts(contexts), self.contexts(noise)  # (B, W, C), (M, C)
        return negative_sampling_loss(self.centres(words), u, real, n, k)


@dataclass(frozen=True)
class SkipGramConfig:
    """How word vectors are trained; a ValueError names a size that is not positive.

    Attributes:
        d_model: C, the length of a vector.
        window: how many words to each side a centre looks at most.
        k: how much noise there is for each real context.
        threshold: the share of the text above which words are thinned out.
        epochs: how often the texts are read.
        batch_size: B, centres per step.
        noise_size: M, words of noise that the pairs of a step share.
        lr: the learning rate, of Adagrad.
        seed: of all that is drawn.
    """

    d_model: int = 50
    window: int = 5
    k: float = 5
    threshold: float = 1e-4
    epochs: int = 4
    batch_size: int = 700
    noise_size: int = 256
    lr: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        check_positive(**{name: value for name, value in vars(self).items() if name != "seed"})


DEFAULT = SkipGramConfig()


def train_skip_gram(
    texts: Sequence[Sequence[str]], counts: Mapping[str, int], config: SkipGramConfig = DEFAULT
) -> Iterator[tuple[SkipGram, float]]:
    """Trains on the words of texts; yields the model and the mean loss after each epoch.

    The vocabulary is that of `counts`, as `count_words` gives it. Raises ValueError where no two
    known words are near each other in a text.
    """
    known, text_of = as_ids(texts, counts)
    frequency = torch.tensor(list(counts.values()), dtype=torch.float)  # (V,)
    kept, noise = keep_probability(frequency, config.threshold), frequency**0.75
    generator = torch.Generator().manual_seed(config.seed)
    model = SkipGram(len(counts), config.d_model, config.seed)
    # Adagrad divides each slope by the root of the sum of its squares so far. So words that are
    # rare, and seldom get a slope, take longer steps than frequent ones.
    optimizer = torch.optim.Adagrad(model.parameters(), lr=config.lr, fused=True)
    for _ in range(config.epochs):
        stay = torch.rand(len(known), generator=generator) < kept[known]
        words = known[stay]
        contexts, real = context_windows(words, text_of[stay], config.window, generator)
        centres = real.any(1).nonzero()[:, 0]  # those that have contexts
        if not len(centres):
            raise ValueError(f"{len(texts)} texts have no two known words near each other")
        order = centres[torch.randperm(len(centres), generator=generator)]
        losses = []
        for at in order.split(config.batch_size):
            drawn = torch.multinomial(noise, config.noise_size, True, generator=generator)
            loss = model(words[at], contexts[at], real[at], drawn, config.k)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        yield model, torch.stack(losses).mean().item()
