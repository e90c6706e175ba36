from typing import Any

import pytest

from snippets.modern.interpretability.hooks import PARTS, activations, edited
from snippets.modern.interpretability.patching import Pair, patched, preference, restored
from tests.snippets.modern.small import small_model, some_ids

IDS = some_ids(1, 6)[0]
CHANGED = IDS.clone()
CHANGED[2] = (CHANGED[2] + 1) % 11
PAIR = Pair(IDS, CHANGED, (3, 5))


def test_a_patch_of_nothing_changes_nothing() -> None:
    model = small_model()
    corrupted = preference(model, CHANGED, (3, 5))
    for part in PARTS:
        assert patched(model, PAIR, part, 1, []) == pytest.approx(corrupted, abs=1e-5)
    same = Pair(CHANGED, CHANGED, (3, 5))
    assert patched(model, same, "stream", 1, range(6)) == pytest.approx(corrupted, abs=1e-5)
    before = [0, 1]  # where the texts are still alike
    assert patched(model, PAIR, "stream", 1, before) == pytest.approx(corrupted, abs=1e-5)
    assert restored(model, PAIR, corrupted) == 0.0
    last = model(CHANGED[None])[0, -1]
    assert corrupted == pytest.approx(float((last[3] - last[5]).detach()), abs=1e-5)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_the_whole_stream_restores_all(layer: int) -> None:
    model = small_model()
    value = patched(model, PAIR, "stream", layer, range(6))
    assert restored(model, PAIR, value) == pytest.approx(1.0, abs=1e-5)


def test_what_decides_moves_from_the_changed_token_to_the_last() -> None:
    model = small_model()
    first = patched(model, PAIR, "stream", 0, [2])
    last = patched(model, PAIR, "stream", 2, [5])
    assert restored(model, PAIR, first) == pytest.approx(1.0, abs=1e-5)
    assert restored(model, PAIR, last) == pytest.approx(1.0, abs=1e-5)
    for layer, position in ((0, 5), (2, 2), (2, 4)):
        none = patched(model, PAIR, "stream", layer, [position])
        assert restored(model, PAIR, none) == pytest.approx(0.0, abs=1e-5)


def test_heads_one_by_one_and_all_together() -> None:
    model = small_model()
    together = patched(model, PAIR, "heads", 0, range(6))
    assert together == pytest.approx(patched(model, PAIR, "attention", 0, range(6)), abs=1e-5)
    single = [patched(model, PAIR, "heads", 0, range(6), head) for head in range(3)]
    assert len({round(value, 3) for value in (*single, together)}) == 4
    assert preference(model, IDS, (3, 5)) == pytest.approx(-preference(model, IDS, (5, 3)))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"layer": 3}, r"layer=3: stream has layers 0 to 2"),
        ({"positions": [1, 6, -1]}, r"positions \[6, -1\] are not within 0..5"),
        ({"part": "heads", "head": 3}, "head=3: layer 1 has heads 0 to 2"),
        ({"head": 0}, "head=0 is no part of 'stream'"),
        ({"part": "norm"}, "part='norm' is none of"),
    ],
)
def test_places_that_do_not_exist_are_refused(wrong: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"part": "stream", "layer": 1, "positions": [0]}
    with pytest.raises(ValueError, match=message):
        patched(small_model(), PAIR, **(given | wrong))


def test_pairs_that_compare_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shapes \(6,\) and \(5,\)"):
        Pair(IDS, CHANGED[1:], (3, 5))
    with pytest.raises(ValueError, match=r"both must be \(T,\)"):
        Pair(IDS[None], CHANGED[None], (3, 5))
    with pytest.raises(ValueError, match=r"answers=\(3, 3\)"):
        Pair(IDS, CHANGED, (3, 3))
    with pytest.raises(ValueError, match="nothing to restore"):
        restored(small_model(), Pair(IDS, IDS, (3, 5)), 0.0)


def test_a_head_is_patched_at_its_own_channels_and_positions_only() -> None:
    """What the others say, and what it says elsewhere, is that of the corrupted text."""
    model = small_model()
    clean, corrupted = (activations(model, ids[None], "heads") for ids in (IDS, CHANGED))
    mixed = corrupted[0].clone()
    mixed[:, 3:5, 4:8] = clean[0][:, 3:5, 4:8]  # head 1 of four channels
    with edited(model, "heads", 0, lambda x: mixed):
        wanted = preference(model, CHANGED, (3, 5))
    assert patched(model, PAIR, "heads", 0, [3, 4], 1) == pytest.approx(wanted, abs=1e-5)


def test_a_preference_half_way_is_half_restored() -> None:
    model = small_model()
    clean, corrupted = (preference(model, ids, (3, 5)) for ids in (IDS, CHANGED))
    assert restored(model, PAIR, (clean + corrupted) / 2) == pytest.approx(0.5, abs=1e-5)
    assert restored(model, PAIR, clean) == pytest.approx(1.0)
