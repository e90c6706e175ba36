"""Settings that make no sense are refused, by name and value."""

from dataclasses import replace

import pytest

from snippets.training.config import TrainingConfig

QUICK = TrainingConfig(steps=60, batch_size=8, warmup=5)


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 0},
        {"batch_size": 0},
        {"warmup": 60},
        {"decay": 0.0},
        {"decay": 1.5},
        {"average": 1.0},
        {"micro_batches": 0},
        {"micro_batches": 3},  # of a batch of 8
        {"eval_every": 0},
        {"eval_windows": 0},
        {"average": -0.1},
        {"momentum": 1.0},
        {"momentum": -0.1},
        {"growth": 1.0},
        {"growth": -0.5},
    ],
)
def test_wrong_settings_are_named(change):
    ((name, value),) = change.items()
    with pytest.raises(ValueError, match=f"{name}={value}"):
        replace(QUICK, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"steps": 6},
        {"batch_size": 1},
        {"eval_every": 1},
        {"average": 0.0},
        {"decay": 1.0},
        {"steps": 1, "warmup": 0},
        {"micro_batches": 8},  # of a batch of 8: one sequence each
        {"momentum": 0.0},
        {"growth": 0.0},
        {"eval_windows": 1},
        {"warmup": 59},
        {"seed": -1},
    ],
)
def test_what_lies_on_the_edge_is_taken(change):
    settings = replace(QUICK, **change)
    assert {name: getattr(settings, name) for name in change} == change


def test_without_being_asked_nothing_is_added_to_plain_training():
    """One sequence length, one batch at a time, no decay, no average, float32, not compiled."""
    plain = TrainingConfig(
        growth=0.0,
        micro_batches=1,
        weight_decay=0.0,
        decay=1.0,
        average=0.0,
        mixed_precision=False,
        compiled=False,
        seed=0,
    )
    assert TrainingConfig() == plain


def test_the_points_of_the_curve_are_evenly_spread_up_to_the_last_step():
    assert TrainingConfig().steps % TrainingConfig().eval_every == 0
