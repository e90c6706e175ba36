"""The picture of the transformer of 2017: what stands above what, and what is repeated."""

import pytest
from matplotlib.figure import Figure

from snippets.plots.drawings.two_stacks import two_stacks_drawing
from tests.snippets.plots.drawings.reading import boxes, words

ENCODER = ["source", "embedding", "positions", "self-attention", "add & norm",
           "feed-forward", "add & norm", "memory"]  # fmt: skip
DECODER = ["target,", "embedding", "positions", "self-attention", "masked", "add & norm",
           "cross-attention", "add & norm", "feed-forward", "add & norm",
           "linear", "softmax", "next tokens"]  # fmt: skip


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
    figure = two_stacks_drawing(6)
    found = upwards(vars(figure)["for_phone"]() if phone else figure, side)
    assert [text for text in found if text in steps] == steps


def test_both_stacks_are_repeated() -> None:
    figure = two_stacks_drawing(3)
    assert words(figure).count("3 ×") == 2
    (_, encoder_width, encoder), (_, decoder_width, decoder) = boxes(figure)
    assert encoder_width == decoder_width
    assert decoder > 1.4 * encoder  # three sublayers, of which one has two lines, against two


def test_a_stack_without_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="num_layers=0"):
        two_stacks_drawing(0)
