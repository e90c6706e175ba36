"""Formulas: TeX becomes MathML, bad TeX is refused."""

import pytest

from pagekit.render.tex.maths import MathError, to_mathml

ATTENTION = r"\operatorname{softmax}\left(\frac{QK^\top}{\sqrt{d_k}}\right)V"


def test_display_and_inline_differ() -> None:
    assert '<math display="block">' in to_mathml(ATTENTION, True)
    assert "block" not in to_mathml(ATTENTION, False)
    for part in ("<mfrac>", "<msqrt>", "softmax"):
        assert part in to_mathml(ATTENTION, False)


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{aligned} a &= b \\ &= c \end{aligned}",
        r"\begin{pmatrix} 1 & 0 \\ 0 & 1 \end{pmatrix}",
        r"f(x) = \begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}",
        r"x \in \mathbb{R}^{T \times C}, \mathcal{L}, \hat{m}_t, \boldsymbol{\theta}",
        r"\operatorname*{arg\,max}_x \mathbb{E}_{x \sim p}[\lVert x \rVert_2]",
    ],
)
def test_what_chapters_write_can_be_read(tex: str) -> None:
    assert to_mathml(tex, True).endswith("</math>")


@pytest.mark.parametrize(
    ("tex", "says"),
    [
        (r"\frac{1", "Expected closing"),
        (r"\nosuchcommand{1}", r"nosuchcommand"),
        ("{", "Expected closing"),
        (r"\underbrace{x}_{\text{name}}", "leave gaps between"),
    ],
)
def test_bad_tex_is_refused_with_the_reason(tex: str, says: str) -> None:
    with pytest.raises(MathError, match=says):
        to_mathml(tex, False)


def test_the_reason_is_told_without_its_place() -> None:
    with pytest.raises(MathError) as caught:
        to_mathml(r" \frac{1 ", False)
    message = str(caught.value)
    assert message.startswith("this TeX can't be read: Expected closing")
    assert message.endswith(r", in $\frac{1$")


def test_a_prime_may_stand_beside_a_function() -> None:
    mathml = to_mathml(r"s' < \ln p", False)  # whose application is named as HTML does it, not XML
    assert "′" in mathml and "&lt;" in mathml and "msup" not in mathml
