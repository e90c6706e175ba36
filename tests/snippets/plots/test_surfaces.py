"""A loss from above: one panel per walk, the loss as opacity, the walk where it was."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

from snippets.plots.house.style import PALETTE
from snippets.plots.surfaces import loss_surfaces
from tests.snippets.plots.laws import assert_all_inside

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
