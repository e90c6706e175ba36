"""The picture of a pipeline: its bubble is what the formula says, and time is to scale."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba

from snippets.plots.drawings import pipeline
from snippets.plots.drawings.pipeline import idle_share, pipeline_drawing
from tests.snippets.plots.drawings.reading import assert_tidy, boxes, parts, texts_at, words
from tests.snippets.plots.laws import both


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


def test_moments_follow_one_another_up_to_the_edge_and_are_numbered() -> None:
    for drawn in both(pipeline_drawing({"two": plan(4, 2), "eight": plan(4, 8)})):
        assert_tidy(drawn)
        room = drawn.axes[0].get_xlim()[1]
        *found, works, waits = parts(drawn)
        for cells, moments, m in ((found[:20], 5, 2), (found[20:], 11, 8)):
            table = [cells[n : n + moments] for n in range(0, len(cells), moments)]
            pitch = table[1][0].y0 - table[0][0].y0
            assert pitch > table[0][0].height
            for stage, row in enumerate(table):
                gaps = [right.x0 - left.x1 for left, right in pairwise(row)]
                assert gaps == pytest.approx([1] * len(gaps))
                assert {(box.y0, box.y1) for box in row} == {(row[0].y0, row[0].y1)}
                assert (row[0].x0, row[0].y0) == pytest.approx(
                    (table[0][0].x0, table[0][0].y0 + pitch * stage)
                )
                said = [y for x, y in texts_at(drawn, f"stage {stage}") if x < row[0].x0]
                assert any(y == pytest.approx((row[0].y0 + row[0].y1) / 2) for y in said)
                for at, box in enumerate(row):
                    middle = pytest.approx(((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2))
                    micro = at - stage
                    numbered = any(place == middle for place in texts_at(drawn, str(micro)))
                    works_now = 0 <= micro < m
                    assert works_now or not numbered
                    assert numbered or not works_now or box.width < 12
        assert max(box.x1 for box in found) == pytest.approx(room - 1)  # the longest plan
        assert works.width == works.height == waits.width
        for box, text in ((works, "works"), (waits, "waits: bubble")):
            ((x, y),) = texts_at(drawn, text)
            assert y == pytest.approx((box.y0 + box.y1) / 2) and 1 < x - box.x1 < 5
        assert texts_at(drawn, "time →")[0][0] == pytest.approx(found[0].x0)


def test_twelve_stages_can_be_drawn() -> None:
    assert "stage 11" in words(pipeline_drawing({"x": plan(12, 1)}))


def test_a_number_has_room_in_nine_points_a_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    def numbered(micro_batch: int, width: float) -> bool:
        monkeypatch.setattr(pipeline, "page_width", lambda: 44 + 2 * width)
        return str(micro_batch) in words(pipeline_drawing({"x": [[micro_batch, None]]}, title="A"))

    assert numbered(5, 9.0) and not numbered(5, 8.5)
    assert numbered(55, 18.0) and not numbered(55, 17.5)


def test_a_bubble_is_pale_as_the_key_says() -> None:
    figure = pipeline_drawing({"x": [[1, None]]})
    faces = [to_rgba(patch.get_facecolor()) for patch in figure.axes[0].patches]
    work, waits, key, pale = faces
    assert work == key and waits == pale and waits[3] < work[3] / 2
