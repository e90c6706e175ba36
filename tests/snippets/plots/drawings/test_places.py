"""The picture of a batch: a bar per request and gap, as long as it takes, on one scale."""

import pytest

from snippets.plots.drawings.places import places_drawing
from tests.snippets.plots.drawings.reading import boxes, words

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
