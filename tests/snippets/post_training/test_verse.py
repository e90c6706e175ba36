"""The task: what scans, what a checker accepts, and what is never learned from."""

import pytest

from snippets.foundations.texts.corpus import HELD_OUT, plays
from snippets.post_training.chat import END, TEMPLATE, render
from snippets.post_training.verse import (
    LETTERS,
    MOST,
    NUMBERS,
    Prompt,
    is_held_out,
    line_ends,
    pairs,
    parts,
    prompts,
    reward,
    syllables,
    words_of,
)


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ("If music be the food of love, play on,", {10}),
        ("'Tis", {1}),
        ("'Every' self-same", {4, 5}),
        ("every fire", {3, 4, 5}),
        ("Norweyan", set()),
        ("", {0}),
    ],
)
def test_syllables(line, counts):
    assert syllables(words_of(line)) == counts


HEAVEN = Prompt("A", 6)


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (f"And heaven shines above.{END}", set()),
        ("And heaven shines above.", {"ended"}),
        (f"And heaven\nshines above.{END}", {"ended"}),
        (f"And heaven shines above{END}{END}", {"ended"}),
        (f"And hevven shines above.{END}", {"words", "syllables"}),
        (f"And 8 heaven shines above.{END}", {"words", "syllables"}),
        (f"And heaven is above me.{END}", {"syllables"}),
        (f"The heaven shines above.{END}", {"letter"}),
        (f"and heaven shines above.{END}", {"letter"}),
        (f"'And heaven shines above.'{END}", {"letter"}),
        (END, {"words", "syllables", "letter"}),
        (f"...{END}", {"words", "syllables", "letter"}),
        ("", {"ended", "words", "syllables", "letter"}),
    ],
)
def test_each_check_by_hand(answer, failed):
    found = parts(HEAVEN, answer)
    assert {name for name, passed in found.items() if not passed} == failed
    assert reward(HEAVEN, answer) == 1 - len(failed) / 4


def test_where_a_word_has_two_lengths_either_will_do():
    line = f"Every man{END}"
    assert parts(Prompt("E", 3), line)["syllables"] and parts(Prompt("E", 4), line)["syllables"]


def test_shakespeare_gets_the_full_reward():
    for held_out in (False, True):
        for prompt, answer in pairs(held_out):
            assert reward(prompt, answer + END) == 1.0, (prompt, answer)


def test_no_instruction_and_no_play_is_on_both_sides():
    assert not set(prompts(True)) & set(prompts(False))
    texts = plays()
    learned = "\n".join(text for name, text in texts.items() if name not in HELD_OUT)
    tested = "\n".join(texts[name] for name in HELD_OUT)
    for held_out, text in ((False, learned), (True, tested)):
        assert {prompt for prompt, _ in pairs(held_out)} <= set(prompts(held_out))
        assert all(answer[1:] in text for _, answer in pairs(held_out)[:500])


def test_instructions_are_all_letters_and_lengths_a_quarter_of_them_held_out():
    both = prompts(True) + prompts(False)
    assert len(set(both)) == len(both) == len(LETTERS) * len(NUMBERS)
    assert 0.2 < len(prompts(True)) / len(both) < 0.3
    for place in (0, 1):  # every letter, and every length, is learned with others
        assert {p[place] for p in prompts(True)} == {p[place] for p in prompts(False)}
        assert {p[place] for p in prompts(True)} == {p[place] for p in both}
    assert all(is_held_out(prompt) for prompt in prompts(True))


def test_no_instruction_has_more_answers_than_most_and_no_answer_comes_twice():
    found = pairs(False)
    assert len(found) > 15_000 and len(set(found)) == len(found)
    counts = [sum(p == prompt for p, _ in found) for prompt in prompts(False)]
    assert max(counts) == MOST and min(counts) > 5
    assert pairs(False) == found


def test_every_conversation_fits_the_context_of_minigpt():
    for held_out in (False, True):
        assert max(len(render(p.text, answer)) for p, answer in pairs(held_out)) <= 128


def test_an_instruction_reads_as_one():
    assert Prompt("L", 6).text == "Six syllables that begin with L."
    assert not set("".join(p.text for p in prompts(True))) & set(TEMPLATE.tokens)


def play(*lines):
    return "FIRST:\n" + "\n".join(lines) + "\n"


def test_ends_of_lines_begin_at_a_mark_or_at_the_beginning():
    found = list(line_ends(play("My lord, my gracious lord--to be, or not")))
    assert found == [
        (Prompt("M", 10), "My lord, my gracious lord--to be, or not"),
        (Prompt("M", 8), "My gracious lord--to be, or not"),
        (Prompt("T", 4), "To be, or not"),
    ]


def test_prose_and_unknown_words_are_no_verse():
    assert [*line_ends(play("to be, or not to be"))] == []
    assert [*line_ends(play("Xqzx my lord to be"))] == []
    assert next(line_ends(play("To be, or not to be.")))[0] == Prompt("T", 6)
    long = "To be or not, my lord, to be or not to be with thee, my lord"
    assert len(long) == 60 and Prompt("T", 10) in [prompt for prompt, _ in line_ends(play(long))]
    assert [*line_ends(play(long + "s"))] == []  # 61 characters are prose
