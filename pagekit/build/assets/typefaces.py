"""The typefaces of pages and figures: one serif, one mono, the same on every system.

``snippets/plots/fonts/`` holds them as TrueType, cut to the Latin letters and signs that prose,
code and figures use. Matplotlib reads them there; a build gives browsers the same glyphs as woff2.
``python -m pagekit.build.assets.typefaces LITERATA JETBRAINS_MONO`` cuts them from the folders in
which their authors keep them; it is called when these publish a new version.
"""

import hashlib
import sys
from io import BytesIO
from pathlib import Path

from pagekit.project import Project, write_whole

# Each file as it is kept here -> where it lies upstream: in the first folder, or in the second.
UPSTREAM = {
    "Literata-Regular.ttf": (0, "fonts/ttf/Literata-Regular.ttf"),
    "Literata-Italic.ttf": (0, "fonts/ttf/Literata-Italic.ttf"),
    "Literata-SemiBold.ttf": (0, "fonts/ttf/Literata-SemiBold.ttf"),
    "JetBrainsMono-Regular.ttf": (1, "fonts/ttf/JetBrainsMono-Regular.ttf"),
}
LICENCES = {"OFL-Literata.txt": 0, "OFL-JetBrainsMono.txt": 1}

# ASCII, and the signs that the build or an author types; for prose the letters of names, for code
# those of mathematics. In formulas these have a font of their own (pagekit/render/tex/font.py).
SIGNS = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "\N{NO-BREAK SPACE}\N{THIN SPACE}‘’“”–—…·•§©°±×÷−√∞≈≠≤≥→←↑↓½²³"
)
EXPONENTS = "⁰¹⁴⁵⁶⁷⁸⁹"  # of the ticks of figures, beside ² and ³; Literata has no minus for them
LETTERS = "ÄÅÉÖØÜßàáäåçèéêëíïñóôöøúüćłńšŁ"
MATHEMATICS = "αβγδεθλμπστφΔΣΦ₀₁₂⊙∇␣"
# Kerning, the ligatures of f, and figures that stand under one another. None in code.
FEATURES = ("kern", "liga", "tnum")


def characters(name: str) -> str:
    """What the font of this file name is cut to, as far as it has it."""
    if "Mono" in name:
        return SIGNS + MATHEMATICS
    return SIGNS + LETTERS + (EXPONENTS if "Regular" in name else "")


def cut(source: Path) -> bytes:
    """A TrueType font with these characters alone; equal fonts give equal bytes.

    It has no hints: these speak to screens of few pixels in black and white.
    """
    from fontTools import subset

    options = subset.Options()
    options.layout_features = [] if "Mono" in source.name else list(FEATURES)
    options.hinting = False
    options.name_IDs = [
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        13,
        14,
        16,
        17,
    ]  # what it is called, whose it is, how free
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.drop_tables += ["DSIG", "STAT", "gasp", "meta", "vhea", "vmtx"]
    buffer = BytesIO()
    with subset.load_font(str(source), options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text=characters(source.name))
        cutter.subset(font)
        font.save(buffer)
    return buffer.getvalue()


def ship(project: Project) -> list[Path]:
    """Make the woff2 that pages load, where it is missing or stale; beside it, the licences.

    Returns:
        The files made; none for a project without typefaces.
    """
    sources = sorted(project.fonts.glob("*.ttf"))
    made = [_ship(source, project) for source in sources]
    for licence in sorted(project.fonts.glob("OFL-*.txt")) if any(made) else ():
        write_whole(project.generated / licence.name, licence.read_bytes())
    return [path for path in made if path]


def _ship(source: Path, project: Project) -> Path | None:
    """The woff2 of one font, unless it is there; its stamp says what it was made of."""
    from fontTools import version

    target = project.generated / f"{source.stem.lower()}.woff2"
    stamp = project.build / "fonts" / f"{source.stem}.txt"
    mark = hashlib.sha256(source.read_bytes() + version.encode()).hexdigest()
    if target.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == mark:
        return None
    write_whole(target, woff2(source))
    write_whole(stamp, mark)
    return target


def woff2(source: Path) -> bytes:
    """The same font as woff2."""
    from fontTools.ttLib import TTFont

    buffer = BytesIO()
    with TTFont(source, recalcTimestamp=False) as font:
        font.flavor = "woff2"
        font.save(buffer)
    return buffer.getvalue()


def main(arguments: list[str]) -> int:
    """Cut all fonts anew."""
    if len(arguments) != 2:
        print(
            "usage: python -m pagekit.build.assets.typefaces LITERATA JETBRAINS_MONO",
            file=sys.stderr,
        )
        return 2
    target = Project.here().fonts
    folders = [Path(argument) for argument in arguments]
    for name, (folder, path) in UPSTREAM.items():
        write_whole(target / name, cut(folders[folder] / path))
    for name, folder in LICENCES.items():
        write_whole(target / name, (folders[folder] / "OFL.txt").read_bytes())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
