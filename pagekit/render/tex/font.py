"""The font of formulas: STIX Two Math, cut down to the glyphs that they use."""

import hashlib
import re
from copy import copy
from html import unescape
from importlib.metadata import files
from io import BytesIO
from pathlib import Path
from typing import Any

from pagekit.errors import PageError
from pagekit.project import write_whole

FONT = "STIXTwoMath"
LICENCE = "OFL.txt"
_LICENCE_TEXT = Path(__file__).with_name("OFL-1.1.txt")
_OTHER_ITALICS = dict(zip("∇∂ϵϑϰϕϱϖıȷ", "𝛻𝜕𝜖𝜗𝜘𝜙𝜚𝜛𝚤𝚥", strict=True))
_LOWEST_ROOT = 0.9  # of the font's size: for a capital under a bar


def glyphs_of(mathml: str) -> str:
    """The characters that some MathML shows, sorted.

    A variable of one letter, ``<mi>x</mi>``, is shown as the italic 𝑥, another character, and the
    sign of a root stands in no text at all.
    """
    shown = set(unescape(re.sub(r"<[^>]*>", "", mathml))) - set("\n\t")
    variables = set(unescape("".join(re.findall(r"<mi(?: [^>]*)?>([^<]|&#?\w+;)</mi>", mathml))))
    italics = (_italic(letter) for letter in variables)
    return "".join(sorted(shown | set("0123456789()[]{}|√") | set(italics)))


def _italic(letter: str) -> str:
    """The mathematical italic of a Latin or Greek letter; any other character as it is."""
    if letter == "h":
        return "\u210e"  # Planck's constant was there first
    for first, last, italic in (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("Α", "Ω", 0x1D6E2)):
        if first <= letter <= last:
            return chr(italic + ord(letter) - ord(first))
    if "α" <= letter <= "ω":
        return chr(0x1D6FC + ord(letter) - ord("α"))
    return _OTHER_ITALICS.get(letter, letter)


def subset_font(mathml: str, target: Path, stamp: Path) -> bool:
    """Write STIX Two Math, cut to what some MathML shows, as woff2; its licence goes beside it.

    The glyphs from which the font's MATH table builds larger fences, roots and sums are kept too.
    Equal formulas give equal bytes. Returns whether the font had to be cut: the file ``stamp``
    remembers for what it was cut last.
    """
    characters, source = glyphs_of(mathml), _font_file()
    made_of = (characters.encode(), source.read_bytes(), Path(__file__).read_bytes())
    mark = hashlib.sha256(b"".join(made_of)).hexdigest()
    if target.is_file() and stamp.is_file() and stamp.read_text() == mark:
        return False
    font, licence = _subset(source, characters)
    write_whole(target, font)
    write_whole(target.with_name(LICENCE), licence)
    write_whole(stamp, mark)
    return True


def _subset(source: Path, characters: str) -> tuple[bytes, str]:
    """The smaller font, and its licence under the copyright line that the font itself states."""
    from fontTools import subset

    options = subset.Options()
    # Dotless and flat forms for accents. Not `ssty`, which redraws every sign for small sizes: it
    # would double the font, and a scaled sign reads well. Nor hints, which browsers ignore here.
    options.layout_features = ["dtls", "flac"]
    options.hinting = False
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.recalc_timestamp = False
    buffer = BytesIO()
    with subset.load_font(str(source), options) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(text=characters)
        cutter.subset(font)
        _lower_root(font)
        _even_roots(font)
        copyright_line = font["name"].getDebugName(0) or ""
        font.flavor = "woff2"
        font.save(buffer)
    return buffer.getvalue(), f"{copyright_line}\n\n{_LICENCE_TEXT.read_text(encoding='utf-8')}"


def _lower_root(font: Any) -> None:
    """Give the root a sign as low as a letter asks for; STIX's lowest comes next.

    A browser hangs the sign from its bar. STIX's lowest is twice as tall as √n needs, so its foot
    hung half an em below the line.
    """
    low, construction = _root(font)
    tall = f"{low}.tall"
    drawing = font["glyf"][low]
    font.setGlyphOrder([*font.getGlyphOrder(), tall])
    font["glyf"][tall], font["hmtx"][tall] = drawing, font["hmtx"][low]
    scale = _LOWEST_ROOT * font["head"].unitsPerEm / (drawing.yMax - drawing.yMin)
    font["glyf"][low] = _scaled(font, tall, 1, scale)
    first = construction.MathGlyphVariantRecord[0]
    second = copy(first)
    first.AdvanceMeasurement = round(first.AdvanceMeasurement * scale)
    second.VariantGlyph = tall
    construction.MathGlyphVariantRecord.insert(1, second)
    construction.VariantCount = len(construction.MathGlyphVariantRecord)


def _even_roots(font: Any) -> None:
    """Make the tall signs of the root as narrow as the low one.

    A browser keeps free the width of the widest sign that a root may grow to (MathML Core),
    whichever it draws. STIX's tall ones are half as wide again, which left a hole behind each root.
    """
    low, grown = _root(font)
    tall = {record.VariantGlyph for record in grown.MathGlyphVariantRecord}
    tall |= {part.glyph for part in grown.GlyphAssembly.PartRecords}
    widths = font["hmtx"]
    width, _ = widths[low]
    for name in sorted(tall - {low}):
        scale = width / widths[name][0]
        font["glyf"][name] = _scaled(font, name, scale, 1)
        widths[name] = (width, round(widths[name][1] * scale))


def _root(font: Any) -> tuple[str, Any]:
    """The name of the root's sign, and what the font says of how it grows."""
    variants = font["MATH"].table.MathVariants
    low = font.getBestCmap()[ord("√")]
    return low, variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(low)]


def _scaled(font: Any, name: str, across: float, up: float) -> Any:
    """A glyph, drawn narrower or lower."""
    from fontTools.pens.recordingPen import DecomposingRecordingPen
    from fontTools.pens.transformPen import TransformPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    glyphs = font.getGlyphSet()
    drawing, other = DecomposingRecordingPen(glyphs), TTGlyphPen(None)
    glyphs[name].draw(drawing)
    drawing.replay(TransformPen(other, (across, 0, 0, up, 0, 0)))
    glyph = other.glyph()
    glyph.recalcBounds(font["glyf"])
    return glyph


def _font_file() -> Path:
    """The font that the package ziamath carries, under the SIL Open Font License."""
    found = (Path(str(file.locate())) for file in files("ziamath") or [])
    font = next((path for path in found if path.suffix == ".ttf" and FONT in path.name), None)
    if font is None:
        raise PageError("the installed package ziamath lacks the font STIX Two Math; reinstall it")
    return font
