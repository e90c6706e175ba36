"""From the command to the results, with a tiny model; pruned weights stay zero."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from snippets.modern.small_models import small_runs
from snippets.modern.small_models.pruning import input_norms, mask_weights, matrices, wanda
from snippets.modern.small_models.small_runs import (
    FURTHER,
    calibration,
    load_small_runs,
    main,
    used,
    ways,
)
from snippets.training.scaling.equal_compute import Texts, compared_texts, step_flops
from snippets.training.short_training import train_on
from snippets.transformer.minigpt import MINIGPT, MiniGPT, count_parameters, flops_per_token

TINY = replace(
    MINIGPT, d_model=16, num_layers=4, num_heads=2, num_kv_heads=2, d_hidden=16, context=16
)


def small_model():
    torch.manual_seed(0)
    return MiniGPT(TINY).eval()


def test_from_the_command_to_the_results(tmp_path, monkeypatch):
    texts = compared_texts()
    few = replace(texts, reporting=texts.reporting[:500])
    monkeypatch.setattr(small_runs, "compared_texts", lambda: few)
    monkeypatch.setattr(small_runs, "load_trained", lambda: (small_model(), None))
    monkeypatch.setattr(small_runs, "FOUR", TINY)
    folder = tmp_path / "small-models"
    assert main(["--out", str(folder), "--steps", "4", "--sharing", "6"]) == 0
    found = load_small_runs(folder)
    rows = {(row["arm"], row["seed"]): row for row in found["recovered"]}
    assert len(rows) == 15
    whole = rows["whole", 0]["parameters"]
    assert whole == count_parameters(TINY)
    assert rows["every second layer", 0]["parameters"] == rows["from scratch", 0]["parameters"]
    assert all(rows[arm, 0]["parameters"] < whole for arm, _ in rows if arm != "whole")
    assert all(row["after"] < row["before"] for row in rows.values())  # they had learned nothing
    shared = {row["arm"]: row for row in found["shared"]}
    assert shared["one layer, shared"]["parameters"] == shared["one layer, alone"]["parameters"]
    flops = {row["flops"] for row in shared.values()}
    assert max(flops) < 1.15 * min(flops)
    assert shared["one layer, alone"]["steps"] > shared["one layer, shared"]["steps"] == 6
    with pytest.raises(FileNotFoundError, match="small_runs"):
        load_small_runs(tmp_path)


def test_what_was_pruned_stays_zero_and_the_rest_learns():
    text = compared_texts().training[:5000]
    smaller, keep = ways(small_model(), calibration(text, 16))["2:4"]
    before = {name: linear.weight.detach().clone() for name, linear in matrices(smaller).items()}
    settings = replace(FURTHER, steps=3, warmup=1)
    for _ in train_on(text, smaller, settings, after=partial(mask_weights, smaller, keep)):
        pass
    for name, linear in matrices(smaller).items():
        assert not linear.weight[~keep[name]].any()
        assert not torch.equal(linear.weight, before[name])
    assert used(smaller) <= count_parameters(TINY) - sum(m.numel() // 2 for m in keep.values())


def test_the_ways_are_copies():
    model = small_model()
    before = {name: p.clone() for name, p in model.named_parameters()}
    found = ways(model, calibration(compared_texts().training, 16))
    shallow = found["every second layer"][0].blocks
    for block, layer in zip(shallow, (0, 2), strict=True):  # the first stays
        assert torch.equal(block.attention.qkv.weight, model.blocks[layer].attention.qkv.weight)
    norms = input_norms(model, calibration(compared_texts().training, 16))
    for name, mask in found["2:4"][1].items():
        scores = wanda(matrices(model)[name].weight, norms[name])
        assert scores[mask].sum() > 1.5 * scores[~mask].sum()
    assert found["half the neurons"][0].blocks[0].feed_forward.up.out_features == 8
    for smaller, _ in found.values():
        with torch.no_grad():
            for parameter in smaller.parameters():
                parameter.add_(1)
    assert all(torch.equal(before[name], p) for name, p in model.named_parameters())


def some_text():
    """Not a text: ids, for trainings that never happen."""
    ids = torch.randint(68, (5000,), generator=torch.Generator().manual_seed(0))
    return Texts(ids, ids, ids)


def test_a_row_says_what_its_training_cost(tmp_path, monkeypatch):
    """One layer alone takes as many more steps as it is cheaper; each arm has three seeds."""
    asked = []

    def trained(text, model, settings, **_):
        asked.append(settings)
        return []

    monkeypatch.setattr(small_runs, "train_on", trained)
    monkeypatch.setattr(small_runs, "evaluate", lambda *_: 2.5)
    rows = small_runs.share(TINY, some_text(), 40)
    assert [row["seed"] for row in rows] == 3 * [0, 1, 2] == [one.seed for one in asked]
    assert [row["steps"] for row in rows] == [one.steps for one in asked]
    assert {one.warmup for one in asked} == {10} and {row["loss"] for row in rows} == {2.5}
    one = replace(TINY, num_layers=1)
    shapes = {"layers of their own": TINY, "one layer, shared": TINY, "one layer, alone": one}
    for row in rows:
        shape = shapes[row["arm"]]
        assert row["per_token"] == flops_per_token(shape)
        assert row["flops"] == row["steps"] * step_flops(shape, small_runs.SHARING.batch_size)
        own = row["arm"] == "layers of their own"
        assert row["parameters"] == count_parameters(TINY if own else one)
    whole, alone = (min(r["flops"] for r in rows if r["arm"] == arm) for arm in
                    ("layers of their own", "one layer, alone"))  # fmt: skip
    assert abs(alone / whole - 1) < step_flops(one, 1) / whole * 8
    asked.clear()
    small_runs.share(TINY, some_text(), 6)
    assert asked[0].warmup == 3


def test_pruned_models_learn_further_at_small_rates_and_a_fresh_one_at_large_ones(monkeypatch):
    asked = []

    def trained(text, model, settings, after):
        asked.append((model.config.num_layers, settings))
        return []

    monkeypatch.setattr(small_runs, "train_on", trained)
    monkeypatch.setattr(small_runs, "evaluate", lambda *_: 2.5)
    rows = small_runs.recover(small_model(), some_text(), 40)
    assert [row["seed"] for row in rows] == [seed for seed in (0, 1, 2) for _ in range(5)]
    assert [settings.seed for _, settings in asked] == [row["seed"] for row in rows]
    for (layers, settings), row in zip(asked, rows, strict=True):
        fresh = row["arm"] == "from scratch"
        recipe = small_runs.SCRATCH if fresh else FURTHER
        assert settings == replace(recipe, steps=40, seed=row["seed"])
        assert layers == (2 if fresh or row["arm"] == "every second layer" else 4)
        assert (row["before"], row["after"]) == (2.5, 2.5)
    asked.clear()
    odd = MiniGPT(replace(TINY, num_layers=3)).eval()
    small_runs.recover(odd, some_text(), 6)
    assert {settings.warmup for _, settings in asked} == {3}
    assert [layers for layers, _ in asked[:5]] == [3, 3, 3, 2, 2]


def test_without_numbers_the_command_takes_those_of_the_course(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(small_runs, "compared_texts", some_text)
    monkeypatch.setattr(small_runs, "load_trained", lambda: (small_model(), None))
    monkeypatch.setattr(small_runs, "recover", lambda *given: asked.append(given[-1]))
    monkeypatch.setattr(small_runs, "share", lambda *given: asked.append((given[0], given[-1])))
    assert main(["--out", str(tmp_path / "made")]) == 0
    assert asked == [FURTHER.steps, (small_runs.FOUR, small_runs.SHARING.steps)]
    assert load_small_runs(tmp_path / "made") == {"recovered": None, "shared": None}


def test_what_is_not_zero_is_used():
    model = small_model()
    assert used(model) == count_parameters(TINY)
    with torch.no_grad():
        model.norm.weight[:3] = 0
    assert used(model) == count_parameters(TINY) - 3
    pieces = calibration(some_text().training, 16)
    assert pieces.shape == (small_runs.CALIBRATION, 16)
    assert torch.equal(pieces, calibration(some_text().training, 16))
