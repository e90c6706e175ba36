import json
from pathlib import Path

import pytest
import torch

from snippets.modern.experts import expert_runs
from snippets.modern.experts.expert_runs import (
    CHOSEN,
    EXPERTS,
    KINDS,
    build,
    choices,
    load_experts,
    main,
    predictable,
    train,
)
from snippets.modern.experts.mixture_of_experts import MixtureOfExperts
from snippets.training.batches import evaluate
from snippets.training.config import TrainingConfig

DATA = torch.arange(4000) % 7


def active(name: str) -> int:
    """Parameters that a token uses."""
    model, mixtures = build(KINDS[name], 20, 0)
    idle = sum(
        p.numel() * (EXPERTS - CHOSEN) // EXPERTS for m in mixtures for p in m.experts.parameters()
    )
    return sum(p.numel() for p in model.parameters()) - idle


def test_a_token_uses_as_many_parameters_in_each_kind() -> None:
    router = 2 * 48 * EXPERTS
    for name, kind in KINDS.items():
        assert active(name) == active("dense") + (router if kind.num_experts else 0)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_learns_what_can_be_learned(name: str) -> None:
    model = train(KINDS[name], DATA, 7, seed=0, steps=30)
    assert evaluate(model, DATA[:500]) < 0.5 < 1.9  # from ln 7


def test_seeds_and_kinds_make_a_difference_and_nothing_else_does() -> None:
    def loss(name: str, seed: int) -> float:
        return evaluate(train(KINDS[name], DATA, 7, seed, steps=4), DATA[:500])

    again = loss("experts, bias", 0)
    assert loss("experts, bias", 0) == again != loss("experts, bias", 1)
    assert len({loss(name, 0) for name in KINDS}) == len(KINDS)


def test_a_frozen_router_keeps_its_weights() -> None:
    kind = KINDS["experts, random router"]
    _, (first, _) = build(kind, 7, seed=0)
    mixture = train(kind, DATA, 7, seed=0, steps=3).blocks[0].feed_forward
    assert isinstance(mixture, MixtureOfExperts)
    assert torch.equal(first.router.gate.weight, mixture.router.gate.weight)
    assert mixture.router.bias.abs().max() > 0


def test_choices_come_layer_by_layer() -> None:
    model, mixtures = build(KINDS["experts"], 7, seed=0)
    ids = DATA[:24].view(2, 12)
    found = choices(model, ids)
    assert found.shape == (2, 2, 12, CHOSEN)
    assert mixtures[1].routing is not None
    assert torch.equal(found[1].flatten(0, 1), mixtures[1].routing.chosen)


def test_what_decides_a_choice_predicts_it() -> None:
    generator = torch.Generator().manual_seed(0)
    characters = torch.randint(5, (3000,), generator=generator)
    other = torch.randint(4, (3000,), generator=generator)
    chosen = torch.tensor([2, 0, 1, 2, 1])[characters]
    assert predictable(chosen, characters) == 1
    nothing = predictable(chosen, torch.zeros_like(chosen))
    assert nothing == pytest.approx(0.4, abs=0.03) and predictable(chosen, other) < nothing + 0.03


def test_a_short_study_is_written_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expert_runs, "KINDS", {n: KINDS[n] for n in ("dense", "experts, bias")})
    monkeypatch.setattr(expert_runs, "TESTED", 20)
    assert main(["--out", str(tmp_path / "made"), "--steps", "2", "--seeds", "1"]) == 0
    found = load_experts(tmp_path / "made")
    dense, mixture = found["runs"]
    assert (found["steps"], dense["kind"], mixture["kind"]) == (2, "dense", "experts, bias")
    assert 2.5 < dense["loss"] < 4.3 and "loads" not in dense
    assert [sum(layer) for layer in mixture["loads"]] == pytest.approx([1, 1])
    for layer in range(2):
        least = mixture["by_nothing"][layer]
        assert least <= min(mixture["by_character"][layer], mixture["by_play"][layer])
    assert json.loads((tmp_path / "made" / "results.json").read_text()) == found


def test_use_reads_windows_from_all_over_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    context, read = expert_runs.BASE.context, []

    def watched(model: object, ids: torch.Tensor) -> torch.Tensor:
        read.append(ids)
        return torch.stack([ids % EXPERTS, (ids + 1) % EXPERTS], -1)[None]  # (1, B, T, 2)

    monkeypatch.setattr(expert_runs, "choices", watched)
    monkeypatch.setattr(expert_runs, "TESTED", 4)
    text = torch.arange(10 * context + 5) % 5
    model, _ = build(KINDS["experts"], 7, seed=0)
    found = expert_runs.use(model, text, torch.arange(len(text)) // (5 * context + 2))
    windows = text[: 10 * context].view(10, context)
    assert torch.equal(read[0], windows[[0, 2, 5, 7]])
    both = torch.bincount(watched(None, read[0]).flatten(), minlength=EXPERTS)
    assert found["loads"] == [(both / both.sum()).tolist()] and both[6:].sum() == 0
    usual = torch.bincount(read[0].flatten()).max() / read[0].numel()
    assert found["by_character"] == [1.0] and found["by_nothing"] == [pytest.approx(float(usual))]
    assert found["by_nothing"][0] <= found["by_play"][0] < 0.5


def test_the_record_counts_what_was_read_and_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def trained(kind: object, data: torch.Tensor, size: int, seed: int, steps: int) -> object:
        asked.append((seed, steps))
        return build(KINDS["dense"], size, seed)[0]

    monkeypatch.setattr(expert_runs, "KINDS", {"dense": KINDS["dense"]})
    monkeypatch.setattr(expert_runs, "train", trained)
    monkeypatch.setattr(expert_runs, "evaluate", lambda *_: 1.5)
    found = expert_runs.measure()
    steps = expert_runs.STEPS
    assert asked == [(seed, steps) for seed in range(expert_runs.SEEDS)]
    assert found["characters"] == steps * expert_runs.BATCH * expert_runs.BASE.context
    assert [row["seed"] for row in found["runs"]] == list(range(expert_runs.SEEDS))
    model = trained(None, DATA, 68, 0, 0)
    size = sum(p.numel() for p in model.parameters())  # type: ignore[attr-defined]
    assert {row["parameters"] for row in found["runs"]} == {size}


def test_without_numbers_the_command_takes_those_of_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(expert_runs, "measure", lambda *given: asked.append(given))
    assert main(["--out", str(tmp_path / "made")]) == 0
    assert asked == [(expert_runs.STEPS, expert_runs.SEEDS)]


def test_a_short_training_warms_up_for_half_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[TrainingConfig] = []

    def trained(data: object, model: object, settings: TrainingConfig, *_: object) -> list[object]:
        asked.append(settings)
        return []

    monkeypatch.setattr(expert_runs, "train_on", trained)
    for steps in (10, 1000):
        train(KINDS["dense"], DATA, 7, seed=3, steps=steps)
    train(KINDS["dense"], DATA, 7, seed=3)
    warmups = [(one.steps, one.warmup) for one in asked]
    usual = expert_runs.WARMUP
    assert warmups == [(10, 5), (1000, usual), (expert_runs.STEPS, usual)]
    assert {one.seed for one in asked} == {3}
