"""Figures are drawn in the letters of the pages, and where these are missing, without complaint."""

import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from matplotlib import font_manager
from matplotlib.text import Text

from snippets.plots.house.style import PALETTE, finish, house_style, new_figure
from snippets.plots.house.typeface import MISSING, SERIF, font_families
from tests.snippets.plots.house.test_style import svg

FONTS = Path(__file__).parents[4] / "snippets" / "plots" / "fonts"


@pytest.mark.parametrize(
    ("style", "weight", "file"),
    [
        ("normal", "normal", "Literata-Regular"),
        ("italic", "normal", "Literata-Italic"),
        ("normal", "bold", "Literata-SemiBold"),
    ],
)
def test_matplotlib_finds_each_style(
    style: Literal["normal", "italic"], weight: str, file: str
) -> None:
    assert font_families() == [SERIF, MISSING]
    wanted = font_manager.FontProperties(family=SERIF, style=style, weight=weight)
    found = font_manager.findfont(wanted, fallback_to_default=False)
    assert Path(found) == FONTS / f"{file}.ttf"


def test_a_figure_is_as_wide_as_its_letters() -> None:
    """The same words in another typeface have another width."""
    words = "one dot product per pair of tokens"
    with house_style():
        figure, [axes] = new_figure()
        ours = axes.text(0, 0, words)
        others = axes.text(0, 0.5, words, family=MISSING)
        finish(figure)
        widths = [one.get_window_extent().width for one in (ours, others)]
    plt.close(figure)
    assert widths[0] < widths[1]
    drawn = svg(figure)
    assert f"'{SERIF}'" in drawn


def test_signs_that_the_serif_lacks_come_from_the_other(caplog: pytest.LogCaptureFixture) -> None:
    with house_style(), warnings.catch_warnings():
        warnings.simplefilter("error")  # "Glyph … missing from font(s)"
        figure, [axes] = new_figure()
        axes.text(0, 0, "qkᵀ ⊙ ∇ 10⁻⁵ ␣ ≤ π", color=PALETTE["ink"])
        axes.set_title("bold ᵀ")
        finish(figure)
    plt.close(figure)
    assert not caplog.records  # nor of a weight that it has not


def test_a_copy_without_the_files_draws_in_matplotlibs_own(tmp_path: Path) -> None:
    """As a program of its own: fonts once known stay known."""
    assert font_families(tmp_path) == [MISSING]
    package = tmp_path / "snippets" / "plots"
    shutil.copytree(FONTS.parent / "house", package / "house")
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    code = (
        "import io, snippets.plots.house.style as style\n"
        "with style.house_style():\n"
        "    figure, [axes] = style.new_figure()\n"
        "    axes.set_title('Words')\n"
        "    style.finish(figure).savefig(io.BytesIO())\n"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_outside_of_the_style_nothing_has_changed() -> None:
    with house_style():
        assert mpl.rcParams["font.family"] == [SERIF, MISSING]
    assert Text(0, 0, "a").get_fontfamily() == mpl.rcParamsDefault["font.family"]
