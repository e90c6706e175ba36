"""Tasks: the right choice stands in the play, the wrong ones don't, and none gives itself away."""

from collections import Counter
from functools import cache

import numpy as np
import pytest

from snippets.foundations.texts.corpus import HELD_OUT, plays
from snippets.training.evaluation.tasks import TASKS, WINDOW, WORD, draw
from snippets.transformer.minigpt import MINIGPT


@cache
def held_out() -> dict[str, str]:
    """Read once, and not while tests are collected."""
    texts = plays()
    return {name: texts[name] for name in HELD_OUT}


@pytest.mark.parametrize("task", TASKS)
def test_only_the_right_choice_stands_in_the_play(task: str) -> None:
    play = held_out()["macbeth"]
    questions = TASKS[task](play, np.random.default_rng(0))
    assert len(questions) > 200
    for question in questions:
        stands = [question.context + choice in play for choice in question.choices]
        assert stands[question.answer] and sum(stands) == 1
        assert len(question.context) == WINDOW
        assert all(WINDOW + len(choice) <= MINIGPT.context + 1 for choice in question.choices)


@pytest.mark.parametrize("task", TASKS)
def test_the_right_choice_is_in_every_place_equally_often(task: str) -> None:
    questions = TASKS[task](held_out()["henry-v"], np.random.default_rng(0))
    places = Counter(question.answer for question in questions)
    expected = len(questions) / len(questions[0].choices)
    assert len(places) == len(questions[0].choices)
    assert all(abs(count - expected) < 4 * expected**0.5 for count in places.values())


def test_the_alphabet_does_not_tell_the_right_line() -> None:
    questions = TASKS["next line"](held_out()["henry-v"], np.random.default_rng(0))
    expected = len(questions) / 4
    for pick in (min, max):
        right = sum(q.choices[q.answer] == pick(q.choices) for q in questions)
        assert abs(right - expected) < 4 * expected**0.5


@pytest.mark.parametrize("task", ["spelling", "word order", "missing word"])
def test_length_does_not_tell(task: str) -> None:
    for question in TASKS[task](held_out()["macbeth"], np.random.default_rng(0)):
        assert len(set(map(len, question.choices))) == 1


def test_two_letters_of_one_word_are_exchanged() -> None:
    for question in TASKS["spelling"](held_out()["macbeth"], np.random.default_rng(0)):
        one, other = question.choices
        changed = [place for place in range(len(one)) if one[place] != other[place]]
        assert changed[1] == changed[0] + 1 and len(changed) == 2
        assert one[changed[0]] == other[changed[1]] and one[changed[1]] == other[changed[0]]
        assert one[changed[0] - 1].isalpha() and one[changed[1] + 1].isalpha()


def test_any_letters_of_any_long_word_may_be_exchanged() -> None:
    numbers, places = [], set()
    for question in TASKS["spelling"](held_out()["macbeth"], np.random.default_rng(0)):
        line = question.choices[question.answer]
        one, other = question.choices
        at = next(place for place in range(len(one)) if one[place] != other[place])
        words = list(WORD.finditer(line))
        [number] = [n for n, word in enumerate(words) if word.start() < at < word.end()]
        numbers += [number] if len(words) > 1 else []
        places.add(at - words[number].start())
    assert 0.4 < np.mean(np.array(numbers) > 0) < 0.7
    assert {1, 2, 3, 4, 5} <= places


def plain_pairs(words: list[str]) -> list[int]:
    """Where two different neighbours are of lower-case letters alone."""
    plain = [word.isalpha() and word.islower() for word in words]
    pairs = range(len(words) - 1)
    return [n for n in pairs if plain[n] and plain[n + 1] and words[n] != words[n + 1]]


def test_any_two_plain_neighbours_may_be_exchanged() -> None:
    numbers = []
    for question in TASKS["word order"](held_out()["macbeth"], np.random.default_rng(0)):
        one, other = (choice.split(" ") for choice in question.choices)
        at = next(place for place in range(len(one)) if one[place] != other[place])
        pairs = plain_pairs(question.choices[question.answer].split(" "))
        numbers += [pairs.index(at)] if len(pairs) > 1 else []  # and it is one of them
    assert 0.4 < np.mean(np.array(numbers) > 0) < 0.9


@pytest.mark.parametrize(("task", "least"), [("missing word", 300), ("next speaker", 15)])
def test_wrong_choices_come_from_all_of_the_play(task: str, least: int) -> None:
    wrong = {
        choice.partition(" ")[0]
        for question in TASKS[task](held_out()["macbeth"], np.random.default_rng(0))
        for place, choice in enumerate(question.choices)
        if place != question.answer
    }
    assert len(wrong) > least


def test_two_words_are_exchanged() -> None:
    for question in TASKS["word order"](held_out()["macbeth"], np.random.default_rng(0)):
        one, other = (choice.split(" ") for choice in question.choices)
        changed = [place for place in range(len(one)) if one[place] != other[place]]
        assert Counter(one) == Counter(other) and len(changed) == 2
        assert one[0] == other[0]


def test_speakers_are_names_of_the_play() -> None:
    play = held_out()["macbeth"]
    for question in TASKS["next speaker"](play, np.random.default_rng(0)):
        assert all(f"\n\n{name}" in play and name.isupper() for name in question.choices)


def test_a_draw_is_shared_out_evenly_and_can_be_repeated() -> None:
    drawn = draw(TASKS["next line"], held_out(), 40, seed=3)
    assert drawn == draw(TASKS["next line"], held_out(), 40, seed=3)
    assert drawn != draw(TASKS["next line"], held_out(), 40, seed=4)
    for number, play in enumerate(held_out().values()):
        own = drawn[10 * number : 10 * number + 10]
        places = [play.index(question.context) / len(play) for question in own]
        assert min(places) < 0.4 and max(places) > 0.6


def test_no_question_is_drawn_twice() -> None:
    drawn = draw(TASKS["next speaker"], held_out(), 4 * 200)
    assert len(set(drawn)) == len(drawn)


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="41 questions can't be shared out over 4 plays"):
        draw(TASKS["next line"], held_out(), 41)
    with pytest.raises(ValueError, match="0 plays"):
        draw(TASKS["next line"], {}, 4)
    with pytest.raises(ValueError, match="short yields 0 questions, not 1"):
        draw(TASKS["next line"], {"short": "ROMEO:\nAy me!\n\n"}, 1)
