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


def part(mathml: str) -> float:
    return length(ET.fromstring(mathml))


SHORT, TALL = "<mi>a</mi>", "<mtext>abcd</mtext>"


def test_a_space_is_as_long_as_it_says() -> None:
    assert part('<mspace width="1.5em"/>') == part('<mspace style="width:1.5em"/>') == 1.5
    assert part('<mspace width="-0.2em"/>') == -0.2
    assert part("<mspace/>") == part("<mo>\u2061</mo>") == part("<mrow/>") == 0


def test_text_is_as_long_as_its_letters_and_a_row_as_its_parts() -> None:
    assert part(TALL) == pytest.approx(4 * part(SHORT))
    assert part(f"<mrow>{SHORT}{TALL}{SHORT}</mrow>") == pytest.approx(6 * part(SHORT))
    assert part("<mtext>  ab\n</mtext>") == pytest.approx(2 * part(SHORT))
    sign, bracket = part("<mo>=</mo>"), part("<mo>(</mo>")
    assert 0 < bracket < part(SHORT) < sign == part("<mo>+</mo>")
    assert part("<mo>lim</mo>") == pytest.approx(3 * part(SHORT))
    root = part(f"<msqrt>{TALL}</msqrt>")
    assert part(TALL) + 0.5 < root == part(f"<mroot>{TALL}</mroot>") < part(TALL) + 1


def test_what_stands_above_one_another_is_as_long_as_the_longest() -> None:
    both = [part(f"<mfrac>{one}{other}</mfrac>") for one, other in ((SHORT, TALL), (TALL, SHORT))]
    assert part(TALL) < both[0] == both[1] < part(TALL) + part(SHORT)
    below, above = (part(f"<{tag}>{SHORT}{TALL}</{tag}>") for tag in ("munder", "mover"))
    assert part(SHORT) < below == above < part(TALL)  # a limit is written smaller
    assert part(f"<munderover>{SHORT}{TALL}{SHORT}</munderover>") == below
    assert part(f"<munderover>{SHORT}{SHORT}{TALL}</munderover>") == below
    assert part(f"<munder>{TALL}{SHORT}</munder>") == part(TALL)


def test_scripts_are_smaller_and_stand_above_one_another() -> None:
    one = part(f"<msub>{SHORT}{TALL}</msub>")
    assert 0.6 * part(TALL) < one - part(SHORT) < 0.8 * part(TALL)
    assert one == part(f"<msup>{SHORT}{TALL}</msup>")
    assert one == part(f"<msubsup>{SHORT}{TALL}{SHORT}</msubsup>")
    assert one == part(f"<msubsup>{SHORT}{SHORT}{TALL}</msubsup>")


def test_a_table_is_as_long_as_the_longest_cells_of_its_columns() -> None:
    def table(*rows: str) -> float:
        cells = ("".join(f"<mtd>{cell}</mtd>" for cell in row) for row in (r.split() for r in rows))
        return part(f"<mtable>{''.join(f'<mtr>{row}</mtr>' for row in cells)}</mtable>")

    wide = table(f"{TALL} {SHORT}")
    assert wide == table(f"{TALL} {SHORT}", f"{SHORT} {SHORT}") == table(f"{SHORT} {TALL}")
    assert wide > part(TALL) + part(SHORT)
    assert table(f"{TALL} {SHORT}", f"{SHORT} {TALL}") > wide
    assert table(SHORT, SHORT, SHORT) == table(SHORT)


def test_a_formula_that_just_fits_is_left_whole() -> None:
    def formula(ems: float) -> str:
        return f'<math><mi>a</mi><mo>=</mo><mspace width="{ems}em"/><mi>b</mi></math>'

    rest = sum(map(length, ET.fromstring(formula(0))))
    for ems, whole in ((FITS - rest, True), (FITS - rest + 0.01, False)):
        assert (breakable(formula(ems)) == formula(ems)) is whole


def gaps(tex: str) -> list[float]:
    return [float(ems) for ems in re.findall(r"word-spacing:(-?[\d.]+)em", shown(tex))]


def test_wide_spaces_part_formulas_and_add_up() -> None:
    name = r"\text{a rather long name}"
    assert gaps(rf"{name} = a \quad {name}") == [0.75]  # the space itself is a quarter
    assert gaps(rf"{name} = a \quad\qquad {name} \qquad {name}") == [2.75, 1.75]
    assert gaps(rf"{name} = a \; {name} \quad") == [0.75]
    assert pieces(rf"\quad {name} = {name}")[-1] == "=a\u00a0rather\u00a0long\u00a0name"
    assert len(pieces(rf"\quad {name} = {name}")) == 2


def test_what_is_within_one_piece_stands_in_no_group() -> None:
    html = shown(r"\text{a rather long name} = \text{another long name}")
    assert html.count('<span class="pk-part">') == 1 and html.count("<wbr>") == 1
    html = shown(r"\text{a rather long name} = \text{another} + \text{name}")
    assert html.count('<span class="pk-part">') == 2 and html.count("<wbr>") == 2
