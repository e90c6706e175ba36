"""The typefaces: cut to what the pages use, the same for browsers and for figures, and free."""

import io
import re
import shutil
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from pagekit.build.assets import typefaces
from pagekit.project import Project

ROOT = Path(__file__).parents[4]
OURS = Project(ROOT)
FONTS = sorted(OURS.fonts.glob("*.ttf"))
SHEET = (ROOT / "docs/assets/css/fonts.css").read_text(encoding="utf-8")
FACE = re.compile(r"@font-face \{(.*?)\}", re.DOTALL)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    shutil.copytree(OURS.fonts, project.fonts)
    return project


def named(path: Path) -> str:
    return path.stem


def characters(font: TTFont) -> set[str]:
    return {chr(code) for code in font.getBestCmap()}


def shapes(font: TTFont) -> dict[str, list[tuple[int, int]]]:
    glyphs = font["glyf"]
    return {name: list(glyphs[name].getCoordinates(glyphs)[0]) for name in font.getGlyphOrder()}


def test_all_that_are_named_are_kept() -> None:
    assert [path.name for path in FONTS] == sorted(typefaces.UPSTREAM)


@pytest.mark.parametrize("path", FONTS, ids=named)
def test_a_font_has_what_was_asked_for_and_no_hints(path: Path) -> None:
    with TTFont(path) as font:
        lacking = set(typefaces.characters(path.name)) - characters(font)
        assert characters(font) <= set(typefaces.characters(path.name))
        assert not {"fpgm", "prep", "cvt "} & set(font.keys())
    assert lacking <= {"\N{THIN SPACE}"}, "what a font lacks need not be asked for"


@pytest.mark.parametrize("path", FONTS, ids=named)
def test_cutting_again_gives_the_same_bytes(path: Path) -> None:
    assert typefaces.cut(path) == path.read_bytes()


@pytest.mark.parametrize("path", FONTS, ids=named)
def test_browsers_get_the_same_letters(path: Path) -> None:
    made = typefaces.woff2(path)
    with TTFont(path) as ours, TTFont(io.BytesIO(made)) as theirs:
        assert characters(ours) == characters(theirs)
        assert ours["hmtx"].metrics == theirs["hmtx"].metrics
        assert shapes(ours) == shapes(theirs)
    assert made == typefaces.woff2(path)


@pytest.mark.parametrize("path", FONTS, ids=named)
def test_each_is_free_and_its_name_may_be_kept(path: Path) -> None:
    """No name of it is reserved, which a font that was cut would have to give up."""
    family = path.stem.partition("-")[0]
    licence = (OURS.fonts / f"OFL-{family}.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    with TTFont(path) as font:
        copyright_line = font["name"].getDebugName(0)
        assert copyright_line.split(" (")[0] in licence
        assert "Reserved Font Name" not in copyright_line
    assert "Reserved Font Name" not in licence.split("-----", 1)[0]


def test_all_are_made_once(project: Project) -> None:
    made = typefaces.ship(project)
    assert {path.name for path in made} == {f"{path.stem.lower()}.woff2" for path in FONTS}
    assert {path.name for path in project.generated.glob("OFL-*.txt")} == set(typefaces.LICENCES)
    assert typefaces.ship(project) == []
    made[0].unlink()
    assert typefaces.ship(project) == made[:1]
    other = project.fonts / FONTS[1].name
    other.write_bytes(FONTS[0].read_bytes())
    assert typefaces.ship(project) == [made[1]]


def test_a_project_without_typefaces_gets_none(tmp_path: Path) -> None:
    assert typefaces.ship(Project(tmp_path)) == []


def faces() -> list[dict[str, str]]:
    return [
        {name.strip(): value.strip() for name, _, value in
         (rule.partition(":") for rule in body.split(";") if rule.strip())}
        for body in FACE.findall(SHEET)
    ]  # fmt: skip


def test_the_sheet_names_every_font_and_no_other() -> None:
    loaded = set(re.findall(r"generated/([\w-]+)\.woff2", SHEET))
    assert loaded == {path.stem.lower() for path in FONTS} | {"stix-two-math"}


def percent(part: float) -> str:
    return f"{100 * part:.2f}%"


@pytest.mark.parametrize(
    ("family", "file"),
    [("Literata", "Literata-Regular"), ("JetBrains Mono", "JetBrainsMono-Regular")],
)
def test_what_stands_in_is_as_high_as_the_font_itself(family: str, file: str) -> None:
    """Its lines are then in the same places: nothing moves when the font has come."""
    with TTFont(OURS.fonts / f"{file}.ttf") as font:
        em, lines = font["head"].unitsPerEm, font["hhea"]
    stand_ins = [f for f in faces() if f["font-family"].strip('"').endswith(f" like {family}")]
    assert stand_ins
    for face in stand_ins:
        size = float(face["size-adjust"].rstrip("%")) / 100
        assert face["ascent-override"] == percent(lines.ascent / em / size)
        assert face["descent-override"] == percent(-lines.descent / em / size)
        assert face["line-gap-override"] == f"{lines.lineGap}%"
