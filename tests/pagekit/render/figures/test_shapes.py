"""What an element paints, and which shapes one path can paint."""

import xml.etree.ElementTree as ET

import pytest

from pagekit.render.figures.outlines import LONG
from pagekit.render.figures.shapes import Shape, path, shape

SPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SQUARE = "M 0 0 L 4 0 L 4 4 L 0 4 z"
TURNED = "M 0 0 L 0 4 L 4 4 L 4 0 z"


def element(text: str) -> ET.Element:
    return ET.fromstring(f"<svg {SPACE}>{text}</svg>")[0]


def read(text: str, **paths: str) -> Shape | None:
    return shape(element(text), {name: element(text) for name, text in paths.items()})


def square(style: str, d: str = SQUARE, clip: str = "") -> Shape:
    clipped = f'clip-path="{clip}"' if clip else ""
    found = read(f'<path d="{d}" style="{style}" {clipped}/>')
    assert found is not None
    return found


def test_a_path_is_read_with_its_clip_and_is_itself() -> None:
    root = element(f'<path d="{SQUARE}" style="fill: #000; stroke-width: 2" clip-path="url(#a)"/>')
    found = shape(root, {})
    assert found is not None and found.element is root
    assert (found.style, found.clip) == ({"fill": "#000", "stroke-width": "2"}, "url(#a)")
    assert (found.x, found.y, found.outline.box) == (0, 0, (0, 0, 4, 4))


def test_a_group_clips_the_one_shape_in_it() -> None:
    inner = f'<path d="{SQUARE}"/>'
    found = read(f'<g clip-path="url(#a)">{inner}</g>')
    assert found is not None and (found.clip, found.element) == ("url(#a)", None)
    for other in (
        f"<g>{inner}</g>",
        f'<g clip-path="url(#a)" id="b">{inner}</g>',
        f'<g clip-path="url(#a)">{inner}{inner}</g>',
        '<g clip-path="url(#a)"/>',
        '<g clip-path="url(#a)"><text/></g>',
        f'<g clip-path="url(#a)"><path d="{SQUARE}" clip-path="url(#b)"/></g>',
    ):
        assert read(other) is None


@pytest.mark.parametrize("link", ["href", "xlink:href"])
def test_a_copy_is_the_original_moved(link: str) -> None:
    original = f'<path id="a" d="{SQUARE}" style="fill: red"/>'
    found = read(f'<use {link}="#a" x="-1.5" y="2" style="fill: blue; stroke: blue"/>', a=original)
    assert found is not None and (found.x, found.y, found.element) == (-1.5, 2, None)
    assert found.style == {"fill": "red", "stroke": "blue"}  # its own before what it inherits
    still = read(f'<use {link}="#a"/>', a=original)
    assert still is not None and (still.x, still.y) == (0, 0)


@pytest.mark.parametrize(
    ("text", "original"),
    [
        ('<use href="#b"/>', f'<path d="{SQUARE}"/>'),
        ('<use href="#a" x="1px"/>', f'<path d="{SQUARE}"/>'),
        ('<use href="#a" y="1e3"/>', f'<path d="{SQUARE}"/>'),
        ('<use href="#a" class="b"/>', f'<path d="{SQUARE}"/>'),
        ('<use href="#a"/>', f'<path d="{SQUARE}" clip-path="url(#b)"/>'),
        ('<use href="#a"/>', '<path d="M0 0"/>'),
        (f'<path d="{SQUARE}" style="stroke-width: 1px"/>', "<path/>"),
        (f'<path d="{SQUARE}" style="stroke: url(#b)"/>', "<path/>"),
        (f'<path d="{SQUARE}" class="b"/>', "<path/>"),
        ("<path/>", "<path/>"),
        ("<text/>", "<path/>"),
    ],
)
def test_anything_else_is_no_shape(text: str, original: str) -> None:
    assert read(text, a=original) is None


def test_opacities_are_in_hundredths_and_nothing_else_is() -> None:
    style = "fill-opacity: 0.123456; opacity: inherit; stroke-width: 0.123456; stroke-opacity: 1"
    assert square(style).look == (
        ("fill-opacity", "0.12"),
        ("opacity", "inherit"),
        ("stroke-width", "0.123456"),
        ("stroke-opacity", "1.00"),
    )


@pytest.mark.parametrize(
    ("style", "seen"),
    [("", True), ("fill: red", True), ("fill: none", False), ("fill: none; stroke: red", True)],
)
def test_what_is_neither_filled_nor_drawn_paints_nothing(style: str, seen: bool) -> None:
    assert square(style).paints is seen


@pytest.mark.parametrize(
    ("style", "d", "joined"),
    [
        ("fill: none; stroke: red", TURNED, True),  # lines may cross
        ("fill: none; stroke: red; stroke-opacity: 0.5", SQUARE, False),
        ("fill: red", SQUARE, True),
        ("fill: red", TURNED, False),  # a hole
        ("fill: red; stroke: red", SQUARE, True),
        ("fill: red; stroke: none", SQUARE, True),
        ("fill: red; stroke: blue", SQUARE, False),  # the line of the lower one would be seen
        ("fill: red; opacity: 0.5", SQUARE, False),
    ],
)
def test_shapes_that_overlap_join_where_nobody_sees_it(style: str, d: str, joined: bool) -> None:
    one, other = square(style), square(style, d)
    assert other.joins([one]) is joined
    far = square(style, "M 9 9 L 12 9 L 12 12 z")
    assert far.joins([one]) is far.joins([one, one]) is True
    assert other.joins([one, far]) is joined
    assert not square(style, "M 9 9 L 12 9 L 12 12 z", "url(#a)").joins([one])
    assert not square("fill: green").joins([one])


def test_a_shape_has_to_be_apart_from_all_that_it_joins() -> None:
    near, far = square("fill: red"), square("fill: red", "M 9 9 L 12 9 L 12 12 z")
    assert not square("fill: red", "M 1 1 L 5 1 L 5 5 z").joins([far, near])


def test_one_path_says_once_what_its_shapes_share() -> None:
    one = square("fill: red; stroke: blue", clip="url(#a)")
    merged = path([one, square("fill: red", "M 9 1 L 12 1 z")])
    assert merged.attrib == {
        "d": "M0 0h4v4h-4zm9 1h3z",
        "clip-path": "url(#a)",
        "style": "fill: red; stroke: blue",
    }
    assert "clip-path" not in path([square("fill: red"), square("fill: red")]).attrib


def test_a_single_path_stays_and_only_a_curve_is_written_anew() -> None:
    for steps in (LONG, LONG + 1):
        d = " ".join(["M 0 0", *["L 1.25 4", "L 0 0"] * LONG][:steps])
        d = " ".join(d.split()[: 3 * steps])
        one = square("fill: none; stroke: red", d)
        kept = path([one])
        assert kept is one.element
        assert (kept.get("d") == d) is (steps == LONG)
