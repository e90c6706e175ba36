"""Damage: as much as asked for, in spans as long as asked for, and it can be undone."""

import numpy as np
import pytest

from snippets.transformer.encoder_decoders.denoising import (
    corrupt_spans,
    fill_in,
    infill,
    noise_spans,
    permute,
)

SENTINELS = list(range(1000, 1100))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("length", [2, 3, 7, 50, 512])
@pytest.mark.parametrize(("share", "mean"), [(0.15, 3), (0.5, 1), (0.9, 20)])
def test_filled_in_it_is_the_text_again(length: int, share: float, mean: float) -> None:
    for seed in range(20):
        sentinels = list(range(1000, 2000))
        source, target = corrupt_spans(range(length), sentinels, rng(seed), share, mean)
        assert fill_in(source, target, sentinels) == list(range(length))
        assert source[0] == 0, "the first stretch is kept"
        marks = [token for token in target if token >= 1000]
        assert marks == sentinels[: len(marks)] and target[-1] == marks[-1]
        assert [token for token in source if token >= 1000] == marks[:-1]


def test_as_much_is_taken_out_as_asked_for() -> None:
    spans = noise_spans(512, 0.15, 3, rng())
    out = spans[1::2]
    assert sum(spans) == 512 and min(spans) >= 1
    assert sum(out) == round(0.15 * 512) and len(out) == round(77 / 3)
    lengths = {tuple(noise_spans(20, 0.5, 2, rng(seed))) for seed in range(50)}
    assert len(lengths) > 40, "random"


def test_t5s_own_example_has_its_form() -> None:
    source, target = corrupt_spans([1, 2, 3, 4, 5, 6, 7, 8], SENTINELS, rng(), 0.5, 2)
    assert len(source) == 4 + 2 and len(target) == 4 + 3


def test_what_cannot_be_corrupted_is_refused() -> None:
    for length, share, mean in ((1, 0.5, 3), (9, 0, 3), (9, 1, 3), (9, 0.5, 0.5)):
        with pytest.raises(ValueError, match="no spans"):
            noise_spans(length, share, mean, rng())
    with pytest.raises(ValueError, match="1 sentinels for 1 spans"):
        corrupt_spans(range(10), [99], rng())


def test_infilling_leaves_a_mask_for_each_span_and_the_rest_in_order() -> None:
    shares, masks = [], []
    for seed in range(200):
        damaged = infill(range(100), -1, rng(seed))
        kept = [token for token in damaged if token >= 0]
        assert kept == sorted(set(kept))
        shares.append(1 - len(kept) / 100)
        masks.append(damaged.count(-1))
    assert 0.2 < np.mean(shares) <= 0.3 + 1e-9 and max(shares) <= 0.3 + 1e-9
    assert 100 * np.mean(shares) / np.mean(masks) == pytest.approx(3, abs=0.5)
    empty = [infill(range(10), -1, rng(seed)) for seed in range(300)]
    assert any(len(one) == 11 for one in empty), "a mask where nothing is missing"
    with pytest.raises(ValueError, match="share=1"):
        infill([1, 2], -1, rng(), share=1)


def test_infilling_is_spread_over_the_whole_text() -> None:
    kept = np.array([token for token in infill(range(8000), -1, rng()) if token >= 0])
    assert 1 - len(kept) / 8000 == pytest.approx(0.3, abs=0.02)
    for quarter in range(4):
        left = (kept // 2000 == quarter).mean() * len(kept) / 2000
        assert 1 - left == pytest.approx(0.3, abs=0.1)


def test_permuted_sentences_are_whole() -> None:
    sentences = [[1, 2], [3], [4, 5, 6]]
    found = {tuple(permute(sentences, rng(seed))) for seed in range(100)}
    assert len(found) == 6 and (3, 1, 2, 4, 5, 6) in found


def test_unless_asked_otherwise_the_damage_is_the_papers() -> None:
    """15% in spans of 3 (Raffel et al. 2020), 30% in spans of 3 (Lewis et al. 2020)."""
    ids = range(100)
    asked = corrupt_spans(ids, SENTINELS, rng(), 0.15, 3.0)
    assert corrupt_spans(ids, SENTINELS, rng()) == asked
    for seed in range(5):
        assert infill(ids, -1, rng(seed)) == infill(ids, -1, rng(seed), 0.3, 3.0)


@pytest.mark.parametrize(("share", "mean"), [(0, 3.0), (1, 3.0), (0.3, 0.0), (0.3, -1.0)])
def test_infilling_that_makes_no_sense_is_refused(share: float, mean: float) -> None:
    with pytest.raises(ValueError, match=f"share={share} .*mean={mean} above 0"):
        infill([1, 2], -1, rng(), share, mean)


@pytest.mark.parametrize(
    ("length", "share", "mean", "expected"),
    [(2, 0.01, 1, [1, 1]), (2, 0.99, 1, [1, 1]), (10, 0.9, 9, [1, 9]), (4, 0.5, 1, [1, 1, 1, 1])],
)
def test_at_the_edges_a_token_stays_and_one_goes(
    length: int, share: float, mean: float, expected: list[int]
) -> None:
    assert noise_spans(length, share, mean, rng()) == expected


def test_as_many_sentinels_as_spans_and_one_are_enough() -> None:
    source, target = corrupt_spans(range(4), [90, 91, 92], rng(), 0.5, 1)
    assert (source, target) == ([0, 90, 2, 91], [90, 1, 91, 3, 92])
    with pytest.raises(ValueError, match="2 sentinels for 2 spans and the end"):
        corrupt_spans(range(4), [90, 91], rng(), 0.5, 1)
