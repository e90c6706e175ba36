"""Our class with the published files gives the ids of `tokenizers` with the same files."""

import math
from functools import cache

import pytest
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from snippets.foundations.byte_level import written
from snippets.foundations.byte_merging import merge
from snippets.foundations.declaration import LANGUAGES, declaration
from snippets.foundations.published_tokenizers import load_mistral, load_smollm2, load_tekken
from tests.snippets.foundations.varied import varied_strings

smollm2, tekken = cache(load_smollm2), cache(load_tekken)


def same_ids(tokenizer, reference):
    strings = varied_strings()
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
    same_ids(smollm2(), reference)


class Below:
    """The ranks below a limit, so that a token falls into the two that make it."""

    def __init__(self, ranks, limit):
        self.ranks, self.limit = ranks, limit

    def get(self, pair, default, /):
        rank = self.ranks.get(pair, math.inf)
        return rank if rank < self.limit else default


def test_tekkens_ids_are_those_of_tokenizers():
    """With the merges that its tokens imply: the last join that makes each of them."""
    assert tekken().vocab_size == 131072
    merges = []
    for rank, token in enumerate(tekken().tokens[1000:]):
        parts = merge(token, Below(tekken().ranks, rank)) if len(token) > 1 else ()
        if len(parts) == 2:
            merges.append(tuple(parts))
    reference = model_of(tekken(), merges)
    reference.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(tekken().patterns[0]), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    same_ids(tekken(), reference)


@pytest.mark.parametrize("load", [smollm2, tekken, cache(load_mistral)])
def test_every_language_comes_back_from_its_ids(load):
    for language in LANGUAGES:
        for line in declaration(language).splitlines():
            assert load().decode(load().encode(line)) == line
