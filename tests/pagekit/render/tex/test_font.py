"""The font of formulas holds what they need, and is small."""

from html import unescape
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from pagekit.render.tex.font import glyphs_of, subset_font
from pagekit.render.tex.maths import to_mathml

ATTENTION = r"\operatorname{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V"


def test_a_prime_is_raised_by_the_font_alone() -> None:
    primed = "<mrow><mi>h</mi><mo>′</mo></mrow>"
    assert primed in to_mathml(r"P(w \mid h')", False)
    assert f"<msub>{primed}<mi>i</mi></msub>" in to_mathml("h_i'", False)
    assert to_mathml("(h' + b')'", True).count("<mrow>") == 3
    assert "<mo>″</mo></mrow>" in to_mathml("h''", False)
    assert "<msup>" in to_mathml("h^2", False)


def test_variables_count_as_the_italics_that_are_shown() -> None:
    shown = glyphs_of(to_mathml(r"x + h + \theta + \partial", False))
    assert set("𝑥ℎ𝜃𝜕") <= set(shown)


def test_the_font_is_small_has_its_licence_and_stays_the_same(tmp_path: Path) -> None:
    mathml = to_mathml(ATTENTION, True)
    font, other = tmp_path / "a/math.woff2", tmp_path / "b/math.woff2"
    assert subset_font(mathml, font, tmp_path / "stamp")
    assert not subset_font(mathml, font, tmp_path / "stamp")
    assert subset_font(mathml, other, tmp_path / "other")
    assert font.read_bytes() == other.read_bytes()
    assert font.stat().st_size < 60_000
    licence = (font.parent / "OFL.txt").read_text()
    assert licence.startswith("Copyright")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "DISCLAIMER" in licence


def test_the_font_holds_roots_and_what_fences_are_built_of(tmp_path: Path) -> None:
    path = tmp_path / "math.woff2"
    subset_font(to_mathml(ATTENTION, True), path, tmp_path / "stamp")
    with TTFont(path) as font:
        names = font.getBestCmap()
        assert set(map(ord, "√⊤𝑄𝐾𝑉𝑑()")) <= set(names)
        assert ord("∰") not in names
        variants = font["MATH"].table.MathVariants
        grows = dict(
            zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction, strict=True)
        )
        for character in "(√":
            construction = grows[names[ord(character)]]
            assert len(construction.MathGlyphVariantRecord) > 3
            assert construction.GlyphAssembly.PartRecords
        # A browser keeps free the width of the widest: it would be a hole behind each root.
        signs = {record.VariantGlyph for record in construction.MathGlyphVariantRecord}
        signs |= {part.glyph for part in construction.GlyphAssembly.PartRecords}
        assert len({font["hmtx"][sign][0] for sign in signs}) == 1
        assert all(font["glyf"][sign].xMax <= font["hmtx"][sign][0] + 60 for sign in signs)
        # The lowest ends little below the line under √n, whose bar is 0.63 em above it.
        heights = [record.AdvanceMeasurement for record in construction.MathGlyphVariantRecord]
        drawn = [font["glyf"][sign.VariantGlyph] for sign in construction.MathGlyphVariantRecord]
        assert heights == sorted(heights) and heights[0] < 0.95 * font["head"].unitsPerEm
        assert all(
            abs(glyph.yMax - glyph.yMin - height) < 3
            for glyph, height in zip(drawn, heights, strict=True)
        )


@pytest.mark.parametrize(
    ("letter", "shown"),
    [
        *(("A", "𝐴"), ("Z", "𝑍"), ("a", "𝑎"), ("g", "𝑔"), ("h", "ℎ"), ("i", "𝑖"), ("z", "𝑧")),
        *(("Α", "𝛢"), ("Ω", "𝛺"), ("α", "𝛼"), ("ω", "𝜔"), ("∂", "𝜕"), ("ϕ", "𝜙"), ("ı", "𝚤")),
        *(("&lt;", "<"), ("7", "7"), ("∞", "∞")),
    ],
)
def test_a_variable_is_shown_in_italics(letter: str, shown: str) -> None:
    base = set(glyphs_of(""))
    for tag in ("<mi>", '<mi class="x">'):
        assert set(glyphs_of(f"{tag}{letter}</mi>\n\t")) - base == {
            *(set(unescape(letter)) | {shown}) - base
        }
    assert set("0123456789()[]{}|√") <= base
    assert glyphs_of("<mi>sin</mi>") == "".join(sorted(base | set("sin")))


def test_the_font_has_no_hints_and_few_features(tmp_path: Path) -> None:
    path = tmp_path / "math.woff2"
    subset_font(to_mathml("x", False), path, tmp_path / "stamp")
    with TTFont(path) as font:
        assert font.flavor == "woff2"
        assert not {"fpgm", "prep", "cvt "} & set(font.keys())
        features = {f.FeatureTag for f in font["GSUB"].table.FeatureList.FeatureRecord}
        assert features <= {"dtls", "flac"}
        assert font["name"].getDebugName(13), "its licence"
        before = font["head"].modified
    assert 0 < before < 3_900_000_000  # when its authors made it, not now
    path.write_bytes(b"damaged")
    assert not subset_font(to_mathml("x", False), path, tmp_path / "stamp"), "its stamp says so"
    assert subset_font(to_mathml("y", False), path, tmp_path / "stamp")
    (tmp_path / "stamp").unlink()
    assert subset_font(to_mathml("y", False), path, tmp_path / "stamp")
