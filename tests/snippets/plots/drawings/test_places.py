"""The picture of a batch: a bar per request and gap, as long as it takes, on one scale."""

import pytest

from snippets.plots.drawings import places
from snippets.plots.drawings.places import places_drawing
from tests.snippets.plots.drawings.reading import assert_tidy, boxes, parts, texts_at, words
from tests.snippets.plots.laws import both

ROWS = [[1, 1, 3, None], [2, 2, 2, 2]]


def drawn(schedules):
    figure = places_drawing(schedules, title="A batch")
    return figure, boxes(figure)[:-2]  # the last two are the key


def test_bars_are_as_long_as_what_they_stand_for():
    _, found = drawn({"one": ROWS})
    assert [colour for colour, _, _ in found] == ["blue", "blue", "orange", "blue"]
    unit = (found[3][1] + 1) / 4  # a point parts the bars
    assert [round((width + 1) / unit, 6) for _, width, _ in found] == [2, 1, 1, 4]


def test_schedules_share_one_scale():
    _, found = drawn({"short": [[1, 1]], "long": [[1] * 6]})
    assert 3 * (found[0][1] + 1) == pytest.approx(found[1][1] + 1)


def test_steps_places_and_requests_are_named():
    figure, _ = drawn({"static": ROWS})
    text = words(figure)
    assert "static: 4 steps" in text and {"place 1", "place 2"} <= set(text)
    assert {"1", "2", "3"} <= set(text)


@pytest.mark.parametrize(
    ("schedules", "message"),
    [
        ({}, "no schedule"),
        ({"x": [[1], [1, 2]]}, "'x': 2 places"),
        ({"x": [[1]] * 13}, "13 places"),
        ({"x": [[None]]}, "'x' has no request"),
    ],
)
def test_refusals(schedules, message):
    with pytest.raises(ValueError, match=message):
        places_drawing(schedules, title="A batch")


def test_bars_follow_one_another_and_are_numbered_in_their_middles():
    schedules = {"static": ROWS, "long": [[7] * 8, [None] * 3 + [123] + [5] * 4]}
    figure = places_drawing(schedules, title="A batch")
    runs = [["1", "3", None], ["2"], ["7"], [None, "123", "5"]]
    for drawn in both(figure):
        assert_tidy(drawn)
        *found, request, nobody = parts(drawn)
        left, bars = found[0].x0, iter(found)
        for n, row in enumerate(runs):
            end = left - 1
            for said in row:
                bar = next(bars)
                assert bar.x0 - end == pytest.approx(1)
                end = bar.x1
                middle = pytest.approx(((bar.x0 + bar.x1) / 2, (bar.y0 + bar.y1) / 2))
                assert said is None or any(at == middle for at in texts_at(drawn, said))
            names = texts_at(drawn, f"place {n % 2 + 1}")
            assert any(y == pytest.approx((bar.y0 + bar.y1) / 2) and x < left for x, y in names)
        assert max(bar.x1 for bar in found) == pytest.approx(drawn.axes[0].get_xlim()[1] - 1)
        tops = [found[index].y0 for index in (0, 3, 4, 5)]
        assert tops[1] - tops[0] == pytest.approx(tops[3] - tops[2])
        assert tops[1] - tops[0] == pytest.approx(found[0].height + 1)
        for box, text in ((request, "a request"), (nobody, "nobody")):
            ((x, y),) = texts_at(drawn, text)
            assert y == pytest.approx((box.y0 + box.y1) / 2) and 1 < x - box.x1 < 5
            assert box.width == box.height
        assert texts_at(drawn, "steps →")[0][0] == pytest.approx(left)


def test_a_number_is_left_out_where_its_bar_has_no_room():
    text = words(places_drawing({"x": [[1000, *range(70)], [None] * 71]}, title="A batch"))
    assert "1000" not in text and "12" not in text and "x: 71 steps" in text
    assert "place 12" in words(places_drawing({"x": [[1]] * 12}, title="A batch"))


def test_a_number_has_room_in_seven_points_a_digit(monkeypatch):
    def numbered(request, width):
        # A step of a row of two, beside 44 points for names; a point parts the bars.
        monkeypatch.setattr(places, "page_width", lambda: 44 + 2 * (width + 1))
        return str(request) in words(places_drawing({"x": [[request, None]]}, title="A"))

    assert numbered(5, 7.0) and not numbered(5, 6.5)
    assert numbered(55, 14.0) and not numbered(55, 13.5)


def test_where_nobody_is_the_bar_is_pale_as_the_key_says():
    figure = places_drawing({"x": [[1, None]]}, title="A batch")
    request, nobody, key, pale = [patch.get_facecolor() for patch in figure.axes[0].patches]
    assert request == key and nobody == pale and nobody[3] < request[3] / 2
