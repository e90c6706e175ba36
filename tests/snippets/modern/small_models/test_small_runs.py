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
from snippets.training.scaling.equal_compute import compared_texts
from snippets.training.short_training import train_on
from snippets.transformer.minigpt import MINIGPT, MiniGPT, count_parameters

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
