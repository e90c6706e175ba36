"""Each step changes what it says and nothing else, at the same cost; the last is a Llama."""

from dataclasses import asdict, replace
from itertools import pairwise

import pytest
import torch
from transformers import GPT2LMHeadModel, LlamaForCausalLM

from snippets.modern.llama import llama_steps
from snippets.modern.llama.llama_steps import (
    BUDGET,
    STEPS,
    after,
    cache_numbers,
    code_diff,
    load_llama_steps,
    main,
    runs,
    settings_diff,
    summary,
)
from snippets.training.scaling.equal_compute import step_flops
from snippets.transformer.minigpt import MiniGPT
from snippets.transformer.normalization import layer_norm, rms_norm
from snippets.using.publishing.interop import to_transformers

ORDER = list(STEPS)


@pytest.mark.parametrize("step", ORDER)
def test_every_step_costs_the_budget_to_half_a_training_step(step):
    config, recipe = after(step)
    each = step_flops(config, recipe.batch_size)
    assert abs(recipe.steps * each - BUDGET) <= each / 2


@pytest.mark.parametrize(("before", "now"), list(pairwise(ORDER)))
def test_each_step_differs_from_the_one_before_in_its_own_settings_alone(before, now):
    old, new = after(before)[0], after(now)[0]
    assert new != old and replace(old, **STEPS[now]) == new
    recipes = [asdict(after(step)[1]) for step in (before, now)]
    for recipe in recipes:
        del recipe["steps"], recipe["eval_every"]
    assert recipes[0] == recipes[1]


@pytest.mark.parametrize(
    ("step", "family"), [("GPT-2", GPT2LMHeadModel), ("GQA", LlamaForCausalLM)]
)
def test_the_ends_are_gpt2_and_llama_as_transformers_has_them(step, family):
    torch.manual_seed(0)
    ours = MiniGPT(after(step)[0]).eval()
    with torch.no_grad():
        for parameter in ours.parameters():  # no bias at 0, no gain at 1, larger logits
            parameter.add_(0.1 * torch.randn_like(parameter))
    theirs, ids = to_transformers(ours), torch.randint(68, (2, 64))
    assert type(theirs) is family
    with torch.no_grad():
        logits = ours(ids)
        assert logits.std() > 0.1
        torch.testing.assert_close(logits, theirs(ids).logits, rtol=1e-5, atol=1e-5)


def test_grouped_queries_halve_what_is_remembered_and_nothing_else_changes_it():
    numbers = {step: cache_numbers(after(step)[0]) for step in STEPS}
    assert set(list(numbers.values())[:-1]) == {192} and numbers["GQA"] == 96
    for step in ("RoPE", "GQA"):
        model = MiniGPT(after(step)[0]).eval()
        cache = model.new_cache()
        model(torch.zeros(1, 10, dtype=torch.long), cache=cache)
        counted = sum(layer.keys.numel() + layer.values.numel() for layer in cache)
        assert counted == 10 * numbers[step]


def test_rates_and_seeds_reach_the_recipe():
    (_, usual), (_, other) = after("RoPE"), after("RoPE", seed=5, rate=2.0)
    assert (other.muon_lr, other.adamw_lr) == (2 * usual.muon_lr, 2 * usual.adamw_lr)
    assert (usual.seed, other.seed) == (0, 5) and usual.steps == other.steps


def test_what_is_unknown_or_too_cheap_is_refused():
    with pytest.raises(ValueError, match="step='MoE' is none of GPT-2, RMSNorm"):
        after("MoE")
    with pytest.raises(ValueError, match="too few to warm up"):
        after("GQA", budget=1e9)
    with pytest.raises(ValueError, match="num_heads=4 is not divisible by num_kv_heads=3"):
        MiniGPT(replace(after("GQA")[0], num_kv_heads=3))


def test_differences_of_settings_and_of_code():
    assert settings_diff(after("GPT-2")[0], after("RMSNorm")[0]) == ["norm: layernorm -> rmsnorm"]
    lines = code_diff(layer_norm, rms_norm)
    assert "- mean = x.mean(dim=-1, keepdim=True)" in lines
    assert any(line.startswith("+ ") and "rsqrt" in line for line in lines)
    assert not any('"""' in line or "#" in line for line in lines)
    assert code_diff(rms_norm, rms_norm) == []


def test_the_plan_has_each_step_three_times_and_the_ends_at_other_rates():
    planned = runs()
    assert len(set(planned)) == len(planned) == 3 * len(STEPS) + 4
    assert {(step, rate) for step, _, rate in planned if rate != 1} == {
        (step, rate) for step in ("GPT-2", "GQA") for rate in (0.5, 2.0)
    }


def rows_of(losses):
    """Rows as a training run gives them: a list of losses for each step, a loss for each seed."""
    sizes = {"params": 10, "steps": 20, "tokens": 30, "flops": 40}
    return [
        {"step": step, "seed": seed, "rate": 1.0, "test_loss": loss} | sizes
        for step, of_step in zip(STEPS, losses, strict=True)
        for seed, loss in enumerate(of_step)
    ]


def test_the_summary_compares_seed_by_seed_at_the_usual_rate():
    rows = rows_of([[2.0, 2.1, 2.2]] + [[1.9, 2.0, 2.1]] * 5)
    odd = dict(rows[0], rate=2.0, test_loss=9.0)
    found = summary([odd, *reversed(rows)])
    assert [row["step"] for row in found] == ORDER
    assert [row["change"] for row in found] == pytest.approx([0, -0.1, 0, 0, 0, 0])
    assert found[0]["loss"] == pytest.approx(2.1) and found[0]["deviation"] == pytest.approx(0.1)


def test_from_the_command_to_the_results(tmp_path, monkeypatch):
    monkeypatch.setattr(llama_steps, "runs", lambda: [("GQA", 0, 1.0), ("GQA", 0, 2.0)])
    assert main(["--out", str(tmp_path / "made"), "--budget", "6e9"]) == 0
    usual, other = load_llama_steps(tmp_path / "made")
    assert (usual["step"], usual["rate"], other["rate"]) == ("GQA", 1.0, 2.0)
    assert usual["flops"] == pytest.approx(6e9, rel=0.05) and "seconds" not in usual
    assert usual["test_loss"] != other["test_loss"] < 4.3
    with pytest.raises(FileNotFoundError, match=r"python -m snippets\.modern\.llama\.llama_steps"):
        load_llama_steps(tmp_path / "elsewhere")


def test_the_summary_keeps_what_each_step_cost():
    rows = rows_of([[2.0, 2.1, 2.4]] * 6)
    for number, row in enumerate(rows):
        row |= {name: row[name] + number // 3 for name in ("params", "steps", "tokens", "flops")}
    for number, row in enumerate(summary(rows)):
        sizes = [row[name] - number for name in ("params", "steps", "tokens", "flops")]
        assert sizes == [10, 20, 30, 40] and row["losses"] == [2.0, 2.1, 2.4]
        assert row["loss"] == pytest.approx(6.5 / 3) and row["change"] == 0
        assert row["deviation"] == pytest.approx((0.13 / 3) ** 0.5)


def before_it(x):
    """A docstring.

    With two paragraphs.
    """
    a = x  # a comment
    # another
    return a + 1


def after_it(x):
    """Another docstring."""
    a = x

    return a + 2


def test_docstrings_comments_and_empty_lines_are_no_difference():
    assert code_diff(before_it, after_it) == ["- return a + 1", "+ return a + 2"]


def test_without_numbers_the_budget_is_that_of_the_course(tmp_path, monkeypatch):
    asked = []

    def measured(config, recipe, texts):
        asked.append((config, recipe))
        return {"seconds": 1.0, "test_loss": 2.0}

    monkeypatch.setattr(llama_steps, "measure", measured)
    monkeypatch.setattr(llama_steps, "compared_texts", lambda: None)
    assert main(["--out", str(tmp_path / "made")]) == 0
    assert asked == [after(step, BUDGET, seed, rate) for step, seed, rate in runs()]
    assert after("RoPE") == after("RoPE", BUDGET, 0, 1.0)
    rows = load_llama_steps(tmp_path / "made")
    assert [(row["step"], row["seed"], row["rate"]) for row in rows] == runs()
    asked.clear()
    llama_steps.train_all([("GQA", 1, 2.0)])
    assert asked == [after("GQA", BUDGET, 1, 2.0)]


def test_both_ends_are_tried_at_half_and_twice_the_rates_with_the_first_seed():
    assert [run for run in runs() if run[2] != 1] == [
        (step, 0, rate) for step in ("GPT-2", "GQA") for rate in (0.5, 2.0)
    ]
    assert {seed for step, seed, rate in runs() if rate == 1} == {0, 1, 2}
