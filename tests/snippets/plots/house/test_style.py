"""The house style: what holds for every figure, and for the colours on paper, screen and eye."""

import io
import re
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text

from snippets.plots.house.style import (
    HEAT,
    HEAT_NEGATIVE,
    MAX_WIDTH,
    PALETTE,
    SERIES,
    figure_size,
    finish,
    house_style,
    light_grid,
    new_figure,
    plain_text,
)
from tests.snippets.plots.figures import FIGURES
from tests.snippets.plots.laws import assert_all_inside, assert_frame, grid_is_on

TOKENS_CSS = Path(__file__).parents[4] / "docs" / "assets" / "css" / "tokens.css"

# Machado, Oliveira and Fernandes (2009), table 1, severity 1.0: linear RGB as each group sees it.
VISION = {
    "common": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def svg(figure: Figure) -> str:
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "one"}):
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    light = sorted(float(linear(c) @ (0.2126, 0.7152, 0.0722)) + 0.05 for c in (one, other))
    return light[1] / light[0]


def oklab(rgb: np.ndarray) -> np.ndarray:
    """Ottosson (2020): a space in which equal distances look about equal."""
    lms = np.cbrt(
        np.clip(rgb, 0, 1)
        @ np.array(
            [
                [0.4122214708, 0.2119034982, 0.0883024619],
                [0.5363325363, 0.6806995451, 0.2817188376],
                [0.0514459929, 0.1073969566, 0.6299787005],
            ]
        )
    )
    return lms @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


def css_colour(name: str, scheme: int) -> str:
    """A colour that tokens.css gives a name: in the light scheme (0) or the dark one (1)."""
    return re.findall(rf"--{name}: (#[0-9a-f]{{6}});", TOKENS_CSS.read_text())[scheme]


def dark(name: str) -> str:
    return css_colour("fig-" + PALETTE[name][1:], 0)


def blend(colour: str, ground: str, opacity: float) -> str:
    parts = [
        round(opacity * int(colour[i : i + 2], 16) + (1 - opacity) * int(ground[i : i + 2], 16))
        for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)


@pytest.fixture(scope="module", params=FIGURES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def figure(name: str) -> Figure:
    """One that tests look at and leave as it is."""
    return FIGURES[name]()


@pytest.fixture(scope="module")
def drawn(name: str) -> str:
    return svg(FIGURES[name]())


def test_only_colours_of_the_palette(drawn: str) -> None:
    colours = set(re.findall(r"(?:fill|stroke|color): *([^;\"]+)", drawn)) - {"none"}
    assert colours
    assert colours <= set(PALETTE.values())


def test_the_same_bytes_twice(name: str, drawn: str) -> None:
    assert svg(FIGURES[name]()) == drawn


def test_text_is_large_enough_and_inside(figure: Figure) -> None:
    assert figure.get_figwidth() <= MAX_WIDTH
    texts = [text for text in figure.findobj(Text) if text.get_text().strip()]
    assert texts
    assert min(float(text.get_fontsize()) for text in texts) >= 8
    box = figure.get_tightbbox()  # inches; ticks beyond the axis are not drawn
    assert box.x0 >= -0.02
    assert box.x1 <= figure.get_figwidth() + 0.02


def test_a_figure_leaves_matplotlib_as_it_was(name: str) -> None:
    before = dict(mpl.rcParams)
    figure = FIGURES[name]()
    assert dict(mpl.rcParams) == before
    assert plt.fignum_exists(figure.number)


def test_looks_do_not_depend_on_the_callers_settings(name: str, drawn: str) -> None:
    theirs: dict[Any, Any] = {"xtick.color": "red", "axes.edgecolor": "red", "font.size": 20}
    theirs |= {"xtick.labelsize": 20, "ytick.labelsize": 20, "patch.force_edgecolor": True}
    with mpl.rc_context(theirs):
        assert svg(FIGURES[name]()) == drawn


def test_the_palette_is_lower_case_hex() -> None:
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for colour in PALETTE.values())
    assert {*SERIES, HEAT, HEAT_NEGATIVE} <= set(PALETTE)


@pytest.mark.parametrize("name", sorted(set(PALETTE) - {"paper"}))
def test_colours_show_on_both_grounds(name: str) -> None:
    least = 4.5 if name in ("ink", "muted") else 3
    assert contrast(PALETTE[name], "#ffffff") >= least
    assert contrast(PALETTE[name], css_colour("pk-ground", 0)) >= least
    assert contrast(dark(name), css_colour("pk-ground", 1)) >= least


def test_paper_is_the_ground() -> None:
    assert PALETTE["paper"] == "#ffffff"
    assert dark("paper") == css_colour("pk-ground", 1)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_series_are_told_apart(vision: str, scheme: str) -> None:
    colours = [PALETTE[name] if scheme == "light" else dark(name) for name in SERIES]
    seen = [oklab(linear(colour) @ VISION[vision].T) for colour in colours]
    for (i, one), (j, other) in combinations(enumerate(seen), 2):
        assert np.linalg.norm(one - other) >= 0.1, (SERIES[i], SERIES[j])


@pytest.mark.parametrize("colour", [HEAT, HEAT_NEGATIVE])
def test_heat_grows_with_the_value_on_both_grounds(colour: str) -> None:
    for full, ground in ((PALETTE[colour], "#ffffff"), (dark(colour), css_colour("pk-ground", 1))):
        steps = [contrast(blend(full, ground, value / 8), ground) for value in range(9)]
        assert all(low < high for low, high in pairwise(steps))


@pytest.mark.parametrize("opacity", [0.0, 0.3, 0.6, 0.61, 0.63, 0.8, 1.0])
def test_numbers_in_cells_can_be_read(opacity: float) -> None:
    light = opacity > 0.62
    ink, ground = PALETTE["paper" if light else "ink"], "#ffffff"
    assert contrast(ink, blend(PALETTE[HEAT], ground, opacity)) >= 3.3
    ink, ground = dark("paper" if light else "ink"), css_colour("pk-ground", 1)
    assert contrast(ink, blend(dark(HEAT), ground, opacity)) >= 3.3


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"8 x 3 inches"):
        figure_size(8, 3)
    with pytest.raises(ValueError, match=r"5 x 0 inches"):
        figure_size(5, 0)
    with house_style():
        _, (axes,) = new_figure()
    with pytest.raises(ValueError, match=r"axis='z'"):
        light_grid(axes, "z")


def test_what_no_figure_has(figure: Figure) -> None:
    """No grid over the data, no box around a legend, no text out of proportion."""
    for axes in figure.axes:
        assert axes.get_axisbelow() is True
        if not axes.collections and axes.get_xticks().size:
            assert_frame(axes, "left", "bottom")
    for legend in figure.findobj(Legend):
        assert not legend.get_frame_on()
    texts = [text for text in figure.findobj(Text) if text.get_text().strip()]
    assert max(float(text.get_fontsize()) for text in texts) <= 12
    assert_all_inside(figure)


def test_one_size_unless_another_is_asked_for() -> None:
    with house_style():
        own = plt.figure()
        figure, (axes,) = new_figure()
        _, four = new_figure(6, 3, 2, 2)
    size = list(figure_size())
    assert own.get_size_inches().tolist() == figure.get_size_inches().tolist() == size
    assert figure.axes == [axes] and len(four) == 4
    assert figure_size(MAX_WIDTH, 0.1) == (MAX_WIDTH, 0.1)
    for width, height in ((0, 3), (-1, 3), (MAX_WIDTH + 0.01, 3), (5, -1)):
        with pytest.raises(ValueError, match="inches: width must be in"):
            figure_size(width, height)


@pytest.mark.parametrize("axis", ["x", "y", "both"])
def test_a_grid_is_faint_and_runs_as_asked_however_often(axis: str) -> None:
    with house_style():
        _, (axes,) = new_figure()
        assert not grid_is_on(axes.xaxis) and not grid_is_on(axes.yaxis)
        for _ in range(2):
            light_grid(axes, axis)
            assert grid_is_on(axes.xaxis) == (axis in ("x", "both"))
            assert grid_is_on(axes.yaxis) == (axis in ("y", "both"))
    lines = [*axes.get_xgridlines(), *axes.get_ygridlines()]
    assert all(0.1 < (line.get_alpha() or 1) < 0.4 for line in lines if line.get_visible())


def test_a_figure_is_laid_out_as_it_will_be_shown_and_saved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[float] = []
    with house_style():
        figure, _ = new_figure()
        draw = figure.draw_without_rendering

        def look_and_draw() -> None:
            seen.append(figure.dpi)
            draw()

        monkeypatch.setattr(figure, "draw_without_rendering", look_and_draw)
        shown = figure.dpi
        assert finish(figure) is figure
    monkeypatch.undo()
    figure.draw = lambda renderer: seen.append(figure.dpi)  # type: ignore[method-assign]
    figure.savefig(io.StringIO(), format="svg")
    assert seen[0] == shown == figure.dpi
    assert seen[1] == seen[-1]


def test_a_text_is_taken_literally() -> None:
    texts = [Text(0, 0, "$x$") for _ in range(2)]
    plain_text(*texts)
    assert not any(text.get_parse_math() for text in texts)
