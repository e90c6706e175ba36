"""Maps of several heads: one beside the other, with the names that they share at the edges."""

from typing import Any

import numpy as np
import pytest

from snippets.plots.head_maps import attention_heads
from snippets.plots.house.style import MAX_WIDTH
from tests.snippets.plots.figures import TOKENS, WEIGHTS
from tests.snippets.plots.test_heatmaps import drawn, names_of


def grid(figure: Any) -> tuple[int, int]:
    return figure.axes[0].get_gridspec().get_geometry()


@pytest.mark.parametrize(
    ("heads", "columns", "lines"), [(1, 4, 1), (4, 4, 1), (6, 4, 2), (5, 4, 2)]
)
def test_each_head_has_its_panel(heads: int, columns: int, lines: int) -> None:
    weights = np.stack([WEIGHTS * (head + 1) / heads for head in range(heads)])
    figure = attention_heads(weights, TOKENS, columns=columns)
    panels = [axes for axes in figure.axes if axes.axison]
    assert len(panels) == heads
    for head, axes in enumerate(panels):
        np.testing.assert_allclose(drawn(axes), weights[head], atol=1.1e-3)
        assert axes.get_title(loc="left") == f"head {head}"
    assert grid(figure)[0] == lines


def test_long_sentences_get_fewer_heads_in_a_row() -> None:
    weights = np.full((8, 20, 20), 0.05)
    labelled = attention_heads(weights, ["word"] * 20)
    plain = attention_heads(weights)
    assert grid(labelled)[1] < grid(plain)[1] == 4


def test_names_of_heads_keep_their_spaces() -> None:
    figure = attention_heads(np.eye(3)[None], names=["the one before"])
    assert figure.axes[0].get_title(loc="left") == "the one before"


def test_in_a_stack_on_phones_each_map_has_its_names() -> None:
    figure: Any = attention_heads(np.full((3, 16, 16), 1 / 16), list("Is this a dagger"), columns=2)
    for one, named in ((figure, 1), (figure.for_phone(), 3)):
        assert sum(bool(names_of(axes)[1]) for axes in one.axes[: 4 if one is figure else 3]
                   if axes.axison) >= named  # fmt: skip


def test_tokens_stand_once_on_the_left_and_at_the_bottom() -> None:
    figure = attention_heads(np.stack([np.eye(2)] * 4), ["a", "b"], columns=2)
    named = [tuple(map(bool, names_of(axes))) for axes in figure.axes]
    assert named == [(True, False), (False, False), (True, True), (False, True)]
    axes = attention_heads(np.full((1, 2, 3), 1 / 3), ["a", "b"]).axes[0]
    assert names_of(axes) == ([], [])  # these are not the names of three keys
    axes = attention_heads(np.full((1, 2, 3), 1 / 3)).axes[0]
    assert names_of(axes) == (["0", "1"], ["0", "1", "2"])


@pytest.mark.parametrize(
    ("heads", "columns", "grid_of"),
    [
        (6, 4, (2, 3)),
        (5, 4, (2, 4)),
        (4, 2, (2, 2)),
        (2, 4, (1, 2)),
        (3, 1, (3, 1)),
        (8, 4, (2, 4)),
    ],
)
def test_rows_of_heads_are_equally_long_where_they_can_be(
    heads: int, columns: int, grid_of: tuple[int, int]
) -> None:
    figure = attention_heads(np.stack([np.eye(3)] * heads), columns=columns)
    assert grid(figure) == grid_of
    width, height = figure.get_size_inches()
    assert width <= MAX_WIDTH
    side = (width - 1.2) / grid_of[1]
    if width < MAX_WIDTH:
        assert height == pytest.approx((side + 0.35) * grid_of[0] + 0.8)


@pytest.mark.parametrize(("columns", "low", "high"), [(1, 5, 6), (2, 6, 6.7), (3, 6.9, 7.1)])
def test_a_row_of_heads_uses_the_width_of_the_page(columns: int, low: float, high: float) -> None:
    figure = attention_heads(np.stack([np.eye(3)] * columns), columns=columns)
    assert low < figure.get_figwidth() < high <= MAX_WIDTH


def test_heads_with_few_queries_are_less_high() -> None:
    square = attention_heads(np.full((4, 8, 8), 0.1)).get_figheight()
    low = attention_heads(np.full((4, 2, 8), 0.1)).get_figheight()
    assert square - low == pytest.approx(5.8 / 4 * 6 / 8)


@pytest.mark.parametrize(
    ("heads", "tokens", "in_a_row"), [(4, 13, 4), (4, 14, 2), (2, 64, 1), (3, 1, 3)]
)
def test_heads_in_a_row_leave_room_for_the_labels(heads: int, tokens: int, in_a_row: int) -> None:
    weights = np.full((heads, tokens, tokens), 1 / tokens)
    figure = attention_heads(weights, ["w"] * tokens)
    assert grid(figure)[1] == in_a_row
    labels = figure.axes[0].get_yticklabels()
    assert {label.get_fontsize() for label in labels} == {8.0}


def test_heads_in_rows_of_three_go_in_rows_of_two_where_that_fits() -> None:
    assert grid(attention_heads(np.stack([np.eye(2)] * 4), columns=3)) == (2, 2)


@pytest.mark.parametrize(("keys", "in_a_row"), [(8, 2), (9, 1), (12, 1)])
def test_on_a_phone_heads_stand_side_by_side_where_their_cells_can_be_seen(
    keys: int, in_a_row: int
) -> None:
    phone = vars(attention_heads(np.full((4, 6, keys), 0.1), columns=4))["for_phone"]()
    assert grid(phone)[1] == in_a_row
