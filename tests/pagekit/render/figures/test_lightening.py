"""A figure of fewer elements: it looks as it did, and cells of one colour are one path."""

import copy
import re
import xml.etree.ElementTree as ET
from io import StringIO

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from pagekit.render.figures.lightening import lighten
from pagekit.render.figures.shapes import shape
from tests.pagekit.render.figures.painting import SVG, painted, rings_of

COLOURS = ("#24418d", "#d0620a", "#2f948a")


def drawn(figure: Figure) -> ET.Element:
    target = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "s"}):
        figure.savefig(target, format="svg", metadata={"Date": None})
    return ET.fromstring(target.getvalue())


def light(root: ET.Element) -> ET.Element:
    lighter = copy.deepcopy(root)
    lighten(lighter)
    return lighter


def filled(root: ET.Element) -> list[ET.Element]:
    """The paths that are filled and have no outline."""
    shapes = [e for e in root.iter(f"{SVG}path") if "fill: none" not in e.get("style", "")]
    return [e for e in shapes if "stroke" not in e.get("style", "")]


@st.composite
def shapes(draw: st.DrawFn) -> str:
    """A rectangle, a path or a copy of one, alone in a group or not, either way round."""
    x, y = draw(st.tuples(*[st.integers(0, 9)] * 2))
    width, height = draw(st.tuples(*[st.integers(1, 6)] * 2))
    opacity = draw(st.sampled_from(["", "; fill-opacity: 0.5"]))
    style = f'style="fill: {draw(st.sampled_from(COLOURS))}{opacity}"'
    corners = [(x, y), (x, y + height), (x + width, y + height), (x + width, y)]
    if draw(st.booleans()):
        corners.reverse()
    if draw(st.booleans()):
        text = f'<use href="#cell" x="{x}" y="{y}" {style}/>'
    else:
        points = " ".join(f"{'L' if n else 'M'} {x} {y}" for n, (x, y) in enumerate(corners))
        text = f'<path d="{points} z" {style}/>'
    return f"<g>{text}</g>" if draw(st.booleans()) else text


@given(st.lists(shapes(), max_size=14))
def test_it_looks_the_same_in_whatever_order_things_lie_upon_one_another(parts: list[str]) -> None:
    cell = '<defs><path id="cell" d="M 0 0 L 0 2 L 2 2 L 2 0 z"/></defs>'
    root = ET.fromstring(f'<svg xmlns="{SVG[1:-1]}">{cell}{"".join(parts)}</svg>')
    lighter = light(root)
    assert np.allclose(painted(lighter), painted(root))
    assert len(filled(lighter)) <= max(1, len(parts))


@pytest.mark.parametrize("how", ["pcolormesh", "bar", "scatter"])
def test_cells_of_one_colour_are_one_path_in_their_places(how: str) -> None:
    figure = Figure(facecolor="none")
    axes = figure.subplots()
    axes.set_facecolor("none")
    values = np.arange(30 * 30).reshape(30, 30) % 7
    if how == "pcolormesh":
        axes.pcolormesh(values, cmap="viridis")
    elif how == "bar":
        axes.bar(range(9), range(1, 10), color=COLOURS[0])
    else:
        x, y = np.mgrid[:30, :30]
        axes.scatter(x.ravel(), y.ravel(), s=20, marker="s", c=values.ravel(), linewidths=0)
    root = drawn(figure)
    lighter = light(root)
    assert len(filled(lighter)) == (1 if how == "bar" else 7)
    assert not list(lighter.iter(f"{SVG}use"))
    if how != "scatter":  # whose squares are copies: the painting of copies is looked at above
        before, after = (
            np.array([ring for e in filled(one) for ring in rings_of(e.get("d"))])
            for one in (root, lighter)
        )
        assert len(before) == len(after)
        apart = np.abs(before[:, None] - after).max((2, 3)).min(1)  # from the nearest
        assert apart.max() < 0.02


def test_clear_discs_that_overlap_stay_apart_and_in_order() -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.scatter([0, 0.01, 0.02], [0, 0, 0], s=900, alpha=0.5, c=list(COLOURS))
    fills = [e.attrib["style"] for e in light(drawn(figure)).iter() if "opacity" in str(e.attrib)]
    assert [next(c for c in COLOURS if c in fill) for fill in fills] == list(COLOURS)


def test_shades_that_no_screen_tells_apart_are_one() -> None:
    figure = Figure(facecolor="none")
    axes = figure.subplots()
    axes.set_facecolor("none")
    clear = [(*mpl.colors.to_rgb(COLOURS[0]), n / 1000) for n in range(200, 700)]
    axes.bar(range(500), 1, width=1, color=clear)
    lighter = filled(light(drawn(figure)))
    assert len(lighter) == 51
    assert sum(len(rings_of(e.attrib["d"])) for e in lighter) == 500


def test_marks_of_one_line_are_one_path_although_they_overlap() -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.plot(np.linspace(0, 1, 200), np.zeros(200), "o", color=COLOURS[0])
    marks = [e for e in light(drawn(figure)).iter(f"{SVG}path") if COLOURS[0] in str(e.attrib)]
    assert len(marks) == 1
    assert marks[0].attrib["d"].lower().count("m") == 200


def test_a_long_curve_is_written_closely_and_stays_where_it_was() -> None:
    figure = Figure()
    y = np.random.default_rng(0).normal(size=300)
    figure.subplots().plot(range(300), y, color=COLOURS[0])
    root = drawn(figure)
    [before] = (e.attrib["d"] for e in root.iter(f"{SVG}path") if COLOURS[0] in str(e.attrib))
    [after] = (e.attrib["d"] for e in light(root).iter(f"{SVG}path") if COLOURS[0] in str(e.attrib))
    assert len(after) < 0.5 * len(before)
    at, points = np.zeros(2), []
    for letter, numbers in re.findall(r"([Mlhv])([^Mlhv]*)", after):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        step = {"h": [*values, 0], "v": [0, *values]}.get(letter, values)
        at = at + step
        points.append(at)
    expected = np.array(re.findall(r"[\d.]+", before), dtype=float).reshape(-1, 2)
    assert np.abs(np.array(points) - expected).max() < 0.06


def test_what_is_seen_of_nothing_goes_and_text_stays() -> None:
    figure = Figure(facecolor="none")
    axes = figure.subplots()
    axes.set(title="a title", facecolor="none")
    root = drawn(figure)
    lighter = light(root)
    words = [["".join(e.itertext()) for e in one.iter(f"{SVG}text")] for one in (root, lighter)]
    assert words[0] == words[1]
    assert not filled(lighter)
    assert not [e for e in lighter.iter(f"{SVG}g") if not e.attrib]
    assert len(list(lighter.iter())) < len(list(root.iter())) / 2


@pytest.mark.parametrize(
    ("style", "box"),
    [
        ("fill: #000000", (1.0, 2.0, 5.0, 8.0)),
        ("fill: none; stroke: #000000", (0.0, 1.0, 6.0, 9.0)),
        ("stroke: #000000; stroke-width: 2.5", (-1.5, -0.5, 7.5, 10.5)),
    ],
)
def test_a_pen_reaches_beyond_its_outline(style: str, box: tuple[float, ...]) -> None:
    original = ET.fromstring(f'<path xmlns="{SVG[1:-1]}" d="M 0 0 L 4 0 L 4 6 z"/>')
    copy_of_it = ET.fromstring(f'<use xmlns="{SVG[1:-1]}" href="#a" x="1" y="2" style="{style}"/>')
    found = shape(copy_of_it, {"a": original})
    assert found is not None and found.box == box


def test_the_same_figure_gives_the_same_bytes() -> None:
    def once() -> bytes:
        figure = Figure()
        figure.subplots().pcolormesh(np.arange(12).reshape(3, 4))
        return ET.tostring(light(drawn(figure)))

    assert once() == once()


@pytest.mark.parametrize(
    "attribute", ['onclick="x()"', 'transform="scale(2)"', 'filter="url(#f)"', 'class="a"']
)
def test_what_more_is_said_of_a_path_is_kept(attribute: str) -> None:
    path = f'<path d="M 0 0 L 1 0 L 1 1 z" style="fill: #000000" {attribute}/>'
    root = ET.fromstring(f'<svg xmlns="{SVG[1:-1]}">{path}{path}</svg>')
    assert ET.tostring(light(root)) == ET.tostring(root)


def test_a_path_that_is_written_otherwise_stays_as_it_is() -> None:
    path = '<path d="M0,0 l1 0 a 1 1 0 0 0 2 2" style="fill: #000000"/>'
    root = ET.fromstring(f'<svg xmlns="{SVG[1:-1]}">{path}{path}</svg>')
    assert ET.tostring(light(root)) == ET.tostring(root)


def test_a_gradient_is_not_spread_over_two_shapes() -> None:
    path = '<path d="M 0 0 L 1 0 L 1 1 z" style="fill: url(#g)"/>'
    gradient = '<defs><linearGradient id="g"/></defs>'
    root = ET.fromstring(f'<svg xmlns="{SVG[1:-1]}">{gradient}{path}{path}</svg>')
    assert len(list(light(root).iter(f"{SVG}path"))) == 2


def lightened(inside: str) -> ET.Element:
    return light(ET.fromstring(f'<svg xmlns="{SVG[1:-1]}">{inside}</svg>'))


def tags(root: ET.Element) -> list[str]:
    return [element.tag.removeprefix(SVG) for element in root.iter()][1:]


SQUARE = '<path d="M {0} 0 L {0} 1 L {1} 1 L {1} 0 z" style="fill: #000000"/>'
ONE, TWO = SQUARE.format(0, 1), SQUARE.format(2, 3)


def test_what_is_defined_stays_as_long_as_something_refers_to_it() -> None:
    inner = '<clipPath id="a"><rect/></clipPath><clipPath id="b"><rect/></clipPath>'
    root = lightened(f'<defs>{inner}</defs><g clip-path="url(#a)">{ONE}<text/></g>')
    assert tags(root) == ["defs", "clipPath", "rect", "g", "path", "text"]
    assert root[0][0].get("id") == "a"
    assert tags(lightened(f"<g><defs>{inner}</defs>{ONE}</g>")) == ["path"]


def test_names_stay_where_something_links_to_them() -> None:
    root = lightened('<a href="#here"/><g id="here"><text id="there"/></g>')
    assert [element.get("id") for element in root.iter()] == [None, None, "here", None]


def test_shapes_with_something_between_them_stay_apart() -> None:
    assert tags(lightened(ONE + TWO)) == ["path"]
    assert tags(lightened(f"{ONE}<text/>{TWO}")) == ["path", "text", "path"]
    assert tags(lightened(f"{ONE}<g opacity='0.5'>{TWO}{TWO}</g>"))[:2] == ["path", "g"]
    assert tags(lightened(f"<g>{ONE}</g><g><g>{TWO}</g></g><g/>")) == ["path"]


def test_a_definition_between_shapes_parts_them_not() -> None:
    clip = '<clipPath id="a"><rect/></clipPath>'
    root = lightened(f'{ONE}<defs>{clip}</defs>{TWO}<g clip-path="url(#a)"><text/></g>')
    assert tags(root) == ["defs", "clipPath", "rect", "path", "g", "text"]
