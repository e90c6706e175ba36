"""What models that learned from icons do with others, and what simpler ways do."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from snippets.modern.multimodal.captioner import Captioner, word_f1
from snippets.modern.multimodal.clip import Clip, ranks
from snippets.modern.multimodal.icon_split import Icons, nearest

FAR = 0.9  # below this similarity to all pictures of the training


def shares(found: Tensor) -> dict[str, float]:
    """Of ranks, R@1 and R@5."""
    return {f"R@{k}": (found < k).double().mean().item() for k in (1, 5)}


def words_known(icons: Icons) -> Tensor:
    """For each icon of the test, whether all words of its caption occur in the training: (N,)."""
    known = {word for c in icons.captions(icons.training) for word in c.split()}
    return torch.tensor([set(c.split()) <= known for c in icons.captions(icons.test)])


@torch.no_grad()
def retrieval_scores(icons: Icons, clip: Clip) -> dict[str, Any]:
    """Retrieval among the icons of the test, in both directions, and for some kinds of pictures.

    Those are pictures whose captions have a new word, or none, and those unlike all of training.
    """
    pictures = clip.picture_vectors(icons.ink(icons.test))
    texts = clip.text_vectors(icons.captions(icons.test))
    to_text, to_picture = ranks(pictures @ texts.T), ranks(texts @ pictures.T)
    known = words_known(icons)
    similar, _ = nearest(icons.pictures[icons.test], icons.pictures[icons.training])
    far = torch.from_numpy(similar < FAR)
    return {
        "to text": shares(to_text),
        "to picture": shares(to_picture),
        "words known": shares(to_text[known]),
        "a new word": shares(to_text[~known]),
        "no close picture": shares(to_text[far]),
        "scale": clip.scale().item(),
    }


def neighbours(icons: Icons) -> list[str]:
    """For each icon of the test, the caption of the training picture with the nearest pixels."""
    training = icons.captions(icons.training)
    _, places = nearest(icons.pictures[icons.test], icons.pictures[icons.training])
    return [training[i] for i in places]


def neighbour_similarity(icons: Icons) -> Tensor:
    """Without learning: the F1 of each picture's neighbour's words and each caption, (N, N)."""
    captions = icons.captions(icons.test)
    return torch.tensor([[word_f1(found, c) for c in captions] for found in neighbours(icons)])


def usual_caption(captions: Sequence[str]) -> str:
    """One caption for all: the most frequent words, as many as score best on these captions."""
    counted = Counter(word for caption in captions for word in caption.split())
    tries = [" ".join(word for word, _ in counted.most_common(k)) for k in (1, 2, 3)]
    return max(tries, key=lambda one: sum(word_f1(one, caption) for caption in captions))


@torch.no_grad()
def caption_scores(icons: Icons, clip: Clip, captioner: Captioner) -> dict[str, Any]:
    """Captions of the icons of the test, by the captioner and by simpler ways.

    For each way the share that is exactly right (`exact`) and the mean F1 of the words (`f1`).
    `another picture` has what the captioner wrote for the next picture of the test.
    """
    captions, learned = icons.captions(icons.test), icons.captions(icons.training)
    pictures = icons.ink(icons.test)
    written = captioner.write(clip.pictures(pictures))
    vectors = clip.picture_vectors(icons.ink(icons.training))
    closest = (clip.picture_vectors(pictures) @ vectors.T).argmax(1).tolist()
    ways = {
        "captioner": written,
        "another picture": [*written[1:], written[0]],
        "usual words": [usual_caption(learned)] * len(captions),
        "nearest pixels": neighbours(icons),
        "nearest vector": [learned[i] for i in closest],
    }
    found: dict[str, Any] = {name: scored(texts, captions) for name, texts in ways.items()}
    return found | {"written": written}


def scored(written: Sequence[str], captions: Sequence[str]) -> dict[str, float]:
    """The share that is exactly right, and the mean F1 of the words; ValueError for no captions."""
    if not captions or len(written) != len(captions):
        raise ValueError(f"{len(written)} captions written for {len(captions)} pictures")
    pairs = list(zip(written, captions, strict=True))
    return {
        "exact": sum(a == b for a, b in pairs) / len(pairs),
        "f1": sum(word_f1(a, b) for a, b in pairs) / len(pairs),
    }
