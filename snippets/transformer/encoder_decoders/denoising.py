"""Damaged text to learn from: T5's span corruption, and what BART did to its text.

No labels are needed: the target is the text itself, or the part of it that was taken out.
"""

from collections.abc import Sequence

import numpy as np


def noise_spans(length: int, share: float, mean: float, rng: np.random.Generator) -> list[int]:
    """The lengths of alternating stretches that are kept and taken out, kept first.

    About `share` of the tokens go, in stretches that are `mean` long on average; how the tokens are
    shared out over stretches is random (Raffel et al. 2020, section 3.3.4). Raises ValueError for a
    text of fewer than two tokens, or a share or mean that makes no sense.
    """
    if length < 2 or not 0 < share < 1 or mean < 1:
        raise ValueError(f"no spans of {mean} tokens from {share} of {length}")
    out = min(max(round(length * share), 1), length - 1)
    count = min(max(round(out / mean), 1), length - out)

    def parts(total: int) -> list[int]:
        cuts = np.sort(rng.choice(total - 1, count - 1, replace=False)) + 1
        return np.diff([0, *cuts, total]).tolist()

    return [n for pair in zip(parts(length - out), parts(out), strict=True) for n in pair]


def corrupt_spans(
    ids: Sequence[int],
    sentinels: Sequence[int],
    rng: np.random.Generator,
    share: float = 0.15,
    mean: float = 3.0,
) -> tuple[list[int], list[int]]:
    """T5's source and target: each span taken out leaves a sentinel, behind which it is to come.

    The target ends with one sentinel more: *Thank you <X> me to your party <Y> week.* and *<X> for
    inviting <Y> last <Z>* (Raffel et al. 2020, figure 2). Raises ValueError where there are fewer
    sentinels than needed.
    """
    spans = noise_spans(len(ids), share, mean, rng)
    if len(sentinels) < len(spans) // 2 + 1:
        raise ValueError(f"{len(sentinels)} sentinels for {len(spans) // 2} spans and the end")
    source, target, place = [], [], 0
    for number, length in enumerate(spans):
        part, place = list(ids[place : place + length]), place + length
        sentinel = sentinels[number // 2]
        if number % 2 == 0:  # kept
            source += [*part, sentinel]
        else:
            target += [sentinel, *part]
    return source, [*target, sentinels[len(spans) // 2]]


def fill_in(source: Sequence[int], target: Sequence[int], sentinels: Sequence[int]) -> list[int]:
    """The text that `corrupt_spans` took apart: what the target says, put where the source asks."""
    known, spans, current = set(sentinels), dict[int, list[int]](), list[int]()
    for token in target:
        if token in known:
            current = spans.setdefault(token, [])
        else:
            current.append(token)
    return [t for token in source for t in (spans.get(token, []) if token in known else [token])]


def infill(
    ids: Sequence[int],
    mask_id: int,
    rng: np.random.Generator,
    share: float = 0.3,
    mean: float = 3.0,
) -> list[int]:
    """BART's text infilling: each span becomes one mask, however long it is; the target is `ids`.

    The lengths of spans are drawn from a Poisson distribution, so some are 0, and a mask stands
    where nothing is missing (Lewis et al. 2020, section 2.2). About `share` of the tokens go.
    """
    if not 0 < share < 1 or mean <= 0:
        raise ValueError(f"share={share} must lie within (0, 1), and mean={mean} above 0")
    left, damaged, place = round(share * len(ids)), list[int](), 0
    start = share / mean / (1 - share)  # of a span, after each token that is kept
    while place < len(ids):
        if left > 0 and rng.random() < start:
            span = min(int(rng.poisson(mean)), left, len(ids) - place)
            damaged.append(mask_id)
            place, left = place + span, left - span
        if place < len(ids):
            damaged.append(ids[place])
            place += 1
    return damaged


def permute(sentences: Sequence[Sequence[int]], rng: np.random.Generator) -> list[int]:
    """BART's sentence permutation: the sentences in random order; the target has the right one."""
    return [token for place in rng.permutation(len(sentences)) for token in sentences[place]]
