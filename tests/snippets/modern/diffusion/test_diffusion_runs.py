"""From the command to the model and the results, with tiny models; how both kinds are judged."""

import json
from dataclasses import replace
from math import log

import pytest
import torch

from snippets.modern.diffusion import diffusion_runs
from snippets.modern.diffusion.diffusion_runs import (
    LARGE,
    LONG,
    MASK_ID,
    RECIPE,
    SMALL,
    diffusion,
    judge,
    load_diffusion,
    main,
)
from snippets.modern.diffusion.masked_diffusion import denoiser
from snippets.training.scaling.equal_compute import compared_texts, step_flops
from snippets.transformer.minigpt import MINIGPT, MiniGPT, next_token_loss
from tests.snippets.elsewhere import Elsewhere, devices_read

TINY = replace(SMALL, d_model=16, num_layers=1, num_heads=2, num_kv_heads=2, d_hidden=16, context=8)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    texts = compared_texts()
    few = replace(texts, reporting=texts.reporting[:800])
    monkeypatch.setattr(diffusion_runs, "compared_texts", lambda: few)
    monkeypatch.setattr(diffusion_runs, "SMALL", TINY)
    monkeypatch.setattr(diffusion_runs, "LARGE", TINY)
    folder = tmp_path / "diffusion"
    assert main(["--out", str(folder), "--steps", "8", "--long", "12"]) == 0
    return folder


def test_from_the_command_to_the_results(folder):
    model, found = load_diffusion(folder)
    rows = {(row["objective"], row["steps"], row["seed"]): row for row in found["runs"]}
    assert len(rows) == 9
    assert rows["masked diffusion", 8, 0]["flops"] == rows["next token", 8, 0]["flops"]
    assert rows["masked diffusion", 32, 0]["flops"] == 4 * rows["next token", 8, 0]["flops"]
    assert all(1 < row["loss"] < log(69) + 0.3 for row in rows.values())
    assert model.config == TINY and not model.training
    text = compared_texts().reporting[:800]
    assert judge("masked diffusion", model, text) == pytest.approx(found["bound"], abs=1e-4)
    assert {row["seed"] for row in found["runs"]} == {0, 1, 2}
    assert rows["next token", 8, 0]["flops"] == 8 * step_flops(TINY, RECIPE.batch_size)
    assert found["flops"] == 12 * step_flops(TINY, 2 * RECIPE.batch_size)
    assert len({row["loss"] for row in rows.values()}) == 9
    ids = torch.full((1, 8), MASK_ID)
    assert denoiser(model)(ids).shape == (1, 8, MASK_ID)


def test_damage_is_named(folder, tmp_path):
    found = json.loads((folder / "results.json").read_text())
    (folder / "results.json").write_text(json.dumps(found | {"config": {"d_model": 1}}))
    with pytest.raises(ValueError, match="damaged"):
        load_diffusion(folder)
    with pytest.raises(FileNotFoundError, match="diffusion_runs"):
        load_diffusion(tmp_path)


def test_both_kinds_are_judged_by_the_same_characters():
    torch.manual_seed(0)
    model, text = MiniGPT(TINY), torch.randint(68, (83,))
    windows = text[:80].view(10, 8)
    expected = next_token_loss(model.eval()(windows[:, :-1]), windows[:, 1:])
    assert judge("next token", model, text) == pytest.approx(expected.item(), abs=1e-6)
    with torch.no_grad():
        model.head.weight.zero_()  # all characters equally likely
    assert judge("masked diffusion", model.train(), text) == pytest.approx(log(68), abs=1e-5)
    assert not model.training
    with pytest.raises(ValueError, match="objective='both'"):
        judge("both", model, text)


def test_the_loss_of_a_model_that_knows_nothing_is_the_log_of_the_vocabulary():
    torch.manual_seed(0)
    model = MiniGPT(TINY)
    with torch.no_grad():
        model.head.weight.zero_()
    pieces = torch.randint(68, (4000, 9))
    pieces[:, -1] = 10**6  # never read
    loss = diffusion(model, pieces, torch.Generator().manual_seed(0))
    assert loss.item() == pytest.approx(log(68), rel=0.05)


def test_the_first_character_of_a_window_is_given_and_each_try_hides_others(monkeypatch):
    calls = []

    def watched(denoise, ids, mask_id, given=0, seed=0):
        calls.append((given, seed))
        return torch.zeros(len(ids))

    monkeypatch.setattr(diffusion_runs, "estimated_bound", watched)
    judge("masked diffusion", MiniGPT(TINY), torch.randint(68, (40,)), repeats=3)
    assert calls == [(1, 0), (1, 1), (1, 2)]
    calls.clear()
    judge("masked diffusion", MiniGPT(TINY), torch.randint(68, (40,)))
    assert calls == [(1, 0), (1, 1), (1, 2), (1, 3)]


def test_the_model_reads_hidden_tokens_and_not_the_answers(monkeypatch):
    read = []

    def watched(model):
        return lambda ids: read.append(ids) or torch.full((*ids.shape, 68), -log(68))

    monkeypatch.setattr(diffusion_runs, "denoiser", watched)
    pieces = torch.randint(68, (400, 9))
    diffusion(MiniGPT(TINY), pieces, torch.Generator().manual_seed(0))
    hidden = read[0] == MASK_ID
    assert float(hidden.float().mean()) == pytest.approx(0.5, abs=0.05)
    assert torch.equal(read[0][~hidden], pieces[:, :-1][~hidden])


def test_the_shares_of_a_batch_are_spread_evenly_and_none_is_zero(monkeypatch):
    found = []

    def watched(ids, share, mask_id, chance):
        found.append(share)
        return ids, ids >= 0

    monkeypatch.setattr(diffusion_runs, "hide", watched)
    pieces = torch.randint(68, (50, 9))
    torch.manual_seed(0)
    diffusion(MiniGPT(TINY), pieces, torch.Generator().manual_seed(0))
    assert (50 * found[0]).floor().tolist() == list(range(50)) and found[0].min() > 0
    monkeypatch.setattr(torch, "rand", lambda *shape, generator: torch.zeros(shape))
    diffusion(MiniGPT(TINY), pieces, torch.Generator())
    assert 0 < found[1][0] < 1e-3  # where chance would give 0, which the loss can't divide by


def test_both_sizes_can_be_built_and_know_one_token_more_than_the_characters():
    for config in (SMALL, LARGE):
        assert MiniGPT(config).head.weight.shape == (MINIGPT.vocab_size + 1, config.d_model)
        assert config.context == SMALL.context
    assert MINIGPT.vocab_size == MASK_ID
    assert step_flops(LARGE, 1) > step_flops(SMALL, 1)


def test_without_numbers_the_command_takes_those_of_the_recipe(tmp_path, monkeypatch):
    asked = []

    def trained(text, model, settings, loss):
        asked.append(settings)
        return iter(())

    monkeypatch.setattr(diffusion_runs, "compared", lambda texts, steps: asked.append(steps))
    monkeypatch.setattr(diffusion_runs, "train_on", trained)
    monkeypatch.setattr(diffusion_runs, "judge", lambda *_: 1.0)
    monkeypatch.setattr(diffusion_runs, "LARGE", TINY)
    assert main(["--out", str(tmp_path / "made")]) == 0
    steps, long = asked
    assert steps == RECIPE.steps
    assert long == replace(RECIPE, steps=LONG, batch_size=2 * RECIPE.batch_size)


def test_each_model_begins_as_its_seed_says_whatever_was_drawn_before(tmp_path, monkeypatch):
    begun = []

    def trained(text, model, settings, loss):
        begun.append((settings, model.embedding.weight.detach().clone()))
        return iter([torch.rand(3)])

    for name, stub in (("train_on", trained), ("judge", lambda *_: 1.0)):
        monkeypatch.setattr(diffusion_runs, name, stub)
    for name in ("SMALL", "LARGE"):
        monkeypatch.setattr(diffusion_runs, name, TINY)
    assert main(["--out", str(tmp_path / "made")]) == 0
    settings = [
        replace(RECIPE, steps=times * RECIPE.steps, seed=seed)
        for times in (1, 1, 4)
        for seed in (0, 1, 2)
    ]
    assert [asked for asked, _ in begun[:9]] == settings and begun[9][0].seed == RECIPE.seed
    for asked, table in begun:
        torch.manual_seed(asked.seed)
        assert torch.equal(table, MiniGPT(TINY).embedding.weight)


@pytest.mark.parametrize("objective", ["next token", "masked diffusion"])
def test_a_model_is_judged_where_it_is(objective):
    """The device "meta", which keeps no numbers, stands for a GPU."""
    model = MiniGPT(TINY).to("meta")
    seen = devices_read(model)
    with pytest.raises(RuntimeError, match="item"):
        judge(objective, model, torch.randint(68, (40,)))
    assert set(seen) == {"meta"}


def test_elsewhere_the_loss_is_the_same():
    def flat(ids, mask):
        return torch.zeros(*ids.shape, MASK_ID + 1, device=ids.device)

    def loss(pieces):
        return diffusion(flat, pieces, torch.Generator().manual_seed(0))

    pieces = torch.randint(68, (4, 9))
    expected = loss(pieces).item()
    with Elsewhere():
        assert loss(pieces.to("meta")).item() == pytest.approx(expected)
