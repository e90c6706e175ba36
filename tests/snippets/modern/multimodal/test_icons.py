"""Drawing: against areas known by hand, and the package's icons as they were."""

from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

from snippets.modern.multimodal import icons
from snippets.modern.multimodal.icons import draw_icon, draw_icons, icon_outlines


def test_a_square_has_its_pixels_and_no_others() -> None:
    drawn = draw_icon("M4 2h6v3H4z")
    known = np.zeros((24, 24), dtype=np.uint8)
    known[2:5, 4:10] = 255
    assert np.array_equal(drawn, known)


def test_half_a_pixel_has_half_the_ink_unless_it_lies_along_an_edge() -> None:
    slanted = draw_icon("M4 2h6l1 3H3z", side=24) / 255
    assert slanted[2:5].sum() == pytest.approx(21, abs=0.1)  # its area
    straight = draw_icon("M4 2h6v2.5H4z")
    assert set(straight[2:5, 4:10].flatten()) == {255} and straight.sum() == 3 * 6 * 255


def test_an_arc_has_the_area_of_its_circle() -> None:
    drawn = draw_icon("M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20z", side=96) / 255
    assert drawn.sum() / 16 == pytest.approx(np.pi * 100, rel=0.002)


def test_what_turns_the_other_way_is_a_hole() -> None:
    ring = draw_icon("M2 2h20v20H2zM6 6v12h12V6z")
    same_way = draw_icon("M2 2h20v20H2zM6 6h12v12H6z")
    assert (ring > 0).sum() == 400 - 144 and (same_way > 0).sum() == 400


@pytest.mark.parametrize("side", [12, 48])
def test_another_size_is_the_same_picture(side: int) -> None:
    drawn = draw_icon("M4 2h6v4H4z", side)
    assert (drawn > 0).sum() == 24 * (side / 24) ** 2 and drawn.shape == (side, side)


def test_the_icons_are_those_of_the_course() -> None:
    outlines = icon_outlines()
    assert len(outlines) == 7447 and list(outlines) == sorted(outlines)
    some = {name: outlines[name] for name in ("arrow-left", "arrow-right")}
    left, right = draw_icons(some)
    assert np.abs(left.astype(int) - right[:, ::-1]).max() <= 8  # mirrored


def test_other_icons_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(icons, "DIGEST", "abc")
    with pytest.raises(ValueError, match="not abc"):
        icon_outlines()

    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(icons, "files", absent)
    with pytest.raises(FileNotFoundError, match="pip install --no-deps mkdocs-material=="):
        icon_outlines()


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="side=0"):
        draw_icon("M4 2h6v3H4z", 0)
    with pytest.raises(ValueError, match="'' has no points"):
        draw_icon("")


def test_a_side_of_one_is_a_picture_and_24_is_the_usual_one() -> None:
    assert draw_icon("M0 0h24v24H0z", 1).tolist() == [[255]]
    assert draw_icon("M4 2h6v3H4z").shape == (icons.SIDE, icons.SIDE) == (24, 24)
    both = draw_icons({"a": "M4 2h6v3H4z", "b": "M0 0h1v1H0z"})
    assert both.shape == (2, 24, 24) and both.dtype == np.uint8
    assert np.array_equal(both[1], draw_icon("M0 0h1v1H0z", 24))


def test_curves_and_lines_go_through_their_points() -> None:
    """A quarter of a circle as one curve: the area is that of the quarter."""
    k = 20 * 0.5522847
    drawn = draw_icon(f"M2 2L22 2C22 {2 + k} {2 + k} 22 2 22z", side=96) / 255
    assert drawn.sum() / 16 == pytest.approx(np.pi * 400 / 4, rel=0.005)
