"""Frames within frames: each inside the one before, and all that is said is there."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from snippets.plots.drawings.nested import nested_drawing
from tests.snippets.plots.drawings.reading import assert_tidy, text_boxes, words
from tests.snippets.plots.laws import both

FIELDS = {"Animals": "worms and whatever else " * 8, "Mammals": "cows", "Dogs": "terriers"}


def frames(figure: Figure) -> list[tuple[float, float, float, float]]:
    (axes,) = figure.axes
    found = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    return [
        (p.get_x(), p.get_y(), p.get_x() + p.get_width(), p.get_y() + p.get_height()) for p in found
    ]


def test_each_frame_lies_within_the_one_before() -> None:
    figure = nested_drawing(FIELDS, title="Dogs are animals")
    for drawn in both(figure):
        outer, middle, inner = frames(drawn)
        for a, b in ((outer, middle), (middle, inner)):
            assert a[0] < b[0] and a[1] < b[1] and b[2] < a[2] and b[3] < a[3]
        axes = drawn.axes[0]
        right, bottom = axes.get_xlim()[1], axes.get_ylim()[0]
        assert outer[0] > 0 and outer[1] > 0 and outer[2] < right and outer[3] < bottom


def test_words_stand_in_their_own_frame_above_the_next() -> None:
    figure = nested_drawing(FIELDS, title="Dogs are animals")
    tops = [frame[1] for frame in frames(figure)] + [1e9]
    names, depth = list(FIELDS), -1
    for text in figure.axes[0].texts[1:]:  # the first is the title
        depth += text.get_text() in names
        assert tops[depth] < text.get_position()[1] < tops[depth + 1]
    assert depth == 2
    said = " ".join(words(figure))
    assert said.count("worms") == 8 and "cows" in said and "terriers" in said


@pytest.mark.parametrize("fields", [{}, {str(n): "" for n in range(6)}])
def test_refusals(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="fields: from 1 to 5"):
        nested_drawing(fields, title="Too many")


@pytest.mark.parametrize("count", [1, 2, 5])
def test_frames_are_drawn_at_one_distance_and_words_begin_at_one(count: int) -> None:
    fields = {f"Field {n}": "what belongs to it " * (1 + 3 * n) for n in range(count)}
    for drawn in both(nested_drawing(fields, title="Fields")):
        assert_tidy(drawn, below=3)
        found = np.array(frames(drawn))
        assert len(found) == count
        edges = np.abs(np.diff(found, axis=0))
        assert edges[:, [0, 2, 3]] == pytest.approx(np.full((count - 1, 3), edges[:1, [0]].sum()))
        room = drawn.axes[0].get_xlim()[1]
        assert found[:, 0] == pytest.approx(room - found[:, 2])
        written = [(t, box) for t, box in text_boxes(drawn).items()][1:]
        depth, before = -1, 0.0
        for text, box in written:
            bold = text.get_fontweight() == "bold"
            depth += bold
            assert bold == (text.get_text() in fields)
            assert box.x0 == pytest.approx(found[depth, 0] + 12, abs=1.5)
            assert box.x1 < found[depth, 2] and text.get_position()[1] - before > 11
            before = text.get_position()[1]
        sizes = [float(text.get_fontsize()) for text, _ in written]
        assert max(sizes) == sizes[0] > min(sizes)
        patches: list[Any] = list(drawn.axes[0].patches)
        assert {round(patch.get_facecolor()[3], 3) for patch in patches} == {0.1}


def test_the_lines_of_a_text_lie_closer_than_two_of_them_would() -> None:
    for drawn in both(nested_drawing({"Field": "what belongs to it " * 12}, title="One")):
        name, *lines = list(text_boxes(drawn))[1:]
        heights = [text.get_position()[1] for text in (name, *lines)]
        assert len(lines) > 1
        assert all(9 < gap < 1.6 * float(lines[0].get_fontsize()) for gap in np.diff(heights))
