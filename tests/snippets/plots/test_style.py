"""The house style: what holds for every figure, and for the colours on paper, screen and eye."""

import io
import re
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from snippets.plots.style import (
    HEAT,
    HEAT_NEGATIVE,
    MAX_WIDTH,
    PALETTE,
    SERIES,
    figure_size,
    house_style,
    light_grid,
    new_figure,
    series_colours,
)
from tests.snippets.plots.figures import FIGURES

TOKENS_CSS = Path(__file__).parents[3] / "docs" / "assets" / "css" / "tokens.css"

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


@pytest.fixture(params=FIGURES)
def draw(request: pytest.FixtureRequest) -> Callable[[], Figure]:
    return FIGURES[request.param]


def test_only_colours_of_the_palette(draw: Callable[[], Figure]) -> None:
    drawn = {
        colour
        for colour in re.findall(r"(?:fill|stroke|color): *([^;\"]+)", svg(draw()))
        if colour != "none"
    }
    assert drawn
    assert drawn <= set(PALETTE.values())


def test_the_same_bytes_twice(draw: Callable[[], Figure]) -> None:
    assert svg(draw()) == svg(draw())


def test_text_is_large_enough_and_inside(draw: Callable[[], Figure]) -> None:
    figure = draw()
    assert figure.get_figwidth() <= MAX_WIDTH
    texts = [text for text in figure.findobj(Text) if text.get_text().strip()]
    assert texts
    assert min(float(text.get_fontsize()) for text in texts) >= 8
    drawn = figure.get_tightbbox()  # inches; ticks beyond the axis are not drawn
    assert drawn.x0 >= -0.02
    assert drawn.x1 <= figure.get_figwidth() + 0.02


def test_a_figure_leaves_matplotlib_as_it_was(draw: Callable[[], Figure]) -> None:
    before = dict(mpl.rcParams)
    figure = draw()
    assert dict(mpl.rcParams) == before
    assert plt.fignum_exists(figure.number)


def test_looks_do_not_depend_on_the_callers_settings(draw: Callable[[], Figure]) -> None:
    plain = svg(draw())
    with mpl.rc_context({"xtick.color": "red", "axes.edgecolor": "red", "font.size": 20}):
        assert svg(draw()) == plain


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
    with pytest.raises(ValueError, match=r"6 series: from 1 to 5"):
        series_colours(6)
    with house_style():
        _, (axes,) = new_figure()
    with pytest.raises(ValueError, match=r"axis='z'"):
        light_grid(axes, "z")
