"""The emblem in every form that a site needs: favicon, logo, and the picture of a shared link.

``python -m pagekit.build.assets.pictures`` draws them into ``docs/assets/generated/``, unless they
are there and nothing that they are made of has changed. The emblem's one source is the theme's own
icon, ``overrides/.icons/emblem.svg``, made of ``<rect>`` only.
"""

import hashlib
import io
import json
import sys
import textwrap
from pathlib import Path

import yaml

from pagekit.build.assets.emblem import VIEW, Square, emblem_svg, read_emblem
from pagekit.errors import PageError
from pagekit.project import Project, write_whole
from pagekit.read.settings.menu import plain_settings

EMBLEM = Path("overrides/.icons/emblem.svg")
GROUND, INK, MUTED = "#fdfcf8", "#1d1f24", "#5b5f68"
RUBRIC, RUBRIC_DARK = "#9e2f1b", "#f2957c"
NAMES = ("favicon.svg", "favicon.png", "logo.svg", "social.png")


def draw(project: Project) -> list[Path]:
    """Draw what is missing or stale.

    Returns:
        The files drawn: all four or none. A project without an emblem gets none.

    Raises:
        PageError: the emblem or ``mkdocs.yml`` can't be read as what it should be.
    """
    source = project.root / EMBLEM
    if not source.is_file():
        return []
    name, line = _site_words(project)
    letters = {
        weight: project.fonts / f"Literata-{weight}.ttf" for weight in ("SemiBold", "Regular")
    }
    key = _key(source.read_bytes(), name, line, list(letters.values()))
    stamp = project.build / "assets.json"
    paths = [project.generated / file for file in NAMES]
    if _read_key(stamp) == key and all(path.is_file() for path in paths):
        return []
    squares = read_emblem(source)
    contents: list[bytes | str] = [
        emblem_svg(squares, RUBRIC, RUBRIC_DARK),
        _icon_png(squares),
        emblem_svg(squares, RUBRIC),
        _social_png(squares, name, line, letters),
    ]
    for path, content in zip(paths, contents, strict=True):
        write_whole(path, content)
    write_whole(stamp, json.dumps({"key": key}) + "\n")  # last: it says that all are whole
    return paths


def _icon_png(squares: list[Square]) -> bytes:
    """180 × 180, on paper: what a phone puts on its home screen."""
    return _png((180, 180), lambda axes: _place(axes, squares, 26, 26, 128))


def _social_png(squares: list[Square], name: str, line: str, letters: dict[str, Path]) -> bytes:
    """1200 × 630: the emblem, the site's name and its line, in the letters of the pages."""
    from matplotlib.font_manager import FontProperties

    bold, regular = (
        FontProperties(fname=file) if file.is_file() else FontProperties(family="DejaVu Serif")
        for file in letters.values()
    )

    def paint(axes) -> None:  # type: ignore[no-untyped-def]
        _place(axes, squares, 790, 145, 340)
        title = "\n".join(textwrap.wrap(name, 19))
        below = _write(axes, 84, title, 60, color=INK, font=bold, linespacing=0.88) + 34
        axes.plot([72, 160], [below, below], color=RUBRIC, lw=5, solid_capstyle="butt")
        text = "\n".join(textwrap.wrap(line, 44))
        _write(axes, below + 30, text, 24, color=MUTED, font=regular, linespacing=1.08)

    return _png((1200, 630), paint)


def _write(axes, top: float, text: str, size: float, **style) -> float:  # type: ignore[no-untyped-def]
    """Write at the left from ``top`` on, as large as stays clear of the emblem; give the foot."""
    written = axes.text(72, top, text, va="top", parse_math=False, **style)
    written.set_size(size)  # after the font, which has one of its own
    width, height = 690, 600 - top
    box = written.get_window_extent(axes.figure.canvas.get_renderer())
    shrink = min(1.0, width / max(box.width, 1), height / max(box.height, 1))
    written.set_size(size * shrink * (0.97 if shrink < 1 else 1))  # hinting may widen it again
    box = written.get_window_extent(axes.figure.canvas.get_renderer())
    return float(top + box.height)


def _place(axes, squares: list[Square], left: float, top: float, side: float) -> None:  # type: ignore[no-untyped-def]
    from matplotlib.patches import FancyBboxPatch

    unit = side / VIEW
    for s in squares:
        inner = (s.side - 2 * s.radius) * unit
        axes.add_patch(
            FancyBboxPatch(
                (left + (s.x + s.radius) * unit, top + (s.y + s.radius) * unit),
                inner,
                inner,
                boxstyle=f"round,pad={s.radius * unit}",
                facecolor=RUBRIC,
                edgecolor="none",
                alpha=s.opacity,
            )
        )


def _png(size: tuple[int, int], paint) -> bytes:  # type: ignore[no-untyped-def]
    """Paint in pixels, y downwards; the same bytes each time, whatever matplotlibrc says."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context():
        mpl.rcdefaults()
        figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=72, facecolor=GROUND)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
        axes.set_axis_off()
        paint(axes)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def _site_words(project: Project) -> tuple[str, str]:
    try:
        config = plain_settings(project)
        return str(config["site_name"]), str(config.get("site_description", "")).strip()
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise PageError(f"no site_name can be read: {error!r}", "mkdocs.yml") from error


def _key(emblem: bytes, name: str, line: str, letters: list[Path]) -> str:
    from importlib.metadata import version

    drawn_with = [file.read_bytes() for file in letters if file.is_file()]
    made_of = (emblem, name, line, drawn_with, Path(__file__).read_bytes(), version("matplotlib"))
    return hashlib.sha256(repr(made_of).encode()).hexdigest()


def _read_key(stamp: Path) -> str | None:
    try:
        found = json.loads(stamp.read_text(encoding="utf-8"))["key"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found if isinstance(found, str) else None


if __name__ == "__main__":
    try:
        drawn = draw(Project.here())
    except PageError as error:
        sys.exit(str(error))
    print("\n".join(str(path) for path in drawn) or "up to date")
