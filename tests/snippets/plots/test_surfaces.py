"""A loss from above: one panel per walk, the loss as opacity, the walk where it was."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from snippets.plots.house.style import PALETTE
from snippets.plots.surfaces import loss_surfaces
from tests.snippets.plots.laws import assert_all_inside, both

X, Y = np.linspace(-2, 2, 21), np.linspace(-1, 3, 31)
LOSSES = X[None, :] ** 2 + Y[:, None] ** 2
WALK = np.array([[1.5, 2.5], [0.5, 1.0], [0.0, 0.0]])


@pytest.fixture(autouse=True)
def _close() -> Any:
    yield
    plt.close("all")


def drawn(paths: dict[str, Any], **options: Any) -> Figure:
    usual = {"xlabel": "b", "ylabel": "w", "unit": "nats", "lowest": (0.0, 0.0)}
    return loss_surfaces(LOSSES, X, Y, paths, **{**usual, **options})


def test_each_walk_has_a_panel_and_is_drawn_where_it_was() -> None:
    figure = drawn({"slow": WALK, "$fast$": WALK[:2]}, title="Down")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["slow", "$fast$"]
    for axes, walk in zip(figure.axes, (WALK, WALK[:2]), strict=True):
        line, lowest = axes.lines
        np.testing.assert_array_equal(line.get_xydata(), walk)
        assert line.get_color() == PALETTE["orange"]
        assert (lowest.get_xdata(), lowest.get_ydata()) == ([0.0], [0.0])
        assert axes.get_xlim() == (-2, 2) and axes.get_ylim() == (-1, 3)


def test_the_higher_the_darker() -> None:
    (axes,) = drawn({"walk": WALK}).axes
    (surface,) = axes.collections
    opacities = np.asarray(surface.get_facecolor())[:, 3]
    lightest, darkest = surface.get_paths()[0], surface.get_paths()[-1]
    assert lightest.contains_point((0.0, 0.0)) and darkest.contains_point((1.95, 2.95))
    assert (np.diff(opacities) > 0).all() and 0 < opacities[0] < 0.1 and opacities[-1] < 1


def test_labels_stand_at_the_edges_alone() -> None:
    figure = drawn({"slow": WALK, "fast": WALK})
    assert [axes.get_xlabel() for axes in figure.axes] == ["b", "b"]
    assert [axes.get_ylabel() for axes in figure.axes] == ["w", ""]
    phone = vars(figure)["for_phone"]()
    assert phone.axes[-1].get_xlabel() == "b" and phone.axes[0].get_xlabel() == ""


def test_the_walk_alone_where_the_lowest_is_not_told() -> None:
    (axes,) = drawn({"walk": WALK}, lowest=None).axes
    assert len(axes.lines) == 1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_all_is_inside(count: int) -> None:
    figure = drawn({f"rate {n}": WALK for n in range(count)}, title="A finding of some length")
    assert_all_inside(figure)
    assert_all_inside(vars(figure)["for_phone"]())


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        ({}, "0 walks"),
        (dict.fromkeys("abcd", WALK), "4 walks"),
        ({"far": WALK + 3}, "'far' goes from"),
        ({"flat": WALK[:, :1]}, r"'flat' has shape \(3, 1\)"),
        ({"odd": [[0.0, np.nan]]}, "not finite"),
    ],
)
def test_refusals(paths: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        drawn(paths)


def test_losses_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="for 31 y, 21 x"):
        loss_surfaces(LOSSES.T, X, Y, {"w": WALK}, xlabel="b", ylabel="w", unit="nats")
    with pytest.raises(ValueError, match=r"from -0\.99"):
        loss_surfaces(LOSSES - 1, X, Y, {"w": WALK}, xlabel="b", ylabel="w", unit="nats")


def test_panels_stand_beside_one_another_or_on_a_phone_below() -> None:
    figure = drawn({"slow": WALK, "fast": WALK})
    phone = vars(figure)["for_phone"]()
    boxes = [[axes.get_window_extent() for axes in one.axes] for one in (figure, phone)]
    (left, right), (upper, lower) = boxes
    assert left.x1 < right.x0 and left.y0 == pytest.approx(right.y0, abs=1)
    assert upper.y0 > lower.y1 and upper.x0 == pytest.approx(lower.x0, abs=1)
    assert [axes.get_ylabel() for axes in phone.axes] == ["w", "w"]
    for one in (figure, phone):
        (key,) = one.legends
        assert key.get_title().get_text() == "nats"
        assert f"{LOSSES.max():.2g}" in [text.get_text() for text in key.get_texts()]
        assert len(one.axes[0].get_xticks()) <= 7


def test_each_step_of_the_loss_has_its_opacity_and_a_walk_may_reach_the_corners() -> None:
    corners = [[-2.0, -1.0], [2.0, 3.0], [-2.0, 3.0], [2.0, -1.0]]
    (axes,) = drawn({"walk": corners}).axes
    opacities = np.asarray(axes.collections[0].get_facecolor())[:, 3]
    assert opacities == pytest.approx((np.arange(16) + 0.5) / 16, abs=1e-3)
    walk, lowest = axes.lines
    assert walk.get_marker() == "o" and walk.get_linestyle() == "-"
    assert lowest.get_marker() == "+" and lowest.get_color() == PALETTE["ink"]
    assert loss_surfaces(0 * LOSSES + 1, X, Y, {"w": WALK}, xlabel="", ylabel="", unit="")


@pytest.mark.parametrize("place", [(-2.01, 0), (2.01, 0), (0, -1.01), (0, 3.01)])
def test_a_walk_that_leaves_the_plot_on_any_side_is_refused(place: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="out of the plot"):
        drawn({"walk": [(0.0, 0.0), place]})


def test_a_name_is_plain_text_and_a_figure_grows_by_a_panel_on_a_phone() -> None:
    heights = []
    for count in (1, 2, 3):
        figure = drawn({f"${n}$": WALK for n in range(count)})
        heights.append([one.get_figheight() for one in both(figure)])
        assert not any(axes._left_title.get_parse_math() for axes in figure.axes)  # type: ignore[attr-defined]
    page, phone = zip(*heights, strict=True)
    assert page[0] == page[1] == page[2]
    steps = np.diff(phone)
    assert steps == pytest.approx([steps[0]] * 2) and 1.8 < steps[0] < 2.6  # inches
