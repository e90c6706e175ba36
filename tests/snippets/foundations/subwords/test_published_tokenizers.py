"""Our class with the published files gives the ids of `tokenizers` with the same files."""

from functools import cache

import pytest
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from snippets.foundations.subwords.byte_level import written
from snippets.foundations.subwords.published_tokenizers import (
    load_mistral,
    load_smollm2,
    load_tekken,
)
from snippets.foundations.texts.declaration import LANGUAGES, declaration
from tests.snippets.foundations.varied import varied_strings

smollm2, tekken = cache(load_smollm2), cache(load_tekken)


def same_ids(tokenizer, reference, strings):
    assert len(strings) > 12_000
    for text, theirs in zip(strings, reference.encode_batch(strings), strict=True):
        assert tokenizer.encode(text) == theirs.ids, repr(text)


def model_of(tokenizer, merges):
    vocabulary = {written(token): i for i, token in enumerate(tokenizer.tokens)}
    pairs = [(written(left), written(right)) for left, right in merges]
    return Tokenizer(models.BPE(vocab=vocabulary, merges=pairs))


def test_smollm2s_ids_are_those_of_tokenizers():
    assert smollm2().vocab_size == 49152
    reference = model_of(smollm2(), smollm2().ranks)
    reference.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(False)]
    )
    strings = varied_strings()
    known = [s for s in strings if all(bytes([b]) in smollm2().ids for b in s.encode("utf-8"))]
    same_ids(smollm2(), reference, known)
    for text in set(strings).difference(known):
        with pytest.raises(ValueError, match="is no token"):
            smollm2().encode(text)
    assert reference.encode("a\x04b").ids == smollm2().encode("a") + smollm2().encode("b")


def test_tekkens_ids_are_those_of_tokenizers():
    """Which wants merges: of each token every way to make it of two others."""
    assert tekken().vocab_size == 131072
    tokens = tekken().tokens[1000:]
    known = set(tokens)
    merges = [
        (token[:i], token[i:])
        for token in tokens
        for i in range(1, len(token))
        if token[:i] in known and token[i:] in known
    ]
    reference = model_of(tekken(), merges)
    reference.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(tekken().patterns[0]), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    same_ids(tekken(), reference, varied_strings())


@pytest.mark.parametrize("load", [smollm2, tekken, cache(load_mistral)])
def test_every_language_comes_back_from_its_ids(load):
    for language in LANGUAGES:
        for line in declaration(language).splitlines():
            assert load().decode(load().encode(line)) == line
