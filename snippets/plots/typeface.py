"""The letters of all figures are those of the pages, so that they measure as they are shown."""

from pathlib import Path

from matplotlib import font_manager

SERIF = "Literata"

MISSING = "DejaVu Sans"
"""Comes with Matplotlib, and has the signs that the serif lacks, such as ᵀ."""

_FOLDER = Path(__file__).with_name("fonts")


def font_families(folder: Path = _FOLDER) -> list[str]:
    """Make the fonts in a folder known to Matplotlib; where there are none, it draws with its own.

    Returns:
        The families to draw with; what the first one lacks, the next one has.
    """
    files = sorted(folder.glob(f"{SERIF}-*.ttf"))
    for file in files:
        font_manager.fontManager.addfont(file)
    return [SERIF, MISSING] if files else [MISSING]
