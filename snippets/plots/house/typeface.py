"""The letters of all figures are those of the pages, so that they measure as they are shown."""

from dataclasses import replace
from pathlib import Path

from matplotlib import font_manager

SERIF = "Literata"

MISSING = "DejaVu Sans"
"""Comes with Matplotlib, and has the signs that the serif lacks, such as ᵀ."""

_FOLDER = Path(__file__).parents[1] / "fonts"


def font_families(folder: Path = _FOLDER) -> list[str]:
    """Make the fonts in a folder known to Matplotlib; where there are none, it draws with its own.

    Returns:
        The families to draw with; what the first one lacks, the next one has.
    """
    files = sorted(folder.glob(f"{SERIF}-*.ttf"))
    for file in files:
        font_manager.fontManager.addfont(file)
    # Its semi-bold is the one bold that there is; Matplotlib warns where a weight is not there.
    known = font_manager.fontManager.ttflist
    bold = [font for font in known if font.name == SERIF and font.weight == 600]
    known[:] = [replace(font, weight=700) if font in bold else font for font in known]
    return [SERIF, MISSING] if files else [MISSING]
