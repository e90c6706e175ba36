"""What callers hand over becomes numbers that can be drawn, or a refusal that names the values."""

import numpy as np
import pytest
import torch

from snippets.plots.house.values import (
    MAX_CELLS,
    as_array,
    check_cells,
    check_labels,
    check_schedules,
    check_series,
    check_spread,
    check_unit_interval,
    visible,
)


@pytest.mark.parametrize("values", [[1, 2], (1.0, 2.0), np.array([1, 2]), torch.tensor([1.0, 2.0])])
def test_every_kind_of_list_becomes_the_same_array(values: object) -> None:
    array = as_array(values, "values", 1)
    assert array.dtype == np.float64
    assert array.tolist() == [1.0, 2.0]


def test_a_tensor_under_training_is_taken_as_it_is() -> None:
    weight = torch.ones(2, requires_grad=True)
    assert as_array(weight * 2, "weight", 1).tolist() == [2.0, 2.0]


@pytest.mark.parametrize(
    ("values", "says"),
    [([[1.0]], r"\(1, 1\)"), ([], r"\(0,\)"), ([1.0, float("nan")], "1 numbers not finite")],
)
def test_what_cannot_be_drawn_is_refused(values: list, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        as_array(values, "values", 1)


def test_the_unit_interval_forgives_rounding_only() -> None:
    check_unit_interval(np.array([-1e-7, 1 + 1e-7]), "weights")
    with pytest.raises(ValueError, match=r"\[0, 1\.1\]"):
        check_unit_interval(np.array([0.0, 1.1]), "weights")


def test_too_many_cells_are_refused() -> None:
    check_cells(MAX_CELLS, MAX_CELLS)
    with pytest.raises(ValueError, match="too many to see"):
        check_cells(1, MAX_CELLS + 1)


def test_labels_are_counted_and_made_visible() -> None:
    assert check_labels(None, 2, "tokens") == ["0", "1"]
    assert check_labels(["a b", "\n"], 2, "tokens") == ["a␣b", "↵"]
    assert visible("") == "∅"
    with pytest.raises(ValueError, match="1 tokens for 2"):
        check_labels(["a"], 2, "tokens")


def test_series_have_as_many_x_as_y_and_fit_a_log_scale() -> None:
    assert check_series({"a": ([1, 2], [3, 4])})["a"][1].tolist() == [3.0, 4.0]
    with pytest.raises(ValueError, match="no series"):
        check_series({})
    with pytest.raises(ValueError, match="2 x and 1 y"):
        check_series({"a": ([1, 2], [3])})
    with pytest.raises(ValueError, match="y of 'a' goes down to 0"):
        check_series({"a": ([0], [0])}, (False, True))


def test_bounds_of_what_is_forgiven() -> None:
    check_unit_interval(np.array([-1e-6, 1 + 0.9e-6]), "weights")
    for wrong in (-1.5e-6, 1 + 1.5e-6):
        with pytest.raises(ValueError, match="weights lies in"):
            check_unit_interval(np.array([0.5, wrong]), "weights")
    check_cells(64, 64)
    for rows, columns in ((65, 1), (1, 65)):
        with pytest.raises(ValueError, match=f"{rows} x {columns} cells are too many"):
            check_cells(rows, columns)


def test_labels_that_are_no_tokens_keep_their_spaces() -> None:
    assert check_labels(["a b"], 1, "labels", tokens=False) == ["a b"]


def test_only_a_log_scale_needs_numbers_above_zero() -> None:
    assert check_series({"a": ([0, -1], [-2, 0])})["a"][0].tolist() == [0.0, -1.0]
    check_series({"a": ([0], [1e-9])}, (False, True))
    with pytest.raises(ValueError, match="x of 'a' goes down to -1"):
        check_series({"a": ([-1], [0])}, (True, False))


WORDS = {"kind": "plan", "rows": "stages", "steps": "moments", "work": "micro-batch"}


def test_schedules_have_rows_of_one_length_with_work_in_them() -> None:
    check_schedules({"one": [[0, None], [None, 0]], "other": [[1]]}, 2, **WORDS)


@pytest.mark.parametrize(
    ("schedules", "message"),
    [
        ({}, "no plan to draw"),
        ({"x": [[0], [0, 1]]}, r"'x': 2 stages of \[1, 2\] moments; at most 2 of one length"),
        ({"x": [[0]] * 3}, r"'x': 3 stages of \[1, 1, 1\] moments; at most 2 of one length"),
        ({"x": []}, r"'x': 0 stages of \[\] moments"),
        ({"x": [[None], [None]]}, "'x' has no micro-batch"),
    ],
)
def test_other_schedules_are_refused(
    schedules: dict[str, list[list[int | None]]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        check_schedules(schedules, 2, **WORDS)


def test_a_spread_is_a_half_width_or_a_width_to_either_side() -> None:
    assert check_spread(None, 3).tolist() == [[0.0] * 3] * 2
    assert check_spread([0.5, 0.0], 2).tolist() == [[0.5, 0.0]] * 2
    assert check_spread([(1, 2), (3, 4), (5, 6)], 3).tolist() == [[1, 3, 5], [2, 4, 6]]


@pytest.mark.parametrize("spread", [[0.5], [0.1, -0.1], [(1, 2)], [(1, 2, 3)] * 2, [(1, -1)] * 2])
def test_another_spread_is_refused(spread: list) -> None:
    with pytest.raises(ValueError, match="does not fit 2 values"):
        check_spread(spread, 2)
