"""The task and its scores, and a short training from the command to what the page reads."""

import json
import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from snippets.modern.efficient_attention import recall
from snippets.modern.efficient_attention.recall import (
    KEYS,
    RUNS,
    load_recall,
    main,
    recall_batch,
    recall_loss,
    recall_of,
    train,
)
from snippets.modern.efficient_attention.recall_models import RecallModel
from tests.snippets.elsewhere import devices_read
from tests.snippets.training.seen_steps import memory_kept, steps_seen, usual_betas


class LooksItUp(RecallModel):
    """Not a model: it finds each key, and answers the token behind its first place."""

    def forward(self, ids: Tensor) -> Tensor:
        logits = torch.zeros(*ids.shape, 2 * KEYS)
        for row, line in enumerate(ids.tolist()):
            for place, key in enumerate(line):
                logits[row, place, line[line.index(key) + 1] if key < KEYS else 0] = 30.0
        return logits


def test_answers_stand_in_the_sequence() -> None:
    ids, answers = recall_batch(5, 40, torch.Generator().manual_seed(0))
    assert ids.shape == (40, 15) and answers.shape == (40, 5)
    for line, wanted in zip(ids.tolist(), answers.tolist(), strict=True):
        told = dict(zip(line[:10:2], line[1:10:2], strict=True))
        assert len(told) == 5 and max(told) < KEYS <= min(told.values())
        assert [told[key] - KEYS for key in line[10:]] == wanted
    assert (ids[:, 0] != ids[:, 10]).any()  # another order
    again = recall_batch(5, 40, torch.Generator().manual_seed(0))
    assert torch.equal(again[0], ids) and torch.equal(again[1], answers)


def test_looking_up_is_right_and_guessing_is_not() -> None:
    torch.manual_seed(0)
    finder = LooksItUp(("linear",), 2 * KEYS, 4)
    fresh = RecallModel(("linear",), 2 * KEYS, 4)
    ids, answers = recall_batch(4, 8, torch.Generator().manual_seed(0))
    assert recall_of(finder, 4, 20) == 1.0 and recall_loss(finder(ids), answers) < 1e-3
    assert recall_of(fresh, 4, 100) < 0.2
    assert abs(recall_loss(fresh(ids), answers).item() - math.log(KEYS)) < 1


def test_training_lowers_the_loss() -> None:
    model = train(("attention", "attention"), 2, 0.01, steps=45)
    ids, answers = recall_batch(4, 64, torch.Generator().manual_seed(5))
    assert recall_loss(model(ids), answers) < 3.5 < math.log(KEYS)


def test_runs_of_a_kind_are_of_one_size() -> None:
    for kind in ("linear", "delta"):
        sizes = [
            sum(p.numel() for p in RecallModel(layers, 2 * KEYS, heads).parameters())
            for layers, heads in RUNS
            if layers == (kind, kind)
        ]
        assert len(sizes) >= 3 and max(sizes) < 1.1 * min(sizes)


def test_from_the_command_to_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recall, "RUNS", RUNS[:1])
    monkeypatch.setattr(recall, "TESTED", (4,))
    assert main(["--out", str(tmp_path / "found"), "--steps", "2"]) == 0
    (one,) = load_recall(tmp_path / "found")
    assert one["layers"] == ["attention", "attention"] and len(one["recall"]["4"]) == recall.SEEDS
    assert one["kept"] == 2 * (2 * 32 * 32)  # two layers, a key and a value per token of 16 pairs
    assert json.loads((tmp_path / "found" / "results.json").read_text())["runs"] == [one]


def test_what_is_missing_or_does_not_fit(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"efficient_attention\.recall --out build/recall"):
        load_recall(tmp_path)
    with pytest.raises(ValueError, match="pairs=65, but there are only 64 keys"):
        recall_batch(65, 2, torch.Generator())
    with pytest.raises(ValueError, match="pairs=0"):
        recall_batch(0, 2, torch.Generator())


def test_it_learns_from_each_number_of_pairs_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []

    def watched(pairs: int, batch: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        seen.append(pairs)
        return recall_batch(pairs, batch, generator)

    monkeypatch.setattr(recall, "recall_batch", watched)
    assert not train(("linear",), 4, 0.01, steps=4).training
    assert seen == [4, 8, 16, 4]


def test_what_is_measured_of_each_run(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def trained(*given: object) -> RecallModel:
        asked.append(given)
        return RecallModel(("linear",), 2 * KEYS, 4)

    monkeypatch.setattr(recall, "train", trained)
    monkeypatch.setattr(recall, "recall_of", lambda model, n: n / 100)
    with memory_kept():
        found = recall.measured()
    assert asked == [
        (kinds, heads, recall.LEARNING_RATE, recall.STEPS, seed)
        for kinds, heads in RUNS for seed in range(recall.SEEDS)
    ]  # fmt: skip
    assert [(tuple(one["layers"]), one["heads"]) for one in found] == RUNS
    size = sum(p.numel() for p in RecallModel(("linear",), 2 * KEYS, 4).parameters())
    for one in found:
        assert one["parameters"] == size and one["recall"].keys() == {"4", "8", "16", "32"}
        assert one["recall"]["32"] == [0.32] * recall.SEEDS
    by_heads = {one["heads"]: one["kept"] for one in found if one["layers"] == ["delta", "delta"]}
    assert by_heads == {heads: 2 * 32 * 32 // heads for heads in (8, 4, 2)}


def test_steps_seed_and_threads_are_those_of_the_course_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert recall.train.__defaults__ == (recall.STEPS, 0)
    monkeypatch.setattr(recall, "STEPS", 2)
    one, same, other = (train(("linear",), 4, 0.01, 2, seed) for seed in (0, 0, 1))
    usual = train(("linear",), 4, 0.01, steps=2)
    assert torch.equal(one.head.weight, same.head.weight)
    assert torch.equal(one.head.weight, usual.head.weight)
    assert not torch.equal(one.head.weight, other.head.weight)
    given: list[int] = []
    monkeypatch.setattr(recall, "measured", given.append)
    monkeypatch.setattr(recall, "write_folder", lambda *_: None)
    torch.set_num_threads(2)
    assert main(["--out", "nowhere"]) == 0 and given == [2]
    assert torch.get_num_threads() == 1  # a second one costs such small tensors more than it gives


def test_all_keys_may_be_asked_for() -> None:
    ids, answers = recall_batch(KEYS, 1, torch.Generator().manual_seed(0))
    assert ids.shape == (1, 3 * KEYS) and answers.shape == (1, KEYS)
    assert sorted(ids[0, 2 * KEYS :].tolist()) == list(range(KEYS))
    with pytest.raises(ValueError, match="batch=0"):
        recall_batch(1, 0, torch.Generator())


def test_the_loss_is_about_values_in_the_last_places_alone() -> None:
    logits, answers = torch.randn(2, 9, 2 * KEYS), torch.tensor([[3, 5, 0], [1, 1, 63]])
    loss = recall_loss(logits, answers)
    logits[:, :6], logits[:, :, :KEYS] = 100.0, -50.0
    assert recall_loss(logits, answers) == loss
    by_hand = logits[:, 6:, KEYS:].log_softmax(-1).gather(2, answers[..., None])
    assert loss.item() == pytest.approx(-by_hand.mean().item(), rel=1e-5)


def test_each_run_can_be_built_and_attention_is_among_them() -> None:
    for layers, heads in RUNS:
        assert RecallModel(layers, 2 * KEYS, heads)(torch.zeros(1, 3, dtype=torch.long)).ndim == 3
    assert {kind for layers, _ in RUNS for kind in layers} == {"attention", "linear", "delta"}


def test_steps_have_a_length_and_a_rate_that_rises_and_falls_and_nothing_decays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recall, "recall_loss", lambda *given: 1e3 * recall_loss(*given))
    with steps_seen() as seen:
        model = train(("linear",), 4, 0.02, steps=20)
    assert [step.norm for step in seen] == pytest.approx([1.0] * 20, rel=1e-3)
    groups = [group for step in seen for group in step.groups]
    rates = [group["lr"] for group in groups]
    assert rates[:3] == pytest.approx([0.01, 0.02, 0.02]) and rates[3] > rates[4] > rates[-1]
    assert rates[-1] == pytest.approx(0.02 / 18)
    assert all(g["weight_decay"] == 0 and g["betas"] == usual_betas() for g in groups)
    assert all(parameter.grad is None for parameter in model.parameters())  # each has its own


def test_the_sequences_go_to_the_models_device() -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    model = RecallModel(("linear",), 2 * KEYS, 4).to("meta")
    seen = devices_read(model)
    with pytest.raises(NotImplementedError, match="no data"):
        recall_of(model, 4, 2)
    assert seen == ["meta"]
