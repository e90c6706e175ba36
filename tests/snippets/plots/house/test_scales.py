"""The scale of a heat map names what its colours mean; a mark frames the cell that is named."""

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from snippets.plots.heatmaps import attention_heatmap, signed_heatmap
from snippets.plots.house.scales import MARK, draw_scale
from snippets.plots.house.style import HEAT, HEAT_NEGATIVE, PALETTE, house_style, new_figure


def scale(full: float, **options: Any) -> list[tuple[str, float, str]]:
    """Of each step: the colour, the opacity and the number beside it."""
    with house_style():
        _, (axes,) = new_figure()
        draw_scale(axes, full, **options)
    legend = axes.get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    patches: list[Any] = list(legend.get_patches())
    faces = [patch.get_facecolor() for patch in patches]
    return [(to_hex(f[:3]), f[3], text) for f, text in zip(faces, texts, strict=True)]


def test_a_scale_runs_from_the_largest_to_zero_or_to_its_opposite() -> None:
    steps = scale(2.0)
    assert {colour for colour, _, _ in steps} == {PALETTE[HEAT]}
    assert [opacity for _, opacity, _ in steps] == [1, 0.75, 0.5, 0.25, 0]
    assert [text for *_, text in steps] == ["2", "1.5", "1", "0.5", "0"]
    both = scale(2.0, negative=True)
    assert [text for *_, text in both if text] == ["2", "1", "0", "−1", "−2"]
    assert [colour for colour, opacity, _ in both if opacity == 1] == [
        PALETTE[HEAT],
        PALETTE[HEAT_NEGATIVE],
    ]


def test_what_a_number_says_is_how_its_step_is_drawn() -> None:
    for _, opacity, text in scale(0.6):
        assert float(text) == pytest.approx(0.6 * opacity, rel=0.06, abs=1e-9)


def test_the_step_of_zero_has_an_edge_and_no_other() -> None:
    with house_style():
        _, (axes,) = new_figure()
        draw_scale(axes, 1.0, negative=True)
    legend = axes.get_legend()
    assert legend is not None
    patches: list[Any] = list(legend.get_patches())
    for patch in patches:
        assert bool(patch.get_edgecolor()[3]) != bool(patch.get_facecolor()[3])


def test_the_named_cells_are_framed() -> None:
    for draw in (attention_heatmap, signed_heatmap):
        options: Any = {"xlabel": "x", "ylabel": "y"} if draw is signed_heatmap else {}
        axes = draw(np.eye(3), marked=[(2, 0)], **options).axes[0]
        (frame,) = (patch for patch in axes.patches if isinstance(patch, Rectangle))
        assert frame.get_xy() == (0, 2) and frame.get_width() == frame.get_height() == 1
        assert to_hex(frame.get_edgecolor()) == PALETTE[MARK]
        with pytest.raises(ValueError, match=r"cell \(3, 0\) does not exist among 3 x 3"):
            draw(np.eye(3), marked=[(3, 0)], **options)
