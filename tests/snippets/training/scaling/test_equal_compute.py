"""Every change spends the same budget, and all models are judged by the same held-out text."""

from dataclasses import replace

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from snippets.foundations.texts.corpus import HELD_OUT, plays, split_plays
from snippets.training.batches import evaluate
from snippets.training.loop import Training, training_step
from snippets.training.scaling.equal_compute import (
    BASE,
    BUDGET,
    RECIPE,
    Texts,
    changed,
    compared_texts,
    measure,
    step_flops,
)
from snippets.transformer.minigpt import MINIGPT, MiniGPT, count_parameters

CHANGES = [
    {},
    {"num_layers": 8},
    {"context": 16},
    {"batch_size": 64},
    {"d_model": 24, "num_heads": 1, "num_kv_heads": 1, "d_hidden": 64},
]


@pytest.mark.parametrize("changes", CHANGES, ids=str)
def test_every_change_spends_the_budget_to_half_a_step(changes):
    config, recipe = changed(**changes)
    step = step_flops(config, recipe.batch_size)
    assert abs(recipe.steps * step - BUDGET) <= step / 2


def test_without_changes_it_is_the_base_and_with_one_only_that_and_the_steps_differ():
    config, recipe = changed()
    assert config == BASE
    assert replace(recipe, steps=90, eval_every=9, eval_windows=9) == replace(
        RECIPE, steps=90, eval_every=9, eval_windows=9
    )
    deep, slower = changed(num_layers=4)
    assert deep == replace(BASE, num_layers=4)
    assert replace(slower, steps=90, eval_every=9) == replace(recipe, steps=90, eval_every=9)
    same, fast = changed(muon_lr=0.05)
    assert same == BASE and fast == replace(recipe, muon_lr=0.05)
    assert (recipe.eval_every, recipe.eval_windows) == (recipe.steps, 1)
    assert changed(budget=2 * BUDGET)[1].steps == pytest.approx(2 * recipe.steps, abs=1)


def test_a_step_costs_what_pytorch_counts_forwards_and_backwards():
    config = replace(BASE, context=8, d_model=32, num_heads=2, num_kv_heads=2, d_hidden=48)
    model = MiniGPT(config).train()
    ids = torch.randint(config.vocab_size, (3, 9), generator=torch.manual_seed(0))
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        training_step(model, [], ids[:, :-1], ids[:, 1:])
    assert counter.get_total_flops() == step_flops(config, 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"depth": 4, "rate": 1}, "no settings called depth, rate"),
        ({"steps": 4}, "no settings called steps"),
        ({"budget": 1e9}, r"budget=1e\+09 pays for 2 steps"),
        ({"budget": 10 * step_flops(BASE, 16)}, r"pays for 10 steps: too few"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        changed(**changes)


def test_texts_are_of_held_out_plays_and_apart():
    texts = compared_texts(passages=8, length=100)
    training, unseen = split_plays(plays())
    assert len(texts.training) == len(training)
    assert len(texts.choosing) == len(texts.reporting) == 800
    characters = sorted(set(training + unseen))

    def passages(ids):
        text = "".join(characters[i] for i in ids.tolist())
        return [text[start : start + 100] for start in range(0, 800, 100)]

    held_out = {name: play for name, play in plays().items() if name in HELD_OUT}
    of = [
        {name for piece in passages(ids) for name, play in held_out.items() if piece in play}
        for ids in (texts.choosing, texts.reporting)
    ]
    assert of == [{"as-you-like-it", "henry-v"}, {"the-tempest", "macbeth"}]
    assert not any(piece in training for piece in passages(texts.reporting))


def test_a_measurement_says_what_was_set_and_what_came_out(monkeypatch):
    config = replace(MINIGPT, context=8, d_model=16, num_heads=2, num_kv_heads=2, d_hidden=24)
    recipe = replace(RECIPE, steps=3, batch_size=2, warmup=1, adamw_lr=0.02, seed=5)
    recipe = replace(recipe, eval_every=3, eval_windows=1)  # as `changed` has it
    ids = torch.randint(68, (3, 200), generator=torch.manual_seed(0))
    trained = []

    class Kept(Training):
        def finish(self):
            trained.append(super().finish())
            return trained[-1]

    texts = Texts(ids[0], ids[1], ids[2])
    row = measure(config, recipe, texts, Kept)
    assert row["val_loss"] == evaluate(trained[0], ids[1])
    assert row["test_loss"] == evaluate(trained[0], ids[2]) != row["val_loss"]
    assert (row["steps"], row["batch"], row["tokens"]) == (3, 16, 48)
    assert row["flops"] == 3 * step_flops(config, 2) and row["seconds"] > 0
    assert row["params"] == count_parameters(config)
    assert (row["layers"], row["width"], row["heads"], row["hidden"]) == (4, 16, 2, 24)
    assert (row["context"], row["muon_lr"], row["adamw_lr"]) == (8, RECIPE.muon_lr, 0.02)
    again = measure(config, recipe, texts)
    assert again["test_loss"] == row["test_loss"]
    assert measure(config, replace(recipe, seed=6), texts)["test_loss"] != row["test_loss"]


def test_a_text_to_judge_by_has_64_passages_of_512_characters(monkeypatch):
    made = dict.fromkeys(HELD_OUT, "to be " * 9000)
    monkeypatch.setattr("snippets.training.scaling.equal_compute.plays", lambda: made)
    monkeypatch.setattr(
        "snippets.training.scaling.equal_compute.split_plays", lambda texts: ("to be", "to be")
    )
    texts = compared_texts()
    assert len(texts.choosing) == len(texts.reporting) == 32_768
