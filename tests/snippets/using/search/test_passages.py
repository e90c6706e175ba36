"""The small library says what is so, and its questions fit their passages."""

import re

from benchmarks.recorded import ROOT
from snippets.foundations.texts.corpus import HELD_OUT
from snippets.transformer.minigpt import MINIGPT
from snippets.using.search.passages import ANSWERED, PASSAGES, UNANSWERED


def test_each_passage_names_a_page_of_the_course():
    assert all((ROOT / "docs" / passage.where).is_file() for passage in PASSAGES)
    assert len({passage.where for passage in PASSAGES}) == len(PASSAGES)


def test_an_answer_stands_in_its_passage():
    text = {passage.where: passage.text for passage in PASSAGES}
    for one in ANSWERED:
        assert re.search(one.right, text[one.source], re.IGNORECASE), one
    assert len(ANSWERED) == 8 and len(UNANSWERED) == 4


def test_what_it_says_of_minigpt_is_so():
    said = PASSAGES[0].text
    numbers = [int(number) for number in re.findall(r"\d+", said)]
    assert numbers == [MINIGPT.vocab_size, MINIGPT.context, MINIGPT.num_layers, MINIGPT.d_model]
    names = PASSAGES[1].text.lower().replace(" ", "-")
    assert all(play in names for play in HELD_OUT) and len(HELD_OUT) == 4
