"""A bar over each character, on one scale, and no character lost at a row's end."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from snippets.plots.drawings.surprisal import rows_of, surprisal_drawing
from snippets.plots.house.style import PALETTE
from tests.snippets.plots.drawings.reading import (
    assert_tidy,
    boxes,
    parts,
    text_boxes,
    texts_at,
    words,
)
from tests.snippets.plots.laws import both

TEXT = "To be, or not"
BITS = [4.0, 1.0, 2.0, 8.0, 0.5, 0.0, 1.0, 3.0, 1.0, 1.0, 2.0, 1.0, 0.5]


def draw(text: str = TEXT, bits: list[float] = BITS, **options: Any) -> Figure:
    return surprisal_drawing(text, bits, unit="bits", title="Surprise", **options)


def test_each_bar_is_as_tall_as_its_number() -> None:
    found = boxes(draw(marked=[0, 3]))
    tallest = found[3][2]
    assert [height / tallest * 8 for _, _, height in found] == pytest.approx(BITS)
    assert [place for place, (colour, _, _) in enumerate(found) if colour == "orange"] == [0, 3]
    assert len({width for _, width, _ in found}) == 1


def test_each_character_stands_under_its_bar_and_can_be_seen() -> None:
    letters = [word for word in words(draw()) if len(word) == 1 and not word.isdigit()]
    assert "".join(letters) == TEXT.replace(" ", "␣")


def test_a_long_text_goes_on_in_the_next_row() -> None:
    rising = [1.0 + number for number in range(6 * len(TEXT))]
    figure = draw(TEXT * 6, rising, marked=[70])
    found = boxes(figure)
    assert [height / found[-1][2] * rising[-1] for _, _, height in found] == pytest.approx(rising)
    assert [place for place, (colour, _, _) in enumerate(found) if colour == "orange"] == [70]
    letters = [word for word in words(figure) if len(word) == 1 and not word.isdigit()]
    assert "".join(letters) == (TEXT * 6).replace(" ", "␣")
    places = [text.get_position()[1] for text in figure.axes[0].texts if text.get_text() == "T"]
    assert len(places) == 6 and len(set(places)) == 2
    assert len(boxes(figure)) == 6 * len(TEXT)


@pytest.mark.parametrize(
    ("most", "numbers"),
    [(8.0, ["0", "5"]), (6.0, ["0", "2", "4", "6"]), (1.5, ["0", "0.5", "1", "1.5"])],
)
def test_the_scale_is_that_of_the_bars(most: float, numbers: list[str]) -> None:
    figure = draw("ab", [most, 0.0])
    height = {text.get_text(): text.get_position()[1] for text in figure.axes[0].texts}
    assert [said for said in height if said[0].isdigit()] == numbers
    per_bit = boxes(figure)[0][2] / most
    for said in numbers:
        assert height["0"] - height[said] == pytest.approx(float(said) * per_bit)


@pytest.mark.parametrize("width", [3, 8, 40])
def test_rows_break_between_words(width: int) -> None:
    text = "So fair and foul\na day I have not seen"
    rows = rows_of(text, width)
    assert "".join(rows) == text
    assert all(len(row) <= max(width, len("seen ") + 1) for row in rows)
    assert all(row[-1].isspace() for row in rows[:-1])


@pytest.mark.parametrize(
    ("text", "bits", "options", "message"),
    [
        ("ab", [1.0], {}, "1 bars over 2 characters"),
        ("a" * 151, [1.0] * 151, {}, "151 characters, at most 150"),
        ("ab", [1.0, -2.0], {}, "from -2 to 1"),
        ("ab", [0.0, 0.0], {}, "from 0 to 0"),
        ("ab", [1.0, 2.0], {"marked": [2]}, r"marked places \[2\]"),
        ("", [], {}, "shape"),
    ],
)
def test_refusals(text: str, bits: list[float], options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        draw(text, bits, **options)


@pytest.mark.parametrize("most", [1.2, 9.0, 70.0])
def test_bars_stand_on_a_line_over_their_characters(most: float) -> None:
    text = TEXT * 5
    bits = [most * (1 + number) / len(text) for number in range(len(text))]
    for drawn in both(draw(text, bits)):
        assert_tidy(drawn, below=14)
        bars, (axes,) = parts(drawn), drawn.axes
        pitch = bars[1].x0 - bars[0].x0
        width = int((axes.get_xlim()[1] - bars[0].x0 + 1) / pitch)
        rows = rows_of(text, width)
        zeros = [y for _, y in texts_at(drawn, "0")]
        assert len(zeros) == len(rows)
        letters = [t for t in text_boxes(drawn) if t.get_text() in {*text, "␣"}]
        starts = [bars[sum(map(len, rows[:row]))].x0 for row in range(len(rows))]
        assert starts == pytest.approx([starts[0]] * len(rows)) and starts[0] > 0
        at = 0
        for row, zero in zip(rows, zeros, strict=True):
            for place in range(len(row)):
                bar = bars[at]
                assert bar.y1 == pytest.approx(zero)
                assert bar.x0 == pytest.approx(starts[0] + pitch * place)
                x, y = letters[at].get_position()
                assert x == pytest.approx((bar.x0 + bar.x1) / 2) and 0 < y - zero < 13
                at += 1
        lines = [np.asarray(line.get_xydata()).tolist() for line in axes.lines]
        assert {tuple(y for _, y in line) for line in lines} >= {(zero, zero) for zero in zeros}
        longest = max(map(len, rows))
        for (left, low), (right, high) in lines:
            assert low == high and left < bars[0].x0
            assert right == pytest.approx(left + pitch * longest)
        assert texts_at(drawn, "bits")[0][1] < min(bar.y0 for bar in bars) - 6


def test_the_longest_text_can_be_drawn_and_no_place_below_the_first_be_marked() -> None:
    assert draw("a b" * 50, [1.0] * 150)
    with pytest.raises(ValueError, match=r"marked places \[-1\]"):
        draw(marked=[-1])


def test_a_word_goes_on_in_its_row_as_long_as_it_fits() -> None:
    assert rows_of("ab cd ef", 6) == ["ab cd ", "ef"]
    assert rows_of("ab cd ef", 5) == ["ab ", "cd ef"]
    assert rows_of("  ab", 9) == ["  ab"] and rows_of("abcdef", 3) == ["abcdef"]


def test_numbers_of_the_scale_end_left_of_the_bars_and_its_lines_lie_behind() -> None:
    for drawn in both(draw(TEXT * 5, BITS * 5)):
        first = min(bar.x0 for bar in parts(drawn))
        for text, box in text_boxes(drawn).items():
            if text.get_text() in {"0", "5"}:
                assert box.x0 >= 0 and 2 < first - box.x1 < 9
                assert text.get_color() == PALETTE["muted"]
        axes = drawn.axes[0]
        lines, bars = axes.lines, axes.patches
        assert max(line.get_zorder() for line in lines) < min(bar.get_zorder() for bar in bars)


def test_what_cannot_be_seen_is_written_pale() -> None:
    colours = {text.get_text(): text.get_color() for text in draw("a b", [1, 2, 1]).axes[0].texts}
    assert colours["␣"] == PALETTE["muted"] and colours["a"] == PALETTE["ink"]
