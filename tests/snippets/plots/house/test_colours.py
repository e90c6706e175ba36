"""A thing has one colour in the whole course, and a thing without one is refused."""

import pytest

from snippets.plots.house.colours import COLOUR_OF, colours_of
from snippets.plots.house.style import PALETTE, SERIES


def test_every_colour_is_one_for_lines_and_bars() -> None:
    assert set(COLOUR_OF.values()) <= set(SERIES)


def test_a_thing_has_its_colour_in_whatever_company() -> None:
    alone, together = colours_of(["with cache"]), colours_of(["without cache", "with cache"])
    assert alone == [together[1]] == [PALETTE[COLOUR_OF["with cache"]]]
    assert colours_of(["a thing alone"]) == [PALETTE["blue"]]


def test_a_figures_own_colours_come_first() -> None:
    assert colours_of(["a", "b"], {"a": "wine", "b": "teal"}) == [PALETTE["wine"], PALETTE["teal"]]
    assert colours_of(["ours"], {"ours": "violet"}) == [PALETTE["violet"]]


def test_refusals() -> None:
    with pytest.raises(ValueError, match=r"no colour for \['stranger'\]"):
        colours_of(["ours", "stranger"])
    with pytest.raises(ValueError, match=r"\['mauve'\] are no colours"):
        colours_of(["a"], {"a": "mauve"})
    with pytest.raises(ValueError, match="two things of one colour"):
        colours_of(["a", "b"], {"a": "blue", "b": "blue"})
