"""The lab's code on a small Llama from `transformers`, with SmolLM2's own tokenizer."""

import json

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from snippets.foundations.subwords.published_tokenizers import load_smollm2
from snippets.post_training import adapt_smollm2
from snippets.post_training.adapt_smollm2 import chat_ids, main
from snippets.post_training.answers import TEMPERATURE, shares
from snippets.post_training.chat import END
from snippets.post_training.lora import CONFIG, load_adapter
from snippets.post_training.verse import Prompt, prompts
from snippets.using.publishing.interop import from_transformers
from tests.snippets.training.seen_steps import steps_seen


def small_llama():
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=49_152, hidden_size=16, intermediate_size=24, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=1, max_position_embeddings=128,
        tie_word_embeddings=True,
    )  # fmt: skip
    return from_transformers(LlamaForCausalLM(config))


def test_a_conversation_has_the_models_own_tokens():
    tokenizer = load_smollm2()
    example = chat_ids(tokenizer, "Hush.", "Ay.")
    assert tokenizer.decode(example.ids) == (
        "<|im_start|>user\nHush.<|im_end|>\n<|im_start|>assistant\nAy.<|im_end|>"
    )
    assert tokenizer.decode(example.ids[example.answer :]) == "Ay.<|im_end|>"
    assert example.ids[: example.answer] == chat_ids(tokenizer, "Hush.").ids
    assert [example.ids[0], example.ids[-1]] == [1, 2]
    assert 2 not in chat_ids(tokenizer, "<|im_end|>").ids[1:-8]  # what a user writes ends nothing


def test_from_the_command_to_the_adapter(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(adapt_smollm2, "load_gguf", lambda path, context: small_llama())
    monkeypatch.setattr(adapt_smollm2, "TRAINED", 16)
    with steps_seen() as seen:
        assert main(["--out", str(tmp_path / "adapter"), "--steps", "3"]) == 0
    groups = [group for step in seen for group in step.groups]
    assert [(g["initial_lr"], g["weight_decay"]) for g in groups] == [(1e-3, 0.0)] * 3
    printed = capsys.readouterr().out
    assert "before: {'ended'" in printed and "after:  {'ended'" in printed
    config = json.loads((tmp_path / "adapter" / CONFIG).read_text())
    assert config["lora_alpha"] == 2 * config["r"]
    model = small_llama()
    load_adapter(model, tmp_path / "adapter")
    other = small_llama()
    with torch.no_grad():
        other.norm.weight.add_(1)
    with pytest.raises(ValueError, match="adapter of the model"):
        load_adapter(other, tmp_path / "adapter")


def test_answers_to_held_out_instructions_are_judged_with_their_ends(monkeypatch):
    tokenizer, given = load_smollm2(), {}
    end = tokenizer.ids[b"<|im_end|>"]

    def generate(model, ids, length, **more):
        given.update(more, ids=ids)
        said = ["And so, my lord,", "My lord, I say", "Ay"]
        return [
            [*start, *tokenizer.encode(text), *([end] if text != "Ay" else [])]
            for start, text in zip(ids, said, strict=True)
        ]

    monkeypatch.setattr(adapt_smollm2, "generate_batch", generate)
    some = prompts(True)[:3]
    expected = shares(some, [f"And so, my lord,{END}", f"My lord, I say{END}", "Ay"])
    assert adapt_smollm2.asked(None, tokenizer, 3) == expected
    assert expected["ended"] == pytest.approx(2 / 3) and given["stop"] == [end]
    assert given["ids"] == [chat_ids(tokenizer, prompt.text).ids for prompt in some]
    assert len({*given["seeds"]}) == 3 and given["temperature"] == TEMPERATURE


def test_unless_told_otherwise_60_steps_are_taken_of_rank_8(tmp_path, monkeypatch):
    """As the module says; before and after, as many answers are asked for."""
    seen = []
    for name, stub in {
        "load_gguf": lambda path, context: small_llama(),
        "asked": lambda model, tokenizer: None,
        "pairs": lambda held_out: [(Prompt("L", 4), "Like as the waves")] * 1000,
        "pack": lambda some, context: seen.append((len(some), context)),
        "fine_tune": lambda model, rows, settings, optimizers: seen.append(settings) or [],
    }.items():
        monkeypatch.setattr(adapt_smollm2, name, stub)
    assert main(["--out", str(tmp_path / "adapter")]) == 0
    assert seen[0] == (adapt_smollm2.TRAINED, adapt_smollm2.CONTEXT) and seen[1].steps == 60
    assert json.loads((tmp_path / "adapter" / CONFIG).read_text())["r"] == 8
