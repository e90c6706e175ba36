"""The emblem's files: drawn from the icon and the site's words, once, the same each time."""

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib as mpl
import matplotlib.image
import numpy as np
import pytest

from pagekit.build.assets import pictures
from pagekit.build.assets.emblem import emblem_svg, read_emblem
from pagekit.errors import PageError
from pagekit.project import Project

ROOT = Path(__file__).parents[4]
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    '<rect x="1" y="1" width="10" height="10" rx="2"/>'
    '<rect x="13" y="13" width="10" height="10" opacity=".5"/></svg>'
)
CONFIG = (
    "site_name: A $name$\nsite_description: >-\n  One\n  line.\nsite_url: !ENV [SITE_URL, '']\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "mkdocs.yml").write_text(CONFIG)
    icon = tmp_path / pictures.EMBLEM
    icon.parent.mkdir(parents=True)
    icon.write_text(ICON)
    return Project(tmp_path)


def contents(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in project.generated.iterdir()}


def pixels(content: bytes) -> np.ndarray:
    return matplotlib.image.imread(io.BytesIO(content), format="png")[..., :3]


def test_all_are_drawn_once(project: Project) -> None:
    assert [path.name for path in pictures.draw(project)] == list(pictures.NAMES)
    assert set(contents(project)) == set(pictures.NAMES)
    assert pictures.draw(project) == []


def test_the_same_bytes_whatever_the_settings(project: Project) -> None:
    pictures.draw(project)
    first = contents(project)
    (project.build / "assets.json").unlink()
    with mpl.rc_context({"font.size": 30, "savefig.dpi": 10}):
        pictures.draw(project)
    assert contents(project) == first


@pytest.mark.parametrize("change", ["name", "line", "emblem", "file", "stamp"])
def test_what_has_changed_is_drawn_again(project: Project, change: str) -> None:
    pictures.draw(project)
    config, icon = project.root / "mkdocs.yml", project.root / pictures.EMBLEM
    if change == "name":
        config.write_text(CONFIG.replace("A $name$", "Another"))
    elif change == "line":
        config.write_text(CONFIG.replace("One", "Two"))
    elif change == "emblem":
        icon.write_text(ICON.replace(".5", ".7"))
    elif change == "file":
        (project.generated / "logo.svg").unlink()
    else:
        (project.build / "assets.json").write_text('{"key": ')  # a run that was killed
    assert pictures.draw(project)
    assert pictures.draw(project) == []


def test_sizes_and_colours(project: Project) -> None:
    pictures.draw(project)
    drawn = contents(project)
    social, icon = pixels(drawn["social.png"]), pixels(drawn["favicon.png"])
    assert social.shape[:2] == (630, 1200)
    assert icon.shape[:2] == (180, 180)
    ground, rubric = (
        np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        for colour in (pictures.GROUND, pictures.RUBRIC)
    )
    np.testing.assert_allclose(icon[2, 2], ground, atol=0.01)
    np.testing.assert_allclose(icon[58, 58], rubric, atol=0.01)  # the middle of the full square
    np.testing.assert_allclose(icon[122, 122], (ground + rubric) / 2, atol=0.01)
    assert len(np.unique(social[:, :700].reshape(-1, 3), axis=0)) > 20  # there are words


def test_long_words_stay_clear_of_the_emblem(project: Project) -> None:
    (project.root / "mkdocs.yml").write_text(
        "site_name: Mmmmmmmm Wwwwwwwww and many more words\nsite_description: " + "Wide words " * 14
    )
    pictures.draw(project)
    social = pixels(contents(project)["social.png"])
    for margin in (social[:, 772:796], social[600:]):
        assert len(np.unique(margin.reshape(-1, 3), axis=0)) == 1


def test_svgs_keep_the_squares_and_the_favicon_knows_the_dark(project: Project) -> None:
    squares = read_emblem(project.root / pictures.EMBLEM)
    assert [(s.x, s.side, s.radius, s.opacity) for s in squares] == [
        (1, 10, 2, 1),
        (13, 10, 0, 0.5),
    ]
    logo = emblem_svg(squares, "#111111")
    rects = [child for child in ET.fromstring(logo) if child.tag.endswith("rect")]
    assert [rect.get("opacity") for rect in rects] == [None, "0.5"]
    assert "prefers-color-scheme" not in logo
    assert "#eeeeee" in emblem_svg(squares, "#111111", "#eeeeee")


def test_a_project_without_an_emblem_gets_none(project: Project) -> None:
    (project.root / pictures.EMBLEM).unlink()
    assert pictures.draw(project) == []
    assert not project.generated.exists()


@pytest.mark.parametrize(
    "icon",
    [
        "not xml",
        ICON.replace('height="10" rx', 'height="9" rx'),
        ICON.replace("<rect x", "<circle x"),
        ICON.replace('x="13"', 'x="left"'),
        ICON.replace('width="10"', ""),
        '<svg xmlns="http://www.w3.org/2000/svg"/>',
    ],
)
def test_an_emblem_of_anything_else_is_refused(project: Project, icon: str) -> None:
    (project.root / pictures.EMBLEM).write_text(icon)
    with pytest.raises(PageError, match="emblem"):
        pictures.draw(project)
    assert not project.generated.exists()


@pytest.mark.parametrize("config", ["theme: material\n", "site_name: [\n", "- 1\n"])
def test_a_site_without_a_name_is_refused(project: Project, config: str) -> None:
    (project.root / "mkdocs.yml").write_text(config)
    with pytest.raises(PageError, match=r"mkdocs\.yml: no site_name"):
        pictures.draw(project)


def test_a_folder_that_cannot_be_written_is_told(project: Project) -> None:
    project.docs.write_text("a file stands where the folder should")
    with pytest.raises(PageError, match="cannot write"):
        pictures.draw(project)


def test_colours_are_those_of_the_pages() -> None:
    css = (ROOT / "docs/assets/css/tokens.css").read_text()
    for name, light, dark in (
        ("ground", pictures.GROUND, None),
        ("ink", pictures.INK, None),
        ("muted", pictures.MUTED, None),
        ("rubric", pictures.RUBRIC, pictures.RUBRIC_DARK),
    ):
        found = re.findall(rf"--pk-{name}: (#\w+);", css)
        assert found[0] == light
        assert dark is None or found[1] == dark


def test_the_real_emblem_is_a_causal_mask() -> None:
    squares = read_emblem(ROOT / pictures.EMBLEM)
    side = round(len(squares) ** 0.5)
    opacity = np.array([square.opacity for square in squares]).reshape(side, side)
    np.testing.assert_array_equal(opacity == 1, np.tril(np.ones((side, side), dtype=bool)))


def margins(image: np.ndarray) -> tuple[int, int, int, int]:
    """How far what is drawn stays from the top, bottom, left and right: pixels."""
    drawn = np.abs(image - image[0, 0]).max(2) > 0.02
    rows, columns = np.flatnonzero(drawn.any(1)), np.flatnonzero(drawn.any(0))
    height, width = drawn.shape
    return rows[0], height - 1 - rows[-1], columns[0], width - 1 - columns[-1]


def test_the_emblem_stands_in_the_middle(project: Project) -> None:
    pictures.draw(project)
    drawn = contents(project)
    assert len(set(margins(pixels(drawn["favicon.png"])))) == 1
    social = pixels(drawn["social.png"])
    top, bottom, _, right = margins(social[:, 780:])
    assert top == bottom
    left = margins(social[:, :780])[2]
    assert abs(left - right) < 20  # as far from its edge as the words are from theirs
    assert margins(social)[0] > 50
