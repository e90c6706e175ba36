"""Heat maps: the cells show the values handed over, and what can't be shown is refused."""

from itertools import pairwise
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from snippets.plots.head_maps import attention_heads
from snippets.plots.heatmaps import attention_heatmap, mask_heatmap, signed_heatmap
from snippets.plots.house.style import HEAT, HEAT_NEGATIVE, MAX_WIDTH, PALETTE
from tests.snippets.plots.figures import CAUSAL, TOKENS, WEIGHTS
from tests.snippets.plots.laws import assert_all_inside, assert_frame, both, grid_is_on


def drawn(axes: Any) -> np.ndarray:
    """The values that a heat map shows, read back from the squares: place, colour, opacity."""
    rows, columns = round(axes.get_ylim()[0]), round(axes.get_xlim()[1])
    values = np.zeros((rows, columns))
    squares: Any = next(c for c in axes.collections if isinstance(c, PolyCollection))
    faces = squares.get_facecolor()
    for (x, y), face in zip(squares.get_offsets(), faces, strict=True):
        sign = {PALETTE[HEAT]: 1, PALETTE[HEAT_NEGATIVE]: -1}[to_hex(face[:3])]
        values[round(y), round(x)] = sign * face[3]
    return values


def numbers(axes: Any) -> list[str]:
    return [text.get_text() for text in axes.texts]


@settings(max_examples=8)  # each draws a figure
@given(st.integers(1, 8), st.integers(1, 20), st.integers(0, 2**32 - 1))
def test_cells_are_the_weights(rows: int, columns: int, seed: int) -> None:
    weights = np.random.default_rng(seed).dirichlet(np.ones(columns), rows)
    figure = attention_heatmap(weights)
    np.testing.assert_allclose(drawn(figure.axes[0]), weights, atol=1.1e-3)
    plt.close(figure)


def test_a_cell_is_drawn_where_its_value_stands() -> None:
    weights = np.zeros((2, 3))
    weights[0, 2] = 1.0
    axes = attention_heatmap(weights, numbers=False).axes[0]
    squares: Any = axes.collections[0]
    (outline,), (offset,) = squares.get_paths(), squares.get_offsets()
    corners = squares.get_transform().transform(outline.vertices)
    corners += squares.get_offset_transform().transform(offset)
    shown = axes.transData.inverted().transform(corners)
    np.testing.assert_allclose(shown.min(0), (2.03, 0.03), atol=1e-9)
    np.testing.assert_allclose(shown.max(0), (2.97, 0.97), atol=1e-9)


def test_tokens_name_rows_and_columns() -> None:
    axes = attention_heatmap(WEIGHTS, ["a", " ", "\n", "$x$", "", "to be"]).axes[0]
    shown = ["a", "␣", "↵", "$x$", "∅", "to␣be"]
    assert [label.get_text() for label in axes.get_yticklabels()] == shown
    assert [label.get_text() for label in axes.get_xticklabels()] == shown
    assert not any(label.get_parse_math() for label in axes.get_xticklabels())


def test_numbers_stand_in_cells_that_are_not_zero() -> None:
    assert numbers(attention_heatmap([[1.0, 0.0], [0.25, 0.75]]).axes[0]) == [
        "1.00",
        "0.25",
        "0.75",
    ]
    assert numbers(attention_heatmap(np.full((1, 12), 0.1)).axes[0]) == ["0.10"] * 12
    assert not numbers(attention_heatmap(np.full((2, 13), 0.05)).axes[0])
    assert numbers(attention_heatmap(np.full((1, 13), 0.05), numbers=True).axes[0])
    signed = signed_heatmap([[0.5, -0.25]], xlabel="x", ylabel="y").axes[0]
    assert numbers(signed) == ["0.50", "−0.25"]


def test_tensors_with_a_gradient_are_taken() -> None:
    weights = torch.softmax(torch.zeros(2, 2, requires_grad=True), -1)
    np.testing.assert_allclose(drawn(attention_heatmap(weights).axes[0]), 0.5)


def test_masks_are_full_or_empty() -> None:
    axes = mask_heatmap(torch.from_numpy(CAUSAL), TOKENS).axes[0]
    np.testing.assert_array_equal(drawn(axes), CAUSAL)
    assert not numbers(axes)


def test_a_mask_with_a_past_names_its_last_queries() -> None:
    axes = mask_heatmap(np.ones((2, 4)), ["a", "b", "c", "d"]).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["c", "d"]


def test_signed_values_keep_sign_and_size() -> None:
    values = np.array([[-2.0, 0.0, 1.0], [0.5, -0.5, 2.0]])
    axes = signed_heatmap(values, xlabel="x", ylabel="y").axes[0]
    np.testing.assert_allclose(drawn(axes), values / 2, atol=1e-3)
    legend: Any = axes.get_legend()
    assert [t.get_text() for t in legend.get_texts() if t.get_text()] == ["2", "1", "0", "−1", "−2"]
    axes = signed_heatmap(values, xlabel="x", ylabel="y", limit=4).axes[0]
    np.testing.assert_allclose(drawn(axes), values / 4, atol=1e-3)
    assert not drawn(signed_heatmap(np.zeros((2, 2)), xlabel="x", ylabel="y").axes[0]).any()


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"weights has shape \(4,\): 2 dimensions"):
        attention_heatmap(np.zeros(4))
    with pytest.raises(ValueError, match=r"weights has shape \(0, 3\)"):
        attention_heatmap(np.zeros((0, 3)))
    with pytest.raises(ValueError, match="1 numbers not finite"):
        attention_heatmap([[np.nan, 1.0]])
    with pytest.raises(ValueError, match=r"weights lies in \[0, 1.5\]"):
        attention_heatmap([[0, 1.5]])
    with pytest.raises(ValueError, match="65 x 2 cells are too many"):
        attention_heatmap(np.zeros((65, 2)))
    with pytest.raises(ValueError, match="1 queries for 2 of them"):
        attention_heatmap(np.eye(2), ["a"])
    with pytest.raises(ValueError, match="1 keys for 2 of them"):
        attention_heatmap(np.eye(2), ["a", "b"], ["a"])
    with pytest.raises(ValueError, match="columns=0"):
        attention_heads(np.eye(2)[None], columns=0)
    with pytest.raises(ValueError, match="3 names for 1 of them"):
        attention_heads(np.eye(2)[None], names=["a", "b", "c"])
    with pytest.raises(ValueError, match="other than True and False"):
        mask_heatmap([[0.5]])
    with pytest.raises(ValueError, match=r"reach 3, over limit=2"):
        signed_heatmap([[3.0]], xlabel="x", ylabel="y", limit=2)


def test_small_signed_grid_numbers_its_cells_and_has_no_key_to_what_is_not_there() -> None:
    figure = signed_heatmap(np.array([[0.0, 0.5], [1.0, 0.25]]), xlabel="head", ylabel="layer")
    axes = figure.axes[0]
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["0", "1"]
    assert axes.get_xticks().tolist() == [0.5, 1.5]
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["1", "0.75", "0.5", "0.25", "0"]


def test_signed_cells_are_numbered_at_their_middles_from_where_they_begin() -> None:
    few = signed_heatmap(np.eye(3), xlabel="x", ylabel="y", first=1).axes[0]
    assert names_of(few) == (["1", "2", "3"], ["1", "2", "3"])
    many = signed_heatmap(np.eye(48), xlabel="x", ylabel="y", first=1)
    for axes in (many.axes[0], many.for_phone().axes[0]):  # type: ignore[attr-defined]
        numbers = [int(name) for name in names_of(axes)[1]]
        assert axes.get_xticks().tolist() == [number - 0.5 for number in numbers]
        assert len(numbers) < 16 and len({b - a for a, b in pairwise(numbers)}) == 1


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (6, 6), (3, 40), (40, 3), (64, 64)])
def test_a_map_fits_its_page_and_grows_with_its_cells(rows: int, columns: int) -> None:
    width, height = attention_heatmap(np.zeros((rows, columns))).get_size_inches()
    assert 1.7 < width <= MAX_WIDTH
    assert 1.3 < height <= 5.4 + 1.31
    if rows == columns == 6:
        assert width - 1.7 == pytest.approx(height - 1.3)  # square cells
        assert width - 1.7 == pytest.approx(3.0)  # half an inch each
    width, height = signed_heatmap(np.eye(rows, columns), xlabel="x", ylabel="y").get_size_inches()
    assert 3.6 <= width <= MAX_WIDTH
    assert 2.2 <= height <= 5.41
    if rows == columns == 6:
        assert width == pytest.approx(4.0) and height == pytest.approx(4.0)


def test_a_map_says_which_side_looks() -> None:
    axes = attention_heatmap(np.eye(2), title="Weights").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("key: is looked at", "query: looks")
    assert axes.get_title(loc="left") == "Weights"
    axes = signed_heatmap(np.eye(2), xlabel="a", ylabel="b", title="Signs").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("a", "b")
    assert axes.get_title(loc="left") == "Signs"


def names_of(axes: Any) -> tuple[list[str], list[str]]:
    return (
        [label.get_text() for label in axes.get_yticklabels()],
        [label.get_text() for label in axes.get_xticklabels()],
    )


def test_keys_have_names_of_their_own() -> None:
    assert names_of(attention_heatmap(np.eye(2), ["a", "b"], ["c", "d"]).axes[0]) == (
        ["a", "b"],
        ["c", "d"],
    )
    wide = attention_heatmap(np.ones((1, 2)), ["a"]).axes[0]
    assert names_of(wide) == (["a"], ["0", "1"])
    assert names_of(mask_heatmap(np.ones((1, 3))).axes[0]) == (["2"], ["0", "1", "2"])
    assert names_of(mask_heatmap(np.ones((2, 1))).axes[0]) == (["0", "1"], ["0"])


@pytest.mark.parametrize(("size", "numbered"), [(16, True), (17, False)])
def test_rows_and_columns_are_numbered_where_there_is_room(size: int, numbered: bool) -> None:
    for shape in ((size, 2), (2, size)):
        axes = signed_heatmap(np.ones(shape), xlabel="x", ylabel="y").axes[0]
        assert (names_of(axes)[0][:2] == ["0", "1"] and len(names_of(axes)[0]) == shape[0]) == (
            numbered
        )


def test_the_limit_forgives_rounding_only() -> None:
    signed_heatmap([[1.0 + 1e-10]], xlabel="x", ylabel="y", limit=1.0)
    with pytest.raises(ValueError, match="over limit=1"):
        signed_heatmap([[-1.001]], xlabel="x", ylabel="y", limit=1.0)


def cell_widths(figure: Figure) -> list[float]:
    """Inches of each panel's cells, as laid out."""
    figure.draw_without_rendering()
    return [
        axes.get_window_extent().width / figure.dpi / axes.get_xlim()[1]
        for axes in figure.axes
        if axes.axison
    ]


LAID_OUT = {
    "attention": lambda: attention_heatmap(WEIGHTS, TOKENS, title="T"),
    "ten columns": lambda: attention_heatmap(np.full((10, 10), 0.1), title="T"),
    "many": lambda: attention_heatmap(np.full((64, 64), 0.01)),
    "heads": lambda: attention_heads(np.stack([WEIGHTS] * 5), TOKENS),
    "one head": lambda: attention_heads(WEIGHTS[None], TOKENS),
    "mask": lambda: mask_heatmap(CAUSAL, TOKENS),
    "signed": lambda: signed_heatmap(np.eye(4) - 0.5, xlabel="x", ylabel="y", title="T"),
    "wide and signed": lambda: signed_heatmap(np.ones((3, 40)), xlabel="x", ylabel="y"),
}


@pytest.mark.parametrize("name", LAID_OUT)
def test_laws_of_maps(name: str) -> None:
    with mpl.rc_context({"patch.force_edgecolor": True}):
        figure = LAID_OUT[name]()
    assert_all_inside(figure)
    for axes in figure.axes:
        if axes.axison:
            assert_frame(axes, "left", "right", "top", "bottom", colour="muted")
            assert not grid_is_on(axes.xaxis) and not grid_is_on(axes.yaxis)
            assert bool(axes.get_xticks().size) == any(names_of(axes)[1])
            assert bool(axes.get_yticks().size) == any(names_of(axes)[0])


def test_cells_have_room_for_what_stands_in_them() -> None:
    for size in (1, 9, 12):
        (width,) = cell_widths(attention_heatmap(np.eye(size)))
        assert width >= 0.3  # inches, wide enough for a number of four characters
        assert size * width <= 6
    assert 5.5 < attention_heatmap(np.full((2, 10), 0.1)).get_figwidth() < 6.2


def test_a_mask_has_title_and_tokens_on_both_sides() -> None:
    axes = mask_heatmap(CAUSAL, TOKENS, title="May look").axes[0]
    assert axes.get_title(loc="left") == "May look"
    assert names_of(axes) == (TOKENS, TOKENS)


def test_the_key_to_the_colours_stands_right_of_the_map_at_the_top() -> None:
    figure = signed_heatmap(np.array([[-1.0, 1.0]] * 4), xlabel="x", ylabel="y")
    (axes,), legend = figure.axes, figure.axes[0].get_legend()
    assert legend is not None
    figure.draw_without_rendering()
    box, frame = legend.get_window_extent(), axes.get_window_extent()
    assert 0 <= box.x0 - frame.x1 < 15
    assert abs(box.y1 - frame.y1) < 15
    patches: list[Any] = list(legend.get_patches())
    ends = [to_hex(patch.get_facecolor()) for patch in (patches[0], patches[-1])]
    assert ends == [PALETTE[HEAT], PALETTE[HEAT_NEGATIVE]]
    assert [patch.get_label() for patch in patches if patch.get_edgecolor()[3]] == ["0"]


def test_signed_maps_are_as_large_as_their_page_allows() -> None:
    def size(rows: int, columns: int) -> list[float]:
        figure = signed_heatmap(np.eye(rows, columns), xlabel="x", ylabel="y")
        return figure.get_size_inches().tolist()

    assert size(1, 1) == [3.6, 2.2]
    assert size(3, 40) == [pytest.approx(7.0), 2.2]  # the map six inches wide
    assert size(40, 3) == [3.6, pytest.approx(5.4)]


def test_a_limit_that_is_just_missed_is_named() -> None:
    with pytest.raises(ValueError, match="over limit=1"):
        signed_heatmap([[1 + 1.5e-9]], xlabel="x", ylabel="y", limit=1.0)


def frames_of(axes: Any) -> list[tuple[float, float]]:
    """The cells that are framed, as (row, column)."""
    frames = [patch for patch in axes.patches if patch.get_facecolor()[3] == 0]
    middles = [np.mean(patch.get_bbox().get_points(), axis=0) for patch in frames]
    return [(float(y) - 0.5, float(x) - 0.5) for x, y in middles]


def test_marked_cells_are_framed_and_those_that_are_not_there_refused() -> None:
    def signed(values: Any, **options: Any) -> Figure:
        return signed_heatmap(values, xlabel="x", ylabel="y", **options)

    for draw in (attention_heatmap, signed):
        values = np.full((2, 3), 0.25)
        figure = draw(values, marked=[(1, 2), (0, 0)])
        assert frames_of(figure.axes[0]) == [(1, 2), (0, 0)]
        assert not frames_of(draw(values).axes[0])
        with pytest.raises(ValueError, match=r"\(2, 0\)"):
            draw(values, marked=[(2, 0)])


def test_the_unit_stands_over_the_scale() -> None:
    def unit(figure: Figure) -> str:
        legend = figure.axes[0].get_legend()
        assert legend is not None
        return legend.get_title().get_text()

    assert unit(attention_heatmap(np.eye(2))) == "weight"
    assert unit(signed_heatmap(np.eye(2), xlabel="x", ylabel="y", unit="nats")) == "nats"
    assert unit(signed_heatmap(np.eye(2), xlabel="x", ylabel="y")) == ""


def test_a_mask_says_which_side_looks_unless_it_is_told_otherwise() -> None:
    axes = mask_heatmap(CAUSAL).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("key: is looked at", "query: looks")
    axes = mask_heatmap(CAUSAL, xlabel="from", ylabel="to").axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("from", "to")


def test_signed_columns_with_names_leave_the_rows_their_numbers() -> None:
    def named(rows: int, columns: int, first: int) -> tuple[list[str], list[str]]:
        tokens = [f"t {n}" for n in range(columns)]
        options: Any = {"xlabel": "x", "ylabel": "y", "first": first, "columns": tokens}
        return names_of(signed_heatmap(np.ones((rows, columns)), **options).axes[0])

    assert named(3, 2, 5) == (["5", "6", "7"], ["t␣0", "t␣1"])
    assert named(2, 16, 0)[0] == ["0", "1"]
    with pytest.raises(ValueError, match="1 columns for 2 of them"):
        signed_heatmap(np.eye(2), xlabel="x", ylabel="y", columns=["a"])


@pytest.mark.parametrize("first", [0, 1, 7])
@pytest.mark.parametrize("size", [17, 40, 64])
def test_of_many_signed_cells_round_ones_are_numbered_with_room_between(
    first: int, size: int
) -> None:
    figure = signed_heatmap(np.eye(size), xlabel="x", ylabel="y", first=first)
    for one in both(figure):
        rows, columns = names_of(one.axes[0])
        numbers = [int(name) for name in columns]
        step = numbers[1] - numbers[0]
        assert rows == columns and step in (2, 5, 10, 20)
        assert numbers == [n for n in range(first, first + size) if n % step == 0]
        side = cell_widths(one)[0] * 72  # points
        assert step * side >= 15.5  # laid out, a cell is a little smaller than it is asked for


def on_phones(draw: Any, size: int) -> list[Figure]:
    """As phones have it, with long names of the rows and without names."""
    phones: list[Figure] = [
        vars(draw(np.eye(size), labels, title="T"))["for_phone"]()
        for labels in (["a long name"] * size, None)
    ]
    for phone in phones:
        assert_all_inside(phone)
    return phones


@pytest.mark.parametrize(
    ("draw", "size"), [(attention_heatmap, 3), (attention_heatmap, 20), (mask_heatmap, 20)]
)
def test_on_a_phone_long_names_of_rows_leave_less_room_for_cells(draw: Any, size: int) -> None:
    """And no more height than these need."""
    phones = on_phones(draw, size)
    named, plain = (size * cell_widths(phone)[0] for phone in phones)
    low, high = (phone.get_figheight() for phone in phones)
    assert named < plain - 0.5
    assert high - low == pytest.approx(plain - named, rel=0.25)


def test_on_a_phone_a_small_mask_has_room_for_long_names() -> None:
    phones = on_phones(mask_heatmap, 3)
    named, plain = (cell_widths(phone)[0] for phone in phones)
    assert 0.27 < named < plain  # inches: what a mask's cell is asked to have
    assert phones[0].get_size_inches().tolist() == phones[1].get_size_inches().tolist()
