"""Titles: broken between words where the figure ends, and nowhere else."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextPath

from snippets.plots.house.style import house_style, new_figure
from snippets.plots.house.titles import TITLE_SIZE, balanced, entitle, wrapped

WORDS = st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=12)


@settings(max_examples=30)
@given(WORDS, st.integers(60, 500))
def test_no_word_is_lost_and_no_line_could_take_the_next_word(words: list[str], width: int) -> None:
    lines = wrapped(" ".join(words), width)
    assert " ".join(lines).split() == words
    for line, after in pairwise(lines):
        assert len(wrapped(f"{line} {after.split()[0]}", width)) == 2


@pytest.mark.parametrize("text", ["To be or not", "W M", "i l", "A line of a title, as it is"])
def test_a_line_is_as_wide_as_its_letters(text: str) -> None:
    font = FontProperties(weight="bold", size=TITLE_SIZE)
    width = TextPath((0, 0), text, prop=font).get_extents().width
    assert wrapped(text, width + 0.1) == [text]
    assert len(wrapped(text, width - 0.1)) == 2


def test_no_word_is_left_alone_on_a_title_s_last_line() -> None:
    title = "What is recalled grows with the state, whatever the kind of layer is"
    width = next(width for width in range(250, 500) if wrapped(title, width)[-1] == "is")
    assert list(map(len, balanced(title, width))) == pytest.approx([len(title) / 2] * 2, abs=6)
    assert balanced("One line", 300) == ["One line"]


@settings(max_examples=10)
@given(WORDS, st.integers(60, 500))
def test_balance_takes_no_more_lines_and_none_is_wider(words: list[str], width: int) -> None:
    lines, plain = balanced(" ".join(words), width), wrapped(" ".join(words), width)
    assert " ".join(lines).split() == words and len(lines) == len(plain)
    assert all(wrapped(line, width) == [line] for line in lines if " " in line)


def test_a_narrower_figure_has_more_lines_and_all_of_them_inside() -> None:
    title = "Without the square root of D, attention becomes a hard choice as D grows"
    lines = []
    for width in (6.4, 3.2):
        with house_style():
            figure, (axes,) = new_figure(width, 3)
            entitle(axes, title)
            figure.draw_without_rendering()
        lines.append(axes.get_title(loc="left").count("\n") + 1)
        assert axes.title.get_window_extent().width >= 0
        box = axes._left_title.get_window_extent()  # type: ignore[attr-defined]
        assert box.x1 <= figure.get_figwidth() * figure.dpi
    assert lines[0] < lines[1]


def test_an_apostrophe_is_a_true_one() -> None:
    assert wrapped("GPT-2's vocabulary, 'so'", 500) == ["GPT-2’s vocabulary, 'so'"]


@pytest.mark.parametrize("title", [None, ""])
def test_no_title_takes_no_room(title: str | None) -> None:
    with house_style():
        _, (axes,) = new_figure()
        entitle(axes, title)
    assert axes.get_title(loc="left") == ""


def test_a_dollar_sign_starts_no_formula() -> None:
    assert wrapped("$1 and $2", 500) == ["$1 and $2"]
