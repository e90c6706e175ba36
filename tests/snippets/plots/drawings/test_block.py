"""The picture of the block: stream and hidden layer to scale, and the weights that are there."""

from dataclasses import replace
from math import dist

import numpy as np
import pytest
from matplotlib.patches import Circle

from snippets.plots.drawings.block import block_drawing
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
