"""Haystacks hold what they say, and a model that looks it up finds it; results are read back."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from snippets.modern.long_context import needle
from snippets.modern.long_context.needle import (
    CONFIG,
    HAY,
    KEYS,
    NEEDLES,
    VALUES,
    found,
    haystacks,
    load_needle,
    main,
    train,
)
from snippets.modern.long_context.rope_scaling import METHODS


def pairs(ids: list[int]) -> list[tuple[int, int, int]]:
    """Where each key stands in the hay, the key, and what follows it."""
    room = len(ids) - 2 * NEEDLES
    return [(t, ids[t], ids[t + 1]) for t in range(room) if ids[t] < KEYS]


@pytest.mark.parametrize("updated", [False, True])
@pytest.mark.parametrize("length", [24, 25, 64])
def test_each_question_is_answered_in_the_hay(length: int, updated: bool) -> None:
    ids, answers = haystacks(50, length, torch.Generator().manual_seed(0), updated=updated)
    assert ids.shape == answers.shape == (50, length)
    for row, right in zip(ids.tolist(), answers.tolist(), strict=True):
        there = pairs(row)
        assert len(there) == NEEDLES
        assert all(KEYS <= value < KEYS + VALUES for _, _, value in there)
        assert sum(KEYS + VALUES <= i < KEYS + VALUES + HAY for i in row) == length - 4 * NEEDLES
        latest = {key: value for _, key, value in there}  # a later one replaces an earlier
        assert len(latest) == (3 if updated else NEEDLES)
        asked = range(length - 2 * NEEDLES, length, 2)
        assert {row[t] for t in asked} == latest.keys()
        assert all(right[t] == row[t + 1] == latest[row[t]] for t in asked)
        assert sum(answer != -100 for answer in right) == NEEDLES


@pytest.mark.parametrize("depth", [0.0, 0.4, 1.0])
def test_the_needle_stands_where_it_was_put(depth: float) -> None:
    ids, _ = haystacks(30, 64, torch.Generator().manual_seed(0), depth)
    room = 64 - 2 * NEEDLES
    for row in ids.tolist():
        (place,) = [t for t, key, _ in pairs(row) if key == row[room]]
        assert place == 2 * round(depth * (room // 2 - 1))


class LooksUp:
    """Finds the value after the latest place of the last key, unless that is too far back."""

    def __init__(self, sight: int) -> None:
        self.sight = sight

    def __call__(self, ids: Tensor) -> Tensor:
        logits = torch.zeros(*ids.shape, CONFIG.vocab_size)
        for row, out in zip(ids.tolist(), logits, strict=True):
            places = [t for t in range(len(row) - 1) if row[t] == row[-1]]
            if places and len(row) - 1 - places[-1] <= self.sight:
                out[-1, row[places[-1] + 1]] = 1
        return logits


def test_what_is_found_is_counted() -> None:
    all_seeing: Any = LooksUp(1000)
    short_sighted: Any = LooksUp(30)
    for length in (64, 256):
        assert found(all_seeing, length, 0.0) == found(all_seeing, length, updated=True) == 1
        assert found(short_sighted, length, 0.0) == 0 and found(short_sighted, length, 1.0) == 1


def test_haystacks_that_cannot_be_are_refused() -> None:
    generator = torch.Generator()
    with pytest.raises(ValueError, match="length=23 has no room for 6 needles"):
        haystacks(1, 23, generator)
    with pytest.raises(ValueError, match=r"depth=1\.5"):
        haystacks(1, 64, generator, 1.5)
    with pytest.raises(ValueError, match="updated=True"):
        haystacks(1, 64, generator, 0.5, updated=True)


def test_training_lowers_the_loss() -> None:
    model = train(100, seed=0)
    untrained = needle.MiniGPT(CONFIG)
    assert found(model, 24, updated=True, count=200) > found(untrained, 24, updated=True) + 0.1


def test_from_the_command_to_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TESTED": 2, "SEEDS": 2, "DEPTHS": 3, "LENGTHS": (64, 256)}.items():
        monkeypatch.setattr(needle, name, value)
    folder = tmp_path / "needle"
    assert main(["--out", str(folder), "--scale", "0.02"]) == 0
    record = load_needle(folder)
    assert record["lengths"] == [64, 256] and len(record["found"]) == 2
    for seed in record["found"]:
        assert tuple(seed) == METHODS
        for method in seed.values():
            assert tuple(method) == ("as it is", "trained further")
            for one in method.values():
                assert torch.tensor(one["needle"]).shape == (3, 2) and len(one["latest"]) == 2
    (folder / "results.json").write_text("[")
    with pytest.raises(ValueError, match="damaged"):
        load_needle(folder)
    with pytest.raises(FileNotFoundError, match=r"snippets\.modern\.long_context\.needle"):
        load_needle(tmp_path / "nothing")


def test_what_is_tested_by_depth_and_length(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def watched(model: Any, length: int, depth: float | None = None, **more: Any) -> float:
        asked.append((length, depth, more))
        return length + (depth or 0)

    monkeypatch.setattr(needle, "found", watched)
    model: Any = None
    record = needle.tested(model)
    places = (0, 0.25, 0.5, 0.75, 1)
    assert record["needle"] == [[length + at for length in needle.LENGTHS] for at in places]
    assert record["latest"] == list(needle.LENGTHS)
    assert asked[-1] == (256, None, {"updated": True, "count": 4 * needle.TESTED})


def test_each_way_of_stretching_begins_with_the_same_model(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def learned(model: Any, steps: int, length_at: Any, generator: Any, muon_lr: float) -> None:
        asked.append((model, steps, length_at(), generator.initial_seed(), muon_lr))

    monkeypatch.setattr(needle, "train", lambda *given: given)
    monkeypatch.setattr(needle, "stretched", lambda *given: given)
    monkeypatch.setattr(needle, "learn", learned)
    monkeypatch.setattr(needle, "tested", lambda model: len(asked))
    results = needle.one_seed(2, 0.5)
    trained = (needle.STEPS // 2, 2)
    assert [one[0] for one in asked] == [(trained, method, 4) for method in METHODS]
    assert {one[1:] for one in asked} == {(needle.FURTHER // 2, 256, 1002, 0.005)}
    for number, method in enumerate(METHODS):  # before and after the further training
        assert results[method] == {"as it is": number, "trained further": number + 1}
    asked.clear()
    needle.one_seed(0, 0.001)
    assert {one[1] for one in asked} == {1}  # never none


def test_without_a_scale_all_steps_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, float]] = []
    monkeypatch.setattr(needle, "one_seed", lambda *given: asked.append(given))
    assert main(["--out", str(tmp_path / "made")]) == 0
    assert asked == [(seed, 1.0) for seed in range(needle.SEEDS)]
    record = load_needle(tmp_path / "made")
    assert record["steps"] == {"trained": needle.STEPS, "further": needle.FURTHER}


def test_training_reads_as_many_tokens_in_each_step_and_any_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, int, bool]] = []

    def watched(count: int, length: int, generator: Any, updated: bool) -> tuple[Tensor, Tensor]:
        asked.append((count, length, updated))
        return haystacks(2, 24, generator, updated=updated)

    monkeypatch.setattr(needle, "haystacks", watched)
    train(12, seed=0)
    assert [updated for *_, updated in asked] == 3 * [False, True, True, True]
    for count, length, _ in asked:
        assert 24 <= length <= 64 and count == needle.TOKENS // length
    assert len({length for _, length, _ in asked}) > 5
    before = list(asked)
    asked.clear()
    train(12, seed=1)
    assert asked != before


def test_the_share_that_is_found_is_of_the_first_questions() -> None:
    """As many haystacks as are asked for, the same ones each time; 32 unless it is said."""
    seen: list[Tensor] = []

    class Watches(LooksUp):
        def __call__(self, ids: Tensor) -> Tensor:
            seen.append(ids)
            return super().__call__(ids)

    model: Any = Watches(40)
    share = found(model, 64)
    assert found(model, 64, count=needle.TESTED) == share and 0 < share < 1
    found(model, 64, count=5)
    assert [len(ids) for ids in seen] == [32, 32, 5] and torch.equal(seen[0], seen[1])
    assert seen[0].shape[1] == 64 - 2 * NEEDLES + 1
