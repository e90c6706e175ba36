"""Wordings that all ask for the same, and what is counted of the answers."""

import pytest

from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.chat import END, TEMPLATE
from snippets.post_training.verse import NUMBERS, Prompt
from snippets.using.prompts import wordings
from snippets.using.prompts.wordings import WAYS, asked_so

PROMPT = Prompt("L", 6)


def test_every_way_names_the_letter_and_the_number_and_they_differ():
    texts = {way(PROMPT) for way in WAYS.values()}
    assert len(texts) == len(WAYS)
    for text in texts:
        assert PROMPT.letter in text and NUMBERS[6] in text.lower()


def test_only_one_way_goes_without_the_template_and_one_has_a_turn_before():
    ends = {name: way(PROMPT).count(END) for name, way in WAYS.items()}
    assert [name for name, count in ends.items() if count == 0] == ["no template"]
    assert [name for name, count in ends.items() if count == 3] == ["one example"]
    for name in ("with please", "no full stop", "letter first"):
        assert WAYS[name](PROMPT) != WAYS["as trained"](PROMPT)


def test_the_answers_are_what_was_written_behind_each_prompt(monkeypatch):
    characters = CharTokenizer([*sorted(map(chr, range(32, 127))), "\n", *TEMPLATE.tokens])
    written = ["Like hounds upon the scent." + END, "My lord" + END, "Like hounds upon the scent."]
    seen = {}

    def generate(model, ids, length, *, stop, seeds, step, temperature):
        seen.update(ids=ids, stop=stop, seeds=list(seeds), step=step)
        return [start + characters.encode(text) for start, text in zip(ids, written, strict=True)]

    monkeypatch.setattr(wordings, "generate_batch", generate)
    monkeypatch.setattr(wordings, "Decoder", lambda model: f"decoder of {model}")
    for way in WAYS.values():
        found = asked_so("a model", characters, way, [PROMPT] * 3)
        assert found == pytest.approx(
            {"ended": 2 / 3, "words": 1, "syllables": 2 / 3, "letter": 2 / 3}
        )
        assert [characters.decode(ids) for ids in seen["ids"]] == [way(PROMPT)] * 3
        assert seen["stop"] == [characters.ids[END]] and len(set(seen["seeds"])) == 3
        assert seen["step"] == "decoder of a model"


def test_no_prompts_are_refused():
    with pytest.raises(ValueError, match="no prompts"):
        asked_so(None, CharTokenizer(["a"]), WAYS["as trained"], [])
