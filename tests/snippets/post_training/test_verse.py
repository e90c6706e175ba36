"""The task: what rhymes, what scans, what a checker accepts, and what is never learned from."""

import re

import pytest

from snippets.foundations.corpus import HELD_OUT, plays
from snippets.post_training.chat import END, TEMPLATE, render
from snippets.post_training.verse import (
    NUMBERS,
    Prompt,
    is_held_out,
    pairs,
    parts,
    prompts,
    reward,
    rhyme_parts,
    rhymes,
    rhyming,
    syllables,
    words_of,
)


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("If music be the food of love, play on,", {10}),
        ("'Tis", {1}),
        ("every", {2, 3}),
        ("every fire", {3, 4, 5}),
        ("Norweyan", set()),
        ("", {0}),
    ],
)
def test_syllables(line, counts):
    assert syllables(words_of(line)) == counts


@pytest.mark.parametrize("pair", ["love above", "light night", "fire desire", "vanity sanity"])
def test_what_rhymes_rhymes_both_ways(pair):
    one, other = pair.split()
    assert rhymes(one, other) and rhymes(other, one)


@pytest.mark.parametrize(
    "pair",
    [
        "love love",  # the same word
        "sea see",  # the same sounds
        "love move",  # to the eye only
        "running king",  # not from the last stressed vowel on
        "love norweyan",  # not in the dictionary
    ],
)
def test_what_does_not_rhyme(pair):
    one, other = pair.split()
    assert not rhymes(one, other) and not rhymes(other, one)


LOVE = Prompt("love", 6)


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (f"And heaven shines above.{END}", set()),
        ("And heaven shines above.", {"ended"}),
        (f"And heaven\nshines above.{END}", {"ended"}),
        (f"And heaven shines above{END}{END}", {"ended"}),
        (f"And hevven shines above.{END}", {"words", "syllables"}),
        (f"And 8 heaven shines above.{END}", {"words", "syllables"}),
        (f"And heaven is above me.{END}", {"syllables", "rhyme"}),
        (f"And heaven shines on love.{END}", {"rhyme"}),
        (END, {"words", "syllables", "rhyme"}),
        ("", {"ended", "words", "syllables", "rhyme"}),
    ],
)
def test_each_check_by_hand(answer, failed):
    found = parts(LOVE, answer)
    assert {name for name, passed in found.items() if not passed} == failed
    assert reward(LOVE, answer) == 1 - len(failed) / 4


def test_shakespeare_gets_the_full_reward():
    for held_out in (False, True):
        for prompt, answer in pairs(held_out)[:300]:
            assert reward(prompt, answer + END) == 1.0, (prompt, answer)


def test_no_rhyme_and_no_line_is_on_both_sides():
    texts = plays()
    learned = "\n".join(text for name, text in texts.items() if name not in HELD_OUT)
    tested = "\n".join(texts[name] for name in HELD_OUT)
    for held_out, text in ((False, learned), (True, tested)):
        for prompt, answer in pairs(held_out)[:500]:
            assert answer[1:] in text
            for word in (prompt.rhyme, words_of(answer)[-1]):
                assert {is_held_out(part) for part in rhyme_parts(word)} == {held_out}
    asked = {part for prompt in prompts(True) for part in rhyme_parts(prompt.rhyme)}
    assert not asked & {part for p in prompts(False) for part in rhyme_parts(p.rhyme)}


def test_a_sixth_of_the_rhymes_is_held_out():
    share = sum(map(is_held_out, rhyming())) / len(rhyming())
    assert 0.13 < share < 0.2


def test_prompts_are_many_different_and_of_even_lengths():
    for held_out, least in ((False, 10_000), (True, 400)):
        found = prompts(held_out)
        assert len(set(found)) == len(found) >= least
        counts = [sum(p.syllables == n for p in found) for n in NUMBERS]
        assert len(set(counts)) == 1
    assert prompts(True) == prompts(True)


def test_every_conversation_fits_the_context_of_minigpt():
    for held_out in (False, True):
        assert max(len(render(p.text, answer)) for p, answer in pairs(held_out)) <= 128


def test_an_instruction_reads_as_one():
    assert LOVE.text == "Rhyme love in six syllables."
    texts = {p.text for p in prompts(True)}
    assert all(re.fullmatch(r"Rhyme [a-z']+ in [a-z]+ syllables\.", text) for text in texts)
    assert not set("".join(texts)) & set(TEMPLATE.tokens)
