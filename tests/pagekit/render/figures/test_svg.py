"""A recorded figure on its page: unique, described, light, in the scheme's colours."""

import re
import xml.etree.ElementTree as ET
from io import StringIO

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from pagekit.errors import PageError
from pagekit.render.figures.svg import figure_html, inline_svg


def drawn(figure: Figure) -> str:
    target = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "s"}):
        figure.savefig(target, format="svg", metadata={"Date": None})
    return target.getvalue()


@pytest.fixture(scope="module")
def svg() -> str:
    figure = Figure()
    axes = figure.subplots()
    axes.plot([0, 1, 2], [1.0, 3.0, 2.0], color="#24418d", marker="o")
    axes.pcolormesh([[0.1, 0.9]], cmap="Greys")
    axes.set_title("a < b & c")
    axes.imshow([[0.0, 1.0]])
    return drawn(figure)


def test_ids_are_unique_to_the_figure_and_every_reference_holds(svg: str) -> None:
    one, two = inline_svg(svg, "fig-1", "x"), inline_svg(svg, "fig-2", "x")
    ids = [set(re.findall(r'\bid="([^"]+)"', text)) for text in (one, two)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for text, own in zip((one, two), ids, strict=True):
        references = set(re.findall(r"url\(#([^)]+)\)", text)) | set(
            re.findall(r'href="#([^"]+)"', text)
        )
        assert references <= own


def test_colours_follow_the_scheme_and_fall_back_to_their_own(svg: str) -> None:
    html = inline_svg(svg, "f", "x")
    assert "var(--fig-24418d, #24418d)" in html
    outside = re.sub(r"var\(--fig-[0-9a-f]{6}, #[0-9a-f]{6}\)", "", html)
    assert not re.search(r"#[0-9a-f]{6}\b", re.sub(r'data:image[^"]*', "", outside))


def test_text_is_text_in_the_page_s_own_font(svg: str) -> None:
    root = ET.fromstring(inline_svg(svg, "f", "x"))
    texts = [e for e in root.iter() if e.tag.endswith("text")]
    assert "a < b & c" in ["".join(e.itertext()) for e in texts]
    assert all("DejaVu" not in (e.get("style") or "") for e in texts)


def test_nothing_reaches_beyond_the_figure(svg: str) -> None:
    html = inline_svg(svg, "f", "x")
    for foreign in ("<style", "<metadata", "<?xml", "<!DOCTYPE", "http://purl.org", "<script"):
        assert foreign not in html


def test_a_figure_says_what_it_shows(svg: str) -> None:
    html = figure_html(svg, "f", 'two "lines" & more', "A <em>caption</em>.")
    root = ET.fromstring(html)
    drawing = next(e for e in root.iter() if e.tag.endswith("svg"))
    assert drawing.get("role") == "img"
    assert drawing.get("aria-label") == 'two "lines" & more'
    assert "<figcaption>A <em>caption</em>.</figcaption>" in html


def test_a_line_is_close_set_and_leads_where_it_led() -> None:
    """Fewer bytes, the same commands and numbers (to the hundredth, as the figures are rounded)."""

    def steps(text: str) -> list[str | float]:
        paths = [e for e in ET.fromstring(text).iter() if "24418d" in e.get("style", "")]
        line = next(e.attrib["d"] for e in paths if {"clip-path", "d"} <= e.attrib.keys())
        words = re.findall(r"[A-Za-z]|-?[\d.]+", line)
        return [word if word.isalpha() else round(float(word), 2) for word in words]

    figure = Figure()
    figure.subplots().plot([0, 1, 2], [1.0, 3.0, 2.0], color="#24418d")
    svg = drawn(figure)
    html = inline_svg(svg, "f", "x")
    assert steps(html) == steps(svg)
    assert not re.search(r">\s+<", re.sub(r"<text.*?</text>", "", html, flags=re.S))
    assert len(html) < 0.8 * len(svg)


def test_spaces_within_a_text_stay() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="9pt"><g>\n <text>\n'
        "<tspan>a</tspan> <tspan>b</tspan></text>\n</g></svg>"
    )
    assert "<tspan>a</tspan> <tspan>b</tspan>" in inline_svg(svg, "f", "x")


def drawing(inside: str, attributes: str = "") -> ET.Element:
    space = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return ET.fromstring(inline_svg(f"<svg {space} {attributes}>{inside}</svg>", "f", "Alt"))


@pytest.mark.parametrize(
    ("attributes", "pixels"),
    [
        ('width="72pt" height="9"', "96px"),
        ('width="4.5pt"', "6px"),
        ("", "0px"),
        ('width=""', "0px"),
    ],
)
def test_a_figure_is_as_wide_as_on_paper(attributes: str, pixels: str) -> None:
    root = drawing("<g/>", f'{attributes} version="1.1" viewBox="0 0 1 1"')
    assert f"width: {pixels}; --pk-w: {pixels}" in str(root.get("style"))
    assert root.attrib.keys() == {"viewBox", "role", "aria-label", "style"}


def test_only_ids_that_something_refers_to_stay() -> None:
    root = drawing(
        '<defs><path id="a"/><path id="b"/><path id="c"/></defs><use xlink:href="#a"/>'
        '<g clip-path="url(#c)" onclick="x()" ONLOAD="y()"/><use href="#none"/>'
    )
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert ids == ["f-0", "f-1"]
    uses = [e.get("href") for e in root.iter() if e.tag.endswith("use")]
    assert uses == ["#f-0", "none"] or uses == ["#f-0", "#none"]
    (group,) = (e for e in root if e.tag.endswith("g"))
    assert group.attrib == {"clip-path": "url(#f-1)"}


def test_numbers_are_rounded_to_the_hundredth() -> None:
    root = drawing('<path d="M 1.2345 -2.0000 L 3.999 4.5" transform="scale(0.1234)" id="1.2345"/>')
    (path,) = root
    assert path.attrib == {"d": "M1.23 -2L4 4.5", "transform": "scale(0.12)"}


def test_text_has_the_colour_of_the_page_unless_it_has_one() -> None:
    root = drawing(
        '<text style="font-family: DejaVu; font-size: 9px">a</text>'
        '<text style="fill: #24418d">b</text><text>c</text><path fill="#24418d" stroke="none"/>'
    )
    assert [e.get("style") for e in root][:3] == [
        "fill: currentColor; font-size: 9px",
        "fill: var(--fig-24418d, #24418d)",
        "fill: currentColor",
    ]
    assert root[3].get("fill") == "var(--fig-24418d, #24418d)"


def test_a_figure_stands_in_a_box_with_its_caption_if_there_is_one() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt">\n <g>\n  <path/>\n </g>\n</svg>'
    assert "<figcaption>" not in figure_html(svg, "f", "Alt")
    html = figure_html(svg, "f", 'A "b"', "C")
    assert html.startswith('<figure class="pk-figure"><div class="pk-scroll" tabindex="0"')
    assert 'aria-label="A &quot;b&quot;"' in html and html.endswith(
        "</div><figcaption>C</figcaption></figure>"
    )
    assert "\n" not in html and "<path /></svg>" in html


def test_what_is_not_turned_says_nothing_of_it(svg: str) -> None:
    assert "rotate(-0" in svg and "rotate(-0" not in inline_svg(svg, "f", "x")
    turned = '<svg xmlns="http://www.w3.org/2000/svg"><g transform="rotate(-90 1 2)"/></svg>'
    assert "rotate(-90 1 2)" in inline_svg(turned, "f", "x")


def test_of_two_drawings_a_page_shows_one(svg: str) -> None:
    html = figure_html(svg, "f", "Alt", "C", svg)
    wide, phone = html.split('</div><div class="pk-for-phone">')
    assert wide.startswith('<figure class="pk-figure"><div class="pk-for-wide"><svg')
    assert phone.endswith("</svg></div><figcaption>C</figcaption></figure>")
    ids = [re.findall(r'\bid="([^"]+)"', part) for part in (wide, phone)]
    assert ids[0] and not set(ids[0]) & set(ids[1])
    assert "pk-scroll" not in html


@pytest.mark.parametrize(
    "link", ["http://a.org", "HTTPS://a.org", "mailto:a@b.org", "a.html#b", "../b/", "#c"]
)
def test_a_link_to_a_page_or_a_website_stays(link: str) -> None:
    (anchor,) = drawing(f'<a href="{link}" id="c"><path d="M0"/></a>')
    assert anchor.get("href") == ("#f-0" if link == "#c" else link)


@pytest.mark.parametrize(
    "inside",
    [
        '<a href="ftp://a.org"/>',
        '<a href="&#9;JavaScript:x()"/>',
        '<use href="a.svg#b"/>',
        '<image href="data:image/svg+xml;base64,AA"/>',
        f'<image href="https://a.org/{"x" * 90}"/>',
    ],
)
def test_any_other_link_is_refused_and_told_as_far_as_it_helps(inside: str) -> None:
    with pytest.raises(PageError, match=r"figure refers to '.{5,60}'; link to a page"):
        drawing(inside)


def test_a_picture_that_comes_along_stays() -> None:
    (image,) = drawing('<image href="data:image/jpeg;base64,AA" width="9.12345"/>')
    assert image.attrib == {"href": "data:image/jpeg;base64,AA", "width": "9.12"}


def test_a_drawing_that_is_none_is_refused() -> None:
    with pytest.raises(PageError, match=r"is no SVG \(.+\); run it again"):
        inline_svg("<svg", "f", "x")


def test_titles_and_styles_go_wherever_they_stand() -> None:
    root = drawing("<title>a</title><g class='b'><style>c</style><metadata/><path d='M0'/></g>")
    assert [e.tag.rpartition("}")[2] for e in root.iter()] == ["svg", "g", "path"]
