"""The picture of the block: stream and hidden layer to scale, and the weights that are there."""

from dataclasses import replace
from math import dist
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Circle
from matplotlib.transforms import Bbox

from snippets.plots.drawings.block import block_drawing
from snippets.plots.house.style import PALETTE
from snippets.transformer.minigpt import GPT2_SMALL, MINIGPT, MiniGPTConfig, make_block
from tests.snippets.plots.drawings.reading import arrows, assert_tidy, boxes, parts, texts_at, words
from tests.snippets.plots.laws import both


@pytest.mark.parametrize("sizes", [(128, 128, 4, 512), (1024, 768, 12, 3072), (4, 8, 1, 8)])
def test_the_hidden_layer_is_as_much_wider_as_it_is(sizes: tuple[int, int, int, int]) -> None:
    length, channels, heads, hidden = sizes
    found = boxes(block_drawing(*sizes))
    (layer,) = (box for box in found if box[0] == "orange")
    stream = [box for box in found if box[0] == "muted"]
    assert len(stream) == 2
    for _, width, height in stream:
        assert layer[1] / width == pytest.approx(hidden / channels)
        assert layer[2] == pytest.approx(height)
        assert height / width == pytest.approx(length / channels)
    tables = [box for box in found if box[0] == "blue"]
    assert len(tables) == heads
    assert [side for _, *sides in tables for side in sides] == pytest.approx([layer[2]] * 2 * heads)


UNGATED = replace(MINIGPT, feed_forward="gelu", d_hidden=4 * MINIGPT.d_model)


@pytest.mark.parametrize("config", [UNGATED, GPT2_SMALL])
def test_the_parameters_are_those_of_the_block(config: MiniGPTConfig) -> None:
    text = words(block_drawing(config.context, config.d_model, config.num_heads, config.d_hidden))
    block = make_block(config, rotary=None)
    for part in (block.attention, block.feed_forward):
        count = sum(p.numel() for p in part.parameters() if p.ndim == 2)
        assert f"{count:,} parameters" in text


@pytest.mark.parametrize("phone", [False, True])
def test_each_branch_leads_back_to_the_stream(phone: bool) -> None:
    figure = block_drawing(4, 8, 2, 32)
    drawn = vars(figure)["for_phone"]() if phone else figure
    sums = [patch for patch in drawn.axes[0].patches if isinstance(patch, Circle)]
    assert len(sums) == 2
    ends = [end for _, end in arrows(drawn)]
    for plus in sums:  # from the branch; the stream itself is no arrow
        assert [dist(end, plus.center) < plus.radius + 1 for end in ends].count(True) == 1


def test_sizes_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="T=4, C=0, H=1, hidden 8"):
        block_drawing(4, 0, 1, 8)
    with pytest.raises(ValueError, match="H=13"):
        block_drawing(4, 13, 13, 8)


@pytest.mark.parametrize("sizes", [(4, 8, 2, 32), (128, 128, 4, 512), (16, 16, 1, 64)])
def test_the_stream_runs_through_and_parts_stand_apart(sizes: tuple[int, int, int, int]) -> None:
    for drawn in both(block_drawing(*sizes)):
        assert_tidy(drawn, below=21)
        assert len(arrows(drawn)) == 6
        start, end, *_ = found = parts(drawn)
        (line,) = drawn.axes[0].lines
        first, last = np.asarray(line.get_xydata())
        middles = [((p.x0 + p.x1) / 2, (p.y0 + p.y1) / 2) for p in found]
        along = 0 if first[1] == last[1] else 1  # to the right, or down
        across = 1 - along
        assert first[across] == pytest.approx(middles[0][across])
        assert (first[along], last[along]) == pytest.approx((start.max[along], end.min[along]))
        for plus in (p for p in drawn.axes[0].patches if isinstance(p, Circle)):
            assert plus.center[across] == pytest.approx(first[across])
            assert first[along] < plus.center[along] < last[along]
        for name in ("in", "out"):
            assert [at for at in texts_at(drawn, name) if at in middles]


def test_shapes_are_those_of_the_parts() -> None:
    text = words(block_drawing(4, 8, 2, 32))
    assert text.count("(4, 8)") == 2 and {"2 × (4, 4)", "(4, 32)"} <= set(text)
    assert text.count("norm") == 2 and text.count("+") == 2


def test_one_of_each_and_twelve_heads_can_be_drawn() -> None:
    assert "1 × (1, 1)" in words(block_drawing(1, 1, 1, 1))
    assert "12 × (4, 4)" in words(block_drawing(4, 12, 12, 48))
    for sizes in ((0, 8, 2, 8), (4, 8, 0, 8), (4, 8, 2, 0)):
        with pytest.raises(ValueError, match="sizes are from 1"):
            block_drawing(*sizes)


def test_a_plus_stands_in_the_middle_of_a_circle_through_which_no_line_is_seen() -> None:
    for drawn in both(block_drawing(4, 8, 2, 32)):
        (axes,) = drawn.axes
        drawn.draw_without_rendering()
        circles = [p for p in axes.patches if isinstance(p, Circle)]
        signs = [text for text in axes.texts if text.get_text() == "+"]
        for circle, sign in zip(circles, signs, strict=True):
            assert sign.get_position() == circle.center
            box = sign.get_window_extent().transformed(axes.transData.inverted())
            middle = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
            assert middle == pytest.approx(circle.center, abs=1)
            assert to_hex(circle.get_facecolor()) == PALETTE["paper"]
            assert to_hex(circle.get_edgecolor()) == PALETTE["muted"]
            assert axes.lines[0].get_zorder() < circle.get_zorder() < sign.get_zorder()


def test_what_belongs_to_a_part_is_written_below_it_line_by_line() -> None:
    for drawn in both(block_drawing(4, 8, 2, 32)):
        found = {text.get_text(): text.get_position() for text in drawn.axes[0].texts}
        for lines in (("attention", "2 × (4, 4)", "256 parameters"),
                      ("feed-forward", "(4, 32)", "512 parameters")):  # fmt: skip
            xs, ys = zip(*(found[line] for line in lines), strict=True)
            assert len(set(xs)) == 1 and all(9 < gap < 13 for gap in np.diff(ys))
            over = [p for p in parts(drawn) if p.x0 < xs[0] < p.x1 and 0 < ys[0] - p.y1 < 14]
            assert over


@pytest.mark.parametrize("heads", [1, 12])
def test_a_branch_goes_from_the_stream_through_norm_and_part_back_to_it(heads: int) -> None:
    for drawn in both(block_drawing(16, 24, heads, 64)):
        (axes,) = drawn.axes
        down = drawn.axes[0].get_xlim()[1] < 400
        along, across = (1, 0) if down else (0, 1)
        found = parts(drawn)
        norms = [box for box in found if box.height == pytest.approx(22)]
        blocks = [box for box in found[2:] if box not in norms and box.width > 17]
        tables, layer = blocks[: 2 * heads : 2], blocks[-1]
        joins: list[Any] = [p.center for p in axes.patches if isinstance(p, Circle)]
        stream = joins[0][across]
        ways = arrows(drawn)
        branches = zip(norms, (Bbox.union(tables), layer), joins, strict=True)
        at = 0.0  # along the stream
        for number, (norm, part, join) in enumerate(branches):
            (leaves, first), (begins, second), (back, end) = ways[3 * number : 3 * number + 3]
            middle = ((norm.x0 + norm.x1) / 2, (norm.y0 + norm.y1) / 2)
            assert leaves[across] == pytest.approx(stream, abs=4)
            assert leaves[along] == first[along] == pytest.approx(middle[along])
            assert _gap(norm, first) == pytest.approx(2) and _gap(norm, begins) == pytest.approx(1)
            front = tables[-1] if number == 0 and not down else part
            assert 1 < _gap(front, second) < 4 and 2 < _gap(part, back) < 4
            assert dist(end, join) == pytest.approx(8, abs=0.3)
            assert at < leaves[along] < join[along]  # the sum comes after what is added
            assert down or part.x1 < (joins[number + 1][0] if number == 0 else axes.get_xlim()[1])
            if down:
                said = [y for x, y in (t.get_position() for t in axes.texts) if x > norm.x0]
                below = [y for y in said if part.y1 < y < part.y1 + 40]
                assert len(below) == 3 and max(below) + 5 < join[1]
            at = join[along]


def _gap(box: Bbox, point: tuple[float, float]) -> float:
    """From a box to a point beside, above or below it."""
    return float(np.hypot(*(np.array(point) - np.clip(point, box.min, box.max))))
