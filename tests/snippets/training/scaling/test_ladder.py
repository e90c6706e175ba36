"""The ladder: its runs cost what they say, a stopped one goes on, a damaged file is refused."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from snippets.training.batches import evaluate
from snippets.training.loop import Training
from snippets.training.scaling import ladder
from snippets.training.scaling.ladder import (
    BATCH,
    BUDGETS,
    CONTEXT,
    FEWEST,
    MOST,
    SHAPES,
    Rung,
    load_ladder,
    main,
    model_of_width,
    rungs,
)
from snippets.transformer.minigpt import MINIGPT, MiniGPT, count_parameters, flops_per_token


def test_each_run_spends_its_budget() -> None:
    for rung in rungs():
        tokens = rung.steps * BATCH * CONTEXT
        spent = 3 * flops_per_token(model_of_width(rung.width)) * tokens
        assert spent == pytest.approx(rung.budget, rel=0.02)
        assert FEWEST <= tokens <= MOST


def test_two_orders_of_magnitude_and_six_sizes() -> None:
    assert BUDGETS[-1] / BUDGETS[0] >= 100 and len(SHAPES) >= 6
    sizes = [count_parameters(model_of_width(width)) for width in SHAPES]
    assert sizes[-1] / sizes[0] > 100
    for budget in BUDGETS:
        assert len({rung.width for rung in rungs() if rung.budget == budget}) >= 3


def test_runs_differ_in_one_thing() -> None:
    assert len(rungs()) == len(set(rungs()))
    varied = [rung for rung in rungs() if rung.rate != 1 or rung.seed]
    assert all(Rung(rung.width, rung.budget) in rungs() for rung in varied)
    assert all(rung.rate == 1 or rung.seed == 0 for rung in varied)
    assert len({rung.width for rung in varied}) >= 3
    for width in {rung.width for rung in varied}:
        found = [(rung.rate, rung.seed) for rung in varied if rung.width == width]
        assert sorted(found) == [(0.5, 0), (1, 1), (1, 2), (2, 0)]
    assert {rung.budget for rung in varied} == {BUDGETS[1]}


@pytest.mark.parametrize("width", SHAPES)
def test_models_have_minigpts_proportions(width: int) -> None:
    config = model_of_width(width)
    assert config.d_model == width and config.context == CONTEXT
    assert config.d_model / config.num_heads in (12, 16)
    assert config.num_kv_heads == config.num_heads
    proportion = MINIGPT.d_hidden / MINIGPT.d_model
    assert config.d_hidden / config.d_model == pytest.approx(proportion, rel=0.07)


def test_a_run_has_its_own_rates_and_seed_and_is_judged_by_unseen_plays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trained: list[tuple[Training, MiniGPT]] = []

    class Kept(Training):
        def finish(self) -> MiniGPT:
            trained.append((self, super().finish()))
            return trained[-1][1]

    monkeypatch.setattr(ladder, "Training", Kept)
    rows = [ladder.run(rung) for rung in (Rung(12, 1e8), Rung(12, 1e8, rate=0.5, seed=2))]
    ours, varied = (training.settings for training, _ in trained)
    assert (varied.muon_lr, varied.adamw_lr) == (ours.muon_lr / 2, ours.adamw_lr / 2)
    assert (ours.seed, varied.seed) == (0, 2)
    assert [row["loss"] for row in rows] == [
        evaluate(model, ladder.texts()[1], windows=1024) for _, model in trained
    ]
    assert rows[0]["loss"] != rows[1]["loss"]


def test_from_the_command_to_the_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = [Rung(16, 1e8), Rung(12, 1e8)]
    monkeypatch.setattr(ladder, "rungs", lambda: small)
    made = []
    run = ladder.run

    def fails_once(rung: Rung) -> dict[str, object]:
        made.append(rung)
        if len(made) == 2:
            raise KeyboardInterrupt
        return run(rung)

    monkeypatch.setattr(ladder, "run", fails_once)
    folder = tmp_path / "ladder"
    with pytest.raises(KeyboardInterrupt):
        main(["--out", str(folder)])
    assert not folder.exists()
    assert main(["--out", str(folder)]) == 0
    assert made == [small[0], small[1], small[1]]  # the first was not made again
    rows = load_ladder(folder)
    assert [row["width"] for row in rows] == [12, 16]
    for row, rung in zip(rows, reversed(small), strict=True):
        config = model_of_width(rung.width)
        assert row["tokens"] == rung.steps * BATCH * CONTEXT
        assert row["parameters"] == count_parameters(config)
        assert row["flops"] == 3 * flops_per_token(config) * row["tokens"]
        assert 2 < row["loss"] < 4.5
    assert [path.name for path in tmp_path.iterdir()] == ["ladder"]


def test_a_missing_or_damaged_ladder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"runs\.json is missing"):
        load_ladder(tmp_path)
    for damaged in ("[", "[]", '[{"width": 3}]', json.dumps([{"loss": float("nan")}])):
        (tmp_path / "runs.json").write_text(damaged)
        with pytest.raises(ValueError, match="is damaged"):
            load_ladder(tmp_path)


def test_a_rung_has_the_usual_rates_and_the_first_seed_and_names_them() -> None:
    assert Rung(12, 1e8) == Rung(12, 1e8, rate=1.0, seed=0)
    row = ladder.run(replace(Rung(12, 1e8), seed=1))
    config = replace(model_of_width(12), vocab_size=ladder.texts()[2])
    assert {name: row[name] for name in ladder.ORDER} == {
        "budget": 1e8, "width": 12, "rate": 1.0, "seed": 1
    }  # fmt: skip
    assert row["layers"] == config.num_layers
    assert row["embedding"] == config.vocab_size * 12
    assert row["parameters"] == count_parameters(config)


def test_every_rung_that_the_text_allows_is_there() -> None:
    plain = {(r.width, r.budget) for r in rungs() if r.rate == 1 and r.seed == 0}
    for width in SHAPES:
        for budget in BUDGETS:
            tokens = Rung(width, budget).steps * BATCH * CONTEXT
            assert ((width, budget) in plain) == (ladder.FEWEST <= tokens <= ladder.MOST)
