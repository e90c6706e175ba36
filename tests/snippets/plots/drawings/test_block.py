"""The picture of the block: stream and hidden layer to scale, and the weights that are there."""

from dataclasses import replace
from math import dist

import pytest
from matplotlib.patches import Circle

from snippets.plots.drawings.block import block_drawing
from snippets.transformer.minigpt import GPT2_SMALL, MINIGPT, MiniGPTConfig, make_block
from tests.snippets.plots.drawings.reading import arrows, boxes, words


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
