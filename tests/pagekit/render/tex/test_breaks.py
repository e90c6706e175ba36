"""A long formula may be broken, first between formulas, then at relations, then at signs."""

import re
import xml.etree.ElementTree as ET

import pytest

from pagekit.render.tex.breaks import FITS, breakable, length
from pagekit.render.tex.maths import to_mathml

LONG = r"\operatorname{Attention}(Q, K, V) = \operatorname{softmax}(Q K^\top + M + N) V W_O"


def shown(tex: str) -> str:
    return breakable(to_mathml(tex, True))


def pieces(tex: str) -> list[str]:
    """The text of each piece, in order."""
    found = re.findall(r"<math.*?</math>", shown(tex))
    return [re.sub(r"<[^>]*>|\u2061", "", piece) for piece in found]


def test_a_short_formula_stays_whole() -> None:
    assert shown("y = x + f(x)") == to_mathml("y = x + f(x)", True)


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (LONG, ["Attention(Q,K,V)", "=softmax(QK⊤+M+N)VWO"]),
        (
            r"\text{bytes} = 2 \cdot L \cdot H \cdot D \cdot T \cdot \text{bytes per number}",
            ["bytes", "=2", "⋅L", "⋅H", "⋅D", "⋅T", "⋅bytes\u00a0per\u00a0number"],
        ),
        (
            r"\text{sigmoid} \leftarrow -\text{something} \qquad \text{tanh} \leq (a + b) - c",
            ["sigmoid", "←−something", "tanh", "≤(a+b)", "−c"],
        ),
        (
            r"\text{a longer name} + (b + c)^2 = \text{another long name}",
            ["a\u00a0longer\u00a0name", "+(b+c)2", "=another\u00a0long\u00a0name"],
        ),
    ],
)
def test_pieces_begin_at_relations_and_signs_outside_of_brackets(
    tex: str, expected: list[str]
) -> None:
    assert pieces(tex) == expected


@pytest.mark.parametrize("tex", [LONG, r"\text{a longer name} = b + c \qquad d = \text{and so on}"])
def test_nothing_is_lost_and_the_order_stays(tex: str) -> None:
    whole = re.sub(r"<[^>]*>|\s", "", to_mathml(tex, True)).replace("&ApplyFunction;", "\u2061")
    assert re.sub(r"<[^>]*>|\s", "", shown(tex)) == whole


def test_a_sign_that_begins_a_piece_keeps_its_spaces() -> None:
    root = ET.fromstring(f"<div>{shown(LONG).replace('<wbr>', '<wbr/>')}</div>")
    first = [math[0] for math in root.iter("math")][1:]
    assert first and all(sign.get("form") == "infix" for sign in first)
    assert all(math.get("displaystyle") == "true" for math in root.iter("math"))


def test_a_formula_is_broken_between_its_formulas_first() -> None:
    html = shown(r"\text{alpha} = \text{beta} + \text{c} \qquad \text{delta} = \text{epsilon}")
    groups = html.split('<span style="word-spacing:1.75em"> </span>')
    assert len(groups) == 2
    for group in groups:
        assert group.startswith('<span class="pk-part">') and group.endswith("</span>")


def test_what_has_no_place_to_break_stays_whole() -> None:
    tex = r"\text{a name that is much too long for a line of any phone at all}"
    assert length(ET.fromstring(to_mathml(tex, True))) > FITS
    assert shown(tex) == to_mathml(tex, True)


@pytest.mark.parametrize(
    ("shorter", "longer"),
    [
        (r"\frac{a}{b}", "ab"),
        ("x_i^2", "x_i x^2"),
        ("a b", "a = b"),
        (r"\sum_{i=1}^n x", r"\text{sum}_{i=1}^n + x"),
        (r"\begin{pmatrix} a \\ b \end{pmatrix}", r"\begin{pmatrix} a & b \end{pmatrix}"),
        ("x", r"\sqrt{x}"),
        ("a b", r"a \quad b"),
    ],
)
def test_lengths_are_in_order(shorter: str, longer: str) -> None:
    one, other = (
        length(ET.fromstring(to_mathml(tex, True).replace("&ApplyFunction;", "")))
        for tex in (shorter, longer)
    )
    assert 0 < one < other
