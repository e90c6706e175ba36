"""The lab in which readers change a sentence, with other sentences and with mistakes."""

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

from pagekit.labs.source import Cell, read_lab
from pagekit.project import Project

ROOT = Path(__file__).parents[2]
LAB = read_lab(ROOT / "docs" / "labs" / "interactive_lab.py", Project(ROOT))
SENTENCE = re.compile(r"^SENTENCE = .*$", re.MULTILINE)


@pytest.fixture(scope="module")
def loaded() -> dict[str, Any]:
    """The notebook's names after its first cell."""
    names: dict[str, Any] = {}
    run(LAB.code[0].source, names)
    return names


def run(source: str, names: dict[str, Any]) -> str:
    """Run a cell as a notebook does, and give what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(source, "cell", "exec"), names)
    plt.close("all")
    return printed.getvalue()


def cell_with(text: str) -> Cell:
    (found,) = [cell for cell in LAB.code if text in cell.source]
    return found


def with_sentence(cell: Cell, sentence: str) -> str:
    """A cell's code, as it is once a reader has changed the sentence."""
    return SENTENCE.sub(lambda _: f"SENTENCE = {sentence!r}", cell.source)


def worked_through(names: dict[str, Any], sentence: str) -> None:
    for cell in LAB.code[1:]:
        run(with_sentence(cell, sentence), names)


@pytest.mark.parametrize(
    "sentence",
    ["O, what a rogue and peasant slave am I!", "Is it?", "A cat sat there;\nit saw a dog. " * 4],
)
def test_it_runs_from_top_to_bottom_with_another_sentence(
    loaded: dict[str, Any], sentence: str
) -> None:
    worked_through(dict(loaded), sentence)


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("", "too short"),
        ("Ça va?", "'Ç' .* not in the vocabulary"),
        ("word " * 30, "150 characters are more than the 128"),
    ],
)
def test_a_sentence_that_does_not_fit_is_refused_at_once(
    loaded: dict[str, Any], sentence: str, says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        run(with_sentence(LAB.code[1], sentence), dict(loaded))


@pytest.fixture(scope="module")
def done(loaded: dict[str, Any]) -> dict[str, Any]:
    """The notebook's names after all its cells, as it comes."""
    names = dict(loaded)
    for cell in LAB.code[1:]:
        run(cell.source, names)
    return names


# What a reader may put into a cell, and what the failing assert teaches.
WRONG = {
    "no text that is frequent in the plays only": (
        'TEXT = "CLEOPATRA:"', 'TEXT = " keyboard"', "more frequent in the plays"
    ),
    "an empty text": ('TEXT = "CLEOPATRA:"', 'TEXT = ""', "ours needs 0 tokens"),
    "one meaning and the other, exchanged": (
        '"The days grow longer in spring."\nOTHER = "The spring of the clock is broken."',
        '"The spring of the clock is broken."\nOTHER = "The days grow longer in spring."',
        "a part of that",
    ),
    "another head": ("STEP, LAYER, HEAD = -1, 0, 2", "STEP, LAYER, HEAD = 1, 0, 2",
                     "picked from many"),
    "the first place": ("PLACE, NEW = len(SENTENCE) // 2", "PLACE, NEW = 0", "choose a place"),
    "the same character": (
        'len(SENTENCE) // 2, "x"', "9, SENTENCE[9]", "another character for it"
    ),
    "two beginnings exchanged": (
        '"CLEOPATR", "KING HENRY:\\n"', '"KING HENRY:\\n", "CLEOPATR"', "nearly certain once"
    ),
    "two temperatures exchanged": (
        "COLD, HOT, SEED = 0.5, 1.5", "COLD, HOT, SEED = 1.5, 0.5", "further apart"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_an_assert_that_fails_teaches(done: dict[str, Any], name: str) -> None:
    old, new, says = WRONG[name]
    source = cell_with(old).source.replace(old, new)
    with pytest.raises(AssertionError, match=says):
        run(source, dict(done))


def test_letters_made_large_move_nothing_in_minilm(done: dict[str, Any]) -> None:
    cell = cell_with("PLACE, NEW = len(SENTENCE)").source
    with pytest.raises(AssertionError, match="one of capitals only"):
        run(cell.replace('len(SENTENCE) // 2, "x"', '10, "K"'), dict(done))


def test_settings_out_of_range_are_refused_by_name(done: dict[str, Any]) -> None:
    cell = cell_with("temperature=0.8,").source
    for old, new, says in (
        ("top_k=None", "top_k=0", "top_k=0 must be at least 1"),
        ("temperature=0.8", "temperature=-1", "temperature=-1 must be"),
        ("top_p=None", "top_p=0", "top_p=0 must be"),
        ("min_p=None", "min_p=2", "min_p=2 must be"),
        ("repetition_penalty=None", "repetition_penalty=0", "repetition_penalty=0 must be"),
    ):
        assert old in cell
        with pytest.raises(ValueError, match=says):
            run(cell.replace(old, new), dict(done))


def test_what_the_second_solution_says_of_the_heads(done: dict[str, Any]) -> None:
    """In the text, which no cell asserts, since the sentence is the reader's."""
    lines = run(cell_with("for step in (-2, -1, 0, 1, 2)").source, dict(done)).splitlines()
    found = {int(step): (int(layer), int(head), int(share)) for step, layer, head, share in
             (re.findall(r"[+-]?\d+", line) for line in lines)}  # fmt: skip
    assert found[1][:2] == (1, 8) and 50 < found[1][2] < found[-1][2]
    assert found[-1][:2] == (0, 2) and max(found[-2][2], found[2][2]) < 50
