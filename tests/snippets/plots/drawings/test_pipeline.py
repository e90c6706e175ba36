"""The picture of a pipeline: its bubble is what the formula says, and time is to scale."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snippets.plots.drawings.pipeline import idle_share, pipeline_drawing
from tests.snippets.plots.drawings.reading import boxes, words


def plan(stages: int, micro_batches: int) -> list[list[int | None]]:
    """Huang et al. (2019): stage s works on micro-batch t - s at moment t."""
    moments = range(micro_batches + stages - 1)
    return [[t - s if 0 <= t - s < micro_batches else None for t in moments] for s in range(stages)]


@given(st.integers(1, 12), st.integers(1, 40))
def test_the_bubble_is_that_of_the_formula(p: int, m: int) -> None:
    assert idle_share(plan(p, m)) == pytest.approx((p - 1) / (m + p - 1))


@settings(max_examples=8)  # each draws a figure
@given(st.integers(2, 6), st.integers(1, 12))
def test_the_bubbles_area_is_its_share(p: int, m: int) -> None:
    found = boxes(pipeline_drawing({"plan": plan(p, m)}))[:-2]  # the last two are the key
    assert len(found) == p * (m + p - 1)
    waits = sum(1 for colour, _, _ in found if colour == "orange")
    assert waits / len(found) == pytest.approx((p - 1) / (m + p - 1))
    assert len({round(width, 6) for _, width, _ in found}) == 1


def test_a_batch_takes_as_long_in_few_pieces_as_in_many() -> None:
    found = boxes(pipeline_drawing({"two": plan(4, 2), "eight": plan(4, 8)}))[:-2]
    two, eight = found[: 4 * 5], found[4 * 5 :]
    assert 2 * (two[0][1] + 1) == pytest.approx(8 * (eight[0][1] + 1))  # a point parts them


def test_stages_and_shares_are_named() -> None:
    text = words(pipeline_drawing({"2 micro-batches": plan(4, 2)}))
    assert "2 micro-batches: 60% idle" in text
    assert [word for word in text if word.startswith("stage")] == [f"stage {s}" for s in range(4)]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="no plan"):
        pipeline_drawing({})
    with pytest.raises(ValueError, match="'x': 2 stages"):
        pipeline_drawing({"x": [[0], [0, 1]]})
    with pytest.raises(ValueError, match="13 stages"):
        pipeline_drawing({"x": plan(13, 1)})
    with pytest.raises(ValueError, match="'x' has no micro-batch"):
        pipeline_drawing({"x": [[None]]})
