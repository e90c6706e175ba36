"""What a notebook asks of a sentence: laws on the real models, and what is refused."""

import math

import pytest
import torch

from snippets.foundations.subwords.byte_pair import BytePairTokenizer
from snippets.foundations.tokenizers import CharTokenizer
from snippets.transformer.encoders.pretrained import load_minilm
from snippets.using.homework.one_sentence import (
    bert_maps,
    check_sentence,
    encode_bert,
    entropy,
    first_changed,
    share_known,
    token_texts,
    word_in_context,
)

LETTERS = CharTokenizer("abcdefghij k")
SENTENCE = "The children forgot the wretched story."


@pytest.fixture(scope="module")
def bert():
    return load_minilm()


def test_a_sentence_that_fits_gives_its_ids():
    assert check_sentence("a bad cab", LETTERS, 9) == LETTERS.encode("a bad cab")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "'' is too short"),
        ("a", "'a' is too short"),
        ("abcdefghij" * 2, "20 characters are more than the 16 .* after 'efghijabcdef'"),
        ("a9", "'9' .* not in the vocabulary"),
    ],
)
def test_a_sentence_that_does_not_fit_is_refused(text, says):
    with pytest.raises(ValueError, match=says):
        check_sentence(text, LETTERS, 16)


def test_pieces_are_the_text_cut():
    merges = BytePairTokenizer.from_merges([(b"a", b"b"), (b"ab", b"c")])
    assert token_texts(merges, "abcab") == ["abc", "ab"]
    assert token_texts(LETTERS, "ab c") == list("ab c")
    assert token_texts(merges, "é") == ["�", "�"]  # two bytes, neither a character
    assert token_texts(merges, "") == token_texts(LETTERS, "") == []


def test_maps_are_distributions_and_states_are_the_models(bert):
    tokens, states, maps = bert_maps(SENTENCE, *bert)
    assert tokens[0] == "[CLS]" and tokens[-1] == "[SEP]"
    assert maps.shape == (6, 12, len(tokens), len(tokens))
    torch.testing.assert_close(maps.sum(-1), torch.ones(maps.shape[:-1]))
    tokenizer, model = bert
    with torch.no_grad():
        theirs = model(**tokenizer(SENTENCE, return_tensors="pt")).last_hidden_state[0]
    torch.testing.assert_close(states, theirs)


def test_a_words_state_is_that_of_its_pieces(bert):
    tokenizer, model = bert
    tokens, states, _ = bert_maps(SENTENCE, tokenizer, model)
    table = model.get_input_embeddings().weight
    at = tokens.index("children")
    row, state = word_in_context("Children", SENTENCE, tokenizer, model)
    torch.testing.assert_close(state, states[at])
    torch.testing.assert_close(row, table[tokenizer.convert_tokens_to_ids("children")])

    cut = tokenizer.tokenize("wretched")
    assert len(cut) > 1
    row, state = word_in_context("wretched", SENTENCE, tokenizer, model)
    at = tokens.index(cut[0])
    torch.testing.assert_close(state, states[at : at + len(cut)].mean(0))
    torch.testing.assert_close(row, table[tokenizer.convert_tokens_to_ids(cut)].mean(0))


@pytest.mark.parametrize(
    ("word", "count"), [("the", 2), ("child", 0), ("", 0), ("story.", 0), ("zebra", 0)]
)
def test_a_word_must_stand_there_once(bert, word, count):
    with pytest.raises(ValueError, match=f"stands {count} times" if word else "stands"):
        word_in_context(word, SENTENCE, *bert)


def test_a_bert_has_room_for_512_tokens(bert, capsys):
    tokenizer, model = bert
    assert encode_bert(tokenizer, "so " * 510)["input_ids"].shape == (1, 512)
    for text, count in (("so " * 511, 513), ("", 2), (" \n", 2)):
        with pytest.raises(ValueError, match=f"^{count} tokens, .* 3 to 512"):
            bert_maps(text, tokenizer, model)
    assert capsys.readouterr().err == ""


def test_the_first_row_that_changed():
    maps = torch.rand(2, 3, 5, 5)
    for row in (0, 2, 4):
        other = maps.clone()
        other[1, 2, row, 1] += 0.1
        other[0, 0, 4, 4] += 0.1
        assert first_changed(maps, other) == row
        assert first_changed(maps[1, 2], other[1, 2]) == row
    with pytest.raises(ValueError, match="no row differs"):
        first_changed(maps, maps + 1e-7)
    with pytest.raises(ValueError, match="can't be compared"):
        first_changed(maps, maps[..., :4])
    with pytest.raises(ValueError, match="can't be compared"):
        first_changed(maps[0, 0, 0], maps[0, 0, 0])


def test_entropy_goes_from_certain_to_ln_v():
    assert entropy(torch.zeros(3, 8)).tolist() == pytest.approx([math.log(8)] * 3)
    assert float(entropy(torch.tensor([100.0, 0, 0]))) == pytest.approx(0, abs=1e-6)
    p = torch.tensor([0.5, 0.25, 0.25])
    assert float(entropy(p.log())) == pytest.approx(1.5 * math.log(2))


def test_the_share_of_known_words_leaves_out_the_last():
    known = {"to", "be", "'tis"}
    assert share_known("To be, 'tis xy or", known) == 0.75
    assert share_known("To be", known) == 1
    for text in ("", "be", "\n?"):
        with pytest.raises(ValueError, match="no whole word"):
            share_known(text, known)


def test_two_characters_are_a_sentence():
    assert check_sentence("ab", LETTERS, 2) == [0, 1]


def test_a_bert_reads_one_word_and_as_many_as_it_has_positions(bert, monkeypatch):
    tokenizer, _ = bert
    assert encode_bert(tokenizer, "word")["input_ids"].shape == (1, 3)
    monkeypatch.setattr(tokenizer, "model_max_length", 4)
    assert encode_bert(tokenizer, "two words")["input_ids"].shape == (1, 4)
    for text, count in (("three more words", 5), ("", 2)):
        with pytest.raises(ValueError, match=f"{count} tokens, markers included: it needs 3 to 4"):
            encode_bert(tokenizer, text)


def test_a_row_differs_by_more_than_a_hundred_thousandth():
    states = torch.zeros(4, 3)
    for row, step in ((1, 0.8e-5), (2, 1.2e-5)):
        states[row] = step
    assert first_changed(torch.zeros(4, 3), states) == 2
    assert first_changed(torch.zeros(4, 3), states, tolerance=1e-6) == 1
