"""Pictures with captions: the 7,447 Material Design Icons that `mkdocs-material` carries.

Nothing of the package is imported: its SVG files are found through its metadata and read as text.
The name of a file is the caption of its picture: `cloud-upload-outline.svg` shows an upload to a
cloud, in outline. Most icons are Apache 2.0, as the licence beside them says.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, files

import numpy as np
from fontTools.pens.basePen import BasePen
from fontTools.svgLib.path.parser import parse_path
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray

from snippets.checks import check_positive

REQUIREMENT = "mkdocs-material==9.8.1"
DIGEST = "7eb3915165a158d822429be3c377398061edf3cbcf203f0a474aa144194a7e73"
SVG = re.compile(r'<svg [^>]*viewBox="0 0 24 24"><path d="([^"]+)"/></svg>\s*')
SIDE = 24  # the designers' grid: at 24 × 24 pixels their edges fall on ours


def icon_outlines() -> dict[str, str]:
    """The outline of each icon, in the language of SVG's paths, by name and in order of the names.

    Raises FileNotFoundError where the package is not installed, ValueError where its icons are not
    those that the course was made with.
    """
    try:
        listed = files("mkdocs-material") or []
    except PackageNotFoundError:
        listed = []
    found = {}
    for path in listed:
        if path.suffix == ".svg" and path.parent.parts[-2:] == (".icons", "material"):
            with open(str(path.locate()), encoding="utf-8") as file:
                match = SVG.fullmatch(file.read())
            found[path.stem] = match[1] if match else ""
    if not found:
        command = f"pip install --no-deps {REQUIREMENT}"
        raise FileNotFoundError(f"the icons are not installed; try: {command}")
    outlines = dict(sorted(found.items()))
    digest = sha256("\n".join(f"{n} {d}" for n, d in outlines.items()).encode()).hexdigest()
    if digest != DIGEST:
        raise ValueError(f"{len(outlines)} icons have the SHA-256 {digest}, not {DIGEST}")
    return outlines


class Outline(BasePen):
    """Collects the lines and curves of an outline for matplotlib."""

    def __init__(self) -> None:
        super().__init__(None)
        self.points: list[tuple[float, float]] = []
        self.codes: list[int] = []

    def _add(self, code: int, *points: tuple[float, float]) -> None:
        self.points += points
        self.codes += [int(code)] * len(points)

    def _moveTo(self, pt: tuple[float, float]) -> None:
        self._add(Path.MOVETO, pt)  # type: ignore[arg-type]

    def _lineTo(self, pt: tuple[float, float]) -> None:
        self._add(Path.LINETO, pt)  # type: ignore[arg-type]

    def _curveToOne(self, *points: tuple[float, float]) -> None:
        self._add(Path.CURVE4, *points)  # type: ignore[arg-type]

    def _closePath(self) -> None:
        self._add(Path.CLOSEPOLY, (0, 0))  # type: ignore[arg-type]


def icon_path(outline: str) -> Path:
    """The outline in points of a 24 × 24 square, y growing downwards; arcs become curves.

    Raises:
        ValueError: an outline without a point.
    """
    pen = Outline()
    parse_path(outline, pen)
    if not pen.points:
        raise ValueError(f"the outline {outline!r} has no points")
    return Path(np.array(pen.points), np.array(pen.codes))


def draw_icon(outline: str, side: int = SIDE) -> NDArray[np.uint8]:
    """The ink of an icon, from 0 to 255 per pixel: (side, side), the top row first.

    Outlines of straight edges along the axes are moved to whole pixels, as matplotlib does.

    Raises:
        ValueError: a side below 1, or an outline without a point.
    """
    check_positive(side=side)
    renderer = RendererAgg(side, side, 72)
    context = renderer.new_gc()
    context.set_linewidth(0)
    scale = side / 24
    to_pixels = Affine2D().scale(scale, -scale).translate(0, side)  # here y grows upwards
    renderer.draw_path(context, icon_path(outline), to_pixels, (0.0, 0.0, 0.0))
    return np.asarray(renderer.buffer_rgba())[..., 3].copy()


def draw_icons(outlines: Mapping[str, str], side: int = SIDE) -> NDArray[np.uint8]:
    """All icons, (N, side, side), in the order of the mapping."""
    return np.stack([draw_icon(outline, side) for outline in outlines.values()])
