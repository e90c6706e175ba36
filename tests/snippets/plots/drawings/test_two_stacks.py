"""The picture of the transformer of 2017: what stands above what, and what is repeated."""

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyBboxPatch

from snippets.plots.drawings.two_stacks import two_stacks_drawing
from snippets.plots.house.colours import COLOUR_OF
from snippets.plots.house.style import PALETTE
from tests.snippets.plots.drawings.reading import (
    NAMES,
    arrows,
    assert_tidy,
    boxes,
    parts,
    text_boxes,
    texts_at,
    words,
)
from tests.snippets.plots.laws import assert_all_inside

ENCODER = ["source", "embedding", "positions", "self-attention", "add & norm",
           "feed-forward", "add & norm", "memory"]  # fmt: skip
DECODER = ["target,", "embedding", "positions", "self-attention", "masked", "add & norm",
           "cross-attention", "add & norm", "feed-forward", "add & norm",
           "linear", "softmax", "next tokens"]  # fmt: skip


def on(phone: bool) -> Figure:
    figure = two_stacks_drawing(6)
    return vars(figure)["for_phone"]() if phone else figure


def upwards(figure: Figure, side: int) -> list[str]:
    """The words of the left half (-1) or the right half (1), from the bottom upwards."""
    (axes,) = figure.axes
    middle = sum(axes.get_xlim()) / 2
    texts = [text for text in axes.texts if (text.get_position()[0] - middle) * side > 0]
    return [t.get_text() for t in sorted(texts, key=lambda text: -text.get_position()[1])]


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize(("side", "steps"), [(-1, ENCODER), (1, DECODER)])
def test_the_steps_stand_in_the_order_of_the_paper(
    side: int, steps: list[str], phone: bool
) -> None:
    found = upwards(on(phone), side)
    assert [text for text in found if text in steps] == steps


def test_both_stacks_are_repeated() -> None:
    figure = two_stacks_drawing(3)
    assert words(figure).count("3 ×") == 2
    (_, encoder_width, encoder), (_, decoder_width, decoder) = boxes(figure)
    assert encoder_width == decoder_width
    assert decoder > 1.4 * encoder  # three sublayers, of which one has two lines, against two


def steps(figure: Figure, name: str) -> list[Any]:
    """The frames of the steps of a name, by its last line, from the left and the bottom."""
    (axes,) = figure.axes
    frames: list[Any] = [patch for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    places = [text.get_position() for text in axes.texts if text.get_text() == name]
    found = [
        frame
        for frame in frames
        for x, y in places
        if 0 < x - frame.get_x() < frame.get_width() and 0 < y - frame.get_y() < frame.get_height()
    ]
    return sorted(found, key=lambda frame: (frame.get_x(), -frame.get_y()))


def middle(frame: Any) -> tuple[float, float]:
    return (frame.get_x() + frame.get_width() / 2, frame.get_y() + frame.get_height() / 2)


@pytest.mark.parametrize("phone", [False, True])
def test_the_memory_goes_from_the_encoder_to_the_cross_attention(phone: bool) -> None:
    figure = on(phone)
    (cross,) = steps(figure, "cross-attention")
    (path,) = [line for line in figure.axes[0].lines if line.get_color() == PALETTE["wine"]]
    first, *_, last = np.asarray(path.get_xydata())
    assert first[0] == pytest.approx(middle(steps(figure, "self-attention")[0])[0])
    assert last[1] == pytest.approx(middle(cross)[1])
    (end,) = [end for start, end in arrows(figure) if start == pytest.approx(tuple(last))]
    assert end == pytest.approx((cross.get_x(), middle(cross)[1]), abs=2)


@pytest.mark.parametrize("phone", [False, True])
def test_around_each_sublayer_a_skip_connection_leads_to_its_norm(phone: bool) -> None:
    figure = on(phone)
    norms = steps(figure, "add & norm")
    below = [steps(figure, name) for name in ("self-attention", "cross-attention", "feed-forward")]
    (own, masked), (cross,), (encoder, decoder) = below
    lines = [np.asarray(line.get_xydata()) for line in figure.axes[0].lines]
    skips = [line for line in lines if len(line) == 3]
    assert len(skips) == len(norms) == 5
    for step, norm, skip in zip((own, encoder, masked, cross, decoder), norms, skips, strict=True):
        (leaves, low), _, (beside, high) = skip
        assert leaves == pytest.approx(middle(step)[0])
        own_side = [n for n in norms if middle(n)[0] == pytest.approx(leaves)]
        assert not any(n.get_y() <= low <= n.get_y() + n.get_height() for n in own_side)
        assert low > step.get_y() + step.get_height() and high == pytest.approx(middle(norm)[1])
        left = step in (own, encoder)  # on the outer side of either half, clear of its steps
        edge = norm.get_x() if left else norm.get_x() + norm.get_width()
        assert beside < edge if left else beside > edge
        (end,) = [end for start, end in arrows(figure) if start == pytest.approx((beside, high))]
        assert end == pytest.approx((edge, high), abs=2)


def test_the_stream_leads_into_every_step() -> None:
    figure = on(False)
    lines = [np.asarray(line.get_xydata()) for line in figure.axes[0].lines]
    ends = [*(end for _, end in arrows(figure)), *(tuple(line[-1]) for line in lines)]
    frames = [p for p in figure.axes[0].patches if isinstance(p, FancyBboxPatch)]
    assert len(frames) == 14
    for frame in frames:
        below = (middle(frame)[0], frame.get_y() + frame.get_height())
        assert any(end == pytest.approx(below, abs=2) for end in ends)


def test_positions_are_added_in_both_halves() -> None:
    figure = on(False)
    sums = [patch for patch in figure.axes[0].patches if isinstance(patch, Circle)]
    assert len(sums) == 2
    for plus in sums:
        x, y = plus.center
        level = [end for start, end in arrows(figure) if start[1] == end[1] == y]
        assert [abs(end[0] - x) for end in level if abs(end[0] - x) < 50] == [plus.radius + 1]


@pytest.mark.parametrize("phone", [False, True])
def test_all_is_inside_and_each_stack_holds_its_sublayers(phone: bool) -> None:
    figure = on(phone)
    assert_all_inside(figure)
    stacks: list[Any] = [patch for patch in figure.axes[0].patches if patch.get_alpha() is None]
    stacks = [patch for patch in stacks if 0 < patch.get_facecolor()[3] < 1]
    assert len(stacks) == 2
    for stack, side in zip(stacks, (-1, 1), strict=True):
        for name in ("add & norm", "feed-forward", "self-attention"):
            for frame in steps(figure, name):
                if (middle(frame)[0] - sum(figure.axes[0].get_xlim()) / 2) * side > 0:
                    assert stack.get_x() < frame.get_x()
                    assert frame.get_x() + frame.get_width() < stack.get_x() + stack.get_width()
                    assert stack.get_y() < frame.get_y()
                    low = frame.get_y() + frame.get_height()
                    assert low < stack.get_y() + stack.get_height()


def test_shapes_stand_beside_the_stream_and_sublayers_have_their_colours() -> None:
    figure = on(False)
    text = words(figure)
    assert sorted(word for word in text if word.startswith("(")) == [
        "(S, C)", "(S, C)", "(T, C)", "(T, V)"
    ]  # fmt: skip
    for name, colour in (("self-attention", "attention"), ("cross-attention", "attention"),
                         ("feed-forward", "feed-forward"), ("add & norm", "norm")):  # fmt: skip
        edges = {NAMES[to_hex(frame.get_edgecolor())] for frame in steps(figure, name)}
        assert edges == {COLOUR_OF[colour]}


def test_a_stack_without_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="num_layers=0"):
        two_stacks_drawing(0)


@pytest.mark.parametrize("phone", [False, True])
def test_the_sheet_is_tidy_and_both_halves_are_mirrored(phone: bool) -> None:
    figure = on(phone)
    assert_tidy(figure, reach=8.5)
    middle_ = sum(figure.axes[0].get_xlim()) / 2
    for name in ("embedding", "positions"):
        (one, low), (other, high) = texts_at(figure, name)
        assert one + other == pytest.approx(2 * middle_) and low == high
    assert len(texts_at(figure, "feed-forward")) == 2
    frames: list[Any] = [p for p in figure.axes[0].patches if isinstance(p, FancyBboxPatch)]
    norms = steps(figure, "add & norm")
    wide = {round(frame.get_width(), 6) for frame in frames if frame not in norms}
    assert len(wide) == 1 and max(norm.get_width() for norm in norms) < min(wide)
    assert {round(frame.get_height(), 6) for frame in frames} == {22.0, 33.0}
    left, right = (stack for stack in parts(figure) if stack.height > 100)
    assert left.x0 + right.x1 == pytest.approx(2 * middle_)
    assert left.y1 == right.y1 and left.x1 < middle_ < right.x0


@pytest.mark.parametrize("phone", [False, True])
def test_names_stand_above_their_stacks_and_shapes_beside_the_stream(phone: bool) -> None:
    figure = on(phone)
    found = {text.get_text(): box for text, box in text_boxes(figure).items()}
    left, right = (stack for stack in parts(figure) if stack.height > 100)
    for name, stack in (("encoder", left), ("decoder", right)):
        assert 0 < stack.y0 - found[name].y1 < 20
        assert stack.x0 - 2 < found[name].x0 and found[name].x1 < stack.x1 + 2
    assert found["encoder"].x0 == pytest.approx(left.x0, abs=2)
    assert found["decoder"].x1 == pytest.approx(right.x1, abs=2)
    streams = [middle(frame)[0] for frame in steps(figure, "embedding")]
    for text, stream, side in (("(S, C)", streams[0], 1), ("(T, V)", streams[1], -1)):
        near = [box for t, box in text_boxes(figure).items() if t.get_text() == text]
        edge = [(box.x0 - stream) if side > 0 else (stream - box.x1) for box in near]
        assert any(3 < gap < 9 for gap in edge)


def test_the_streams_lines_end_where_the_next_begins() -> None:
    figure = on(False)
    lines = [np.asarray(line.get_xydata()) for line in figure.axes[0].lines]
    pairs = [line for line in lines if len(line) == 2]
    assert len(pairs) == 2 + 5 + 2  # to the sums, to the norms, out of the stacks
    places = [p for p in parts(figure) if p.height < 40]
    stacks = [p for p in parts(figure) if p.height > 100]
    for (x, low), (end, high) in pairs:
        assert x == end and high < low
        assert any(p.x0 < x < p.x1 and abs(p.y0 - low) < 0.1 for p in places)
        ends = [abs(p.y1 - high) < 0.1 for p in places] + [0 < s.y0 - high < 9 for s in stacks]
        assert any(ends)


def test_one_layer_is_enough_and_a_phone_leaves_the_shape_of_memory_out() -> None:
    assert words(two_stacks_drawing(1)).count("1 ×") == 2
    assert words(on(False)).count("(S, C)") == 2 and words(on(True)).count("(S, C)") == 1


@pytest.mark.parametrize("phone", [False, True])
def test_arrows_lead_from_the_tokens_in_and_to_the_next_tokens_out(phone: bool) -> None:
    figure = on(phone)
    found = {text.get_text(): box for text, box in text_boxes(figure).items()}
    joined = arrows(figure)
    for word, embedding in zip(("source", "target,"), steps(figure, "embedding"), strict=True):
        x, bottom = middle(embedding)[0], embedding.get_y() + embedding.get_height()
        (way,) = [one for one in joined if one[1] == pytest.approx((x, bottom), abs=2)]
        assert way[0][0] == x and -1 < found[word].y0 - way[0][1] < 4
    ends = [sum(found[name].intervalx) / 2 for name in ("source", "next tokens")]
    assert ends == pytest.approx([middle(s)[0] for s in steps(figure, "embedding")], abs=1)
    (softmax,) = steps(figure, "softmax")
    x, top = middle(softmax)[0], softmax.get_y()
    (way,) = [one for one in joined if one[0] == pytest.approx((x, top), abs=1)]
    assert way[1][0] == x and 0 < way[1][1] - found["next tokens"].y1 < 6


@pytest.mark.parametrize("phone", [False, True])
def test_a_plus_stands_in_its_circle_and_the_name_of_what_it_adds_over_the_arrow(
    phone: bool,
) -> None:
    figure = on(phone)
    (axes,) = figure.axes
    figure.draw_without_rendering()
    circles = [patch for patch in axes.patches if isinstance(patch, Circle)]
    signs = [text for text in axes.texts if text.get_text() == "+"]
    for circle, sign, (x, y), side in zip(
        circles, signs, texts_at(figure, "positions"), (-1, 1), strict=True
    ):
        box = sign.get_window_extent().transformed(axes.transData.inverted())
        at = ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
        assert at == pytest.approx(circle.center, abs=1)
        assert to_rgba(circle.get_facecolor())[3] == 0
        assert to_hex(circle.get_edgecolor()) == PALETTE["muted"]
        (way,) = [
            (start, end)
            for start, end in arrows(figure)
            if start[1] == circle.center[1] and abs(end[0] - circle.center[0]) < 20
        ]
        assert (way[0][0] - way[1][0]) * side > 20
        assert min(way)[0] < x < max(way)[0] and 7 < circle.center[1] - y < 15
