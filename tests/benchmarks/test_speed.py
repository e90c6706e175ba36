"""Of the timings, what does not depend on time: the variants, the arithmetic, the table."""

import pytest

from benchmarks import generation, training
from snippets.transformer.minigpt import count_parameters


def step_row(name, precision, seconds, fast=True):
    facts = {"name": name, "precision": precision, "our_settings": fast, "params": 9}
    return {**facts, training.UNIT: seconds}


def test_a_ratio_of_steps_is_the_median_over_rounds():
    rows = [
        step_row(training.BASELINE, "mixed", [9.0, 9.0, 9.0], fast=False),
        step_row(training.BASELINE, "float32", [0.04, 0.40, 0.04], fast=False),
        step_row("ours", "mixed", [0.02, 0.1, 0.03]),
    ]
    theirs, ours = training.summary({"rows": rows})[1:]
    assert (theirs["ratio"], theirs["spread"]) == (1, (1, 1))
    assert ours["ratio"] == pytest.approx(2)  # of 2, 4 and 4/3
    assert ours["spread"] == pytest.approx((4 / 3, 4))
    assert ours["milliseconds"] == pytest.approx(30)
    assert ours["steps_a_second"] == pytest.approx(1 / 0.03)
    last = training.table({"rows": rows}).splitlines()[-1]
    assert last == "| ours | mixed | 30.0 | 33.3 | 2.00 | 1.33–4.00 |"


def test_all_cases_are_of_one_size_and_take_steps():
    sizes = []
    for case in training.CASES:
        if case.mixed or case.compiled:  # the same models, carried out otherwise
            continue
        variant = training.variant(case, steps=1)
        assert variant.measure() > 0
        sizes.append(variant.facts["params"])
    assert max(sizes) / min(sizes) < 1.01
    assert sizes[-1] == count_parameters(training.MODERN_TINY)


def test_generation_writes_as_many_tokens_as_asked():
    assert generation.theirs(3).measure() > 0
    for parts in generation.OURS:
        assert generation.ours(*parts, 3).measure() > 0
    short = generation.timed({"name": "short"}, lambda: len(generation.PROMPT) + 2, 3)
    with pytest.raises(ValueError, match="short wrote 6 tokens, not 7"):
        short.measure()


def test_growth_is_the_median_over_texts():
    ours = {"name": "ours", "cached": True, generation.UNIT: [0.001, 0.002, 0.004]}
    ours |= {"early": [0.001, 0.001, 0.002], "late": [0.001, 0.002, 0.003]}
    theirs = {"name": generation.BASELINE, "cached": True, generation.UNIT: [0.004, 0.004, 0.004]}
    first, second = generation.summary({"rows": [theirs, ours]})
    assert (first["ratio"], first["growth"]) == (1, None)
    assert (second["ratio"], second["spread"]) == (2, (1, 4))
    assert second["growth"] == pytest.approx(1.5)
    assert second["tokens_a_second"] == pytest.approx(500)
    last = generation.table({"rows": [theirs, ours]}).splitlines()[-1]
    assert last == "| ours | yes | 500 | 2.00 | 1.00–4.00 | 1.50 |"


def test_costs_look_at_the_tokens_that_are_named(monkeypatch):
    """A clock that goes by as many seconds as the text has tokens, at each token."""
    seconds, length = 0.0, len(generation.PROMPT)

    def stream(model, prompt, new, **_):
        nonlocal seconds
        for token in range(new):
            seconds += length + token
            yield token

    monkeypatch.setattr(generation, "stream", stream)
    monkeypatch.setattr(generation.time, "perf_counter", lambda: seconds)
    found = generation.costs(generation.GPT2, True, texts=2)
    assert found["early"] == pytest.approx([generation.EARLY - 0.5] * 2)
    assert found["late"] == pytest.approx([generation.LATE - 0.5] * 2)
