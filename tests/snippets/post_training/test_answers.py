"""How answers are asked for, and counted."""

from dataclasses import replace

import pytest
import torch

from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.answers import LONGEST, answer_loss, answers, shares
from snippets.post_training.chat import END, IGNORED, TEMPLATE, examples, render
from snippets.post_training.verse import LETTERS, NUMBERS, Prompt
from snippets.transformer.minigpt import MINIGPT, MiniGPT

TEXTS = "".join(Prompt(letter, n).text for letter in LETTERS for n in NUMBERS)
PLAIN = CharTokenizer(sorted({*"\nd,'y", *TEXTS}))
CHAT = CharTokenizer([*PLAIN.characters, *TEMPLATE.tokens])
PROMPTS = [Prompt("A", 6), Prompt("L", 4), Prompt("A", 6)]


def model_for(tokenizer: CharTokenizer) -> MiniGPT:
    torch.manual_seed(0)
    sizes = replace(MINIGPT, vocab_size=tokenizer.vocab_size, d_model=32, num_layers=1, d_hidden=48)
    return MiniGPT(sizes).eval()


@pytest.mark.parametrize("tokenizer", [PLAIN, CHAT], ids=["base", "chat"])
def test_answers_end_where_the_model_ends_them(tokenizer):
    model = model_for(tokenizer)
    end = tokenizer.ids[END if tokenizer is CHAT else "\n"]
    with torch.no_grad():  # make the end likely
        model.embedding.weight[end] *= 4
    given = answers(model, tokenizer, PROMPTS * 20)
    assert all(END not in answer[:-1] and len(answer) <= LONGEST for answer in given)
    assert any(answer.endswith(END) for answer in given)
    if tokenizer is CHAT:
        assert all(len(a) == LONGEST for a in given if not a.endswith(END))
    else:  # blank lines come before the first that it writes
        assert END not in given and "\n" not in "".join(given)
    assert given == answers(model, tokenizer, PROMPTS * 20)
    assert given != answers(model, tokenizer, PROMPTS * 20, seed=1)


def test_a_base_model_is_shown_text_and_a_tuned_one_the_template(monkeypatch):
    read = []

    def remember(model, ids, *rest, **more):
        read.extend(ids)
        return ids

    monkeypatch.setattr("snippets.post_training.answers.generate_batch", remember)
    answers(model_for(PLAIN), PLAIN, PROMPTS[:1], shown="Aye\n\n")
    answers(model_for(CHAT), CHAT, PROMPTS[:1], shown="Aye\n\n")
    assert PLAIN.decode(read[0]) == f"Aye\n\n{PROMPTS[0].text}\n"
    assert CHAT.decode(read[1]) == render(PROMPTS[0].text)


def test_shares_by_hand():
    given = [f"And heaven shines above.{END}", f"My lord,{END}", "And heven shines"]
    found = shares(PROMPTS, given)
    assert found == {
        "ended": 2 / 3, "words": 2 / 3, "syllables": 1 / 3, "letter": 2 / 3, "all": 1 / 3,
        "copied": 1 / 3,
    }  # fmt: skip


def test_a_line_is_copied_whatever_its_first_letter_was_made_to():
    """In the plays it may stand in the middle of a line, or behind another letter."""
    given = ["Be, or not to be", f"be, or not to be{END}", "Be, or not to bee"]
    assert shares(PROMPTS, given)["copied"] == 2 / 3


def test_shares_need_an_answer_to_each_prompt():
    with pytest.raises(ValueError, match="2 answers to 3 prompts"):
        shares(PROMPTS, ["", ""])
    with pytest.raises(ValueError, match="0 answers to 0 prompts"):
        shares([], [])


def test_the_loss_of_answers_is_a_mean_over_their_tokens():
    model = model_for(CHAT)
    few = examples(CHAT, [(p.text, "And so," * (1 + n)) for n, p in enumerate(PROMPTS)] * 30)
    total, count = 0.0, 0
    for example in few[:3]:
        inputs, targets = (torch.tensor(ids) for ids in example.inputs_and_targets())
        log_p = model(inputs[None])[0].log_softmax(-1)
        learned = targets != IGNORED
        total -= log_p[learned, targets[learned]].sum().item()
        count += int(learned.sum())
    assert answer_loss(model, few) == pytest.approx(total / count, abs=1e-5)
