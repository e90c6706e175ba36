"""What the formulas count is what the transformers library builds, computes and keeps."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from snippets.modern.architecture.families import FAMILIES
from snippets.modern.architecture.model_costs import Architecture, compare, in_words, main
from snippets.transformer.cost import count_parameters, flops_per_token
from snippets.transformer.minigpt import GPT2_SMALL, LLAMA_STYLE, MINIGPT
from snippets.using.publishing.interop_configs import to_gpt2_config, to_llama_config
from tests.snippets.modern.configs import GPT2, LLAMA, QWEN3_MOE, SMALL, T5, build, numel

read = Architecture.from_huggingface
LENGTH = 24


@pytest.mark.parametrize("config", SMALL.values(), ids=SMALL)
def test_parameters_are_those_of_the_library(config: dict[str, Any]) -> None:
    assert read(config).parameters() == numel(build(config))


@pytest.mark.parametrize("config", SMALL.values(), ids=SMALL)
def test_a_configuration_as_the_library_saves_it_says_the_same(config: dict[str, Any]) -> None:
    for fully in (True, False):  # as to_dict says it, and as save_pretrained writes it
        saved = json.loads(build(config).config.to_json_string(use_diff=not fully))
        assert read(saved).parameters() == read(config).parameters()
        assert read(saved).spans == read(config).spans


def test_every_family_is_compared_with_the_library_but_the_one_that_is_not_there() -> None:
    assert {config["model_type"] for config in SMALL.values()} == FAMILIES.keys() - {"jais"}


@pytest.mark.parametrize("config", SMALL.values(), ids=SMALL)
def test_operations_are_those_counted(config: dict[str, Any]) -> None:
    torch.manual_seed(0)
    model, one = build(config, "cpu").eval(), read(config)
    ids = torch.randint(1, 100, (1, LENGTH))
    both = {"decoder_input_ids": ids} if one.stacks == 2 else {}
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(input_ids=ids, use_cache=False, **both)
    ours = LENGTH * one.stacks * one.flops_per_token(LENGTH)
    # The library computes the angles of RoPE as a product: one per token and pair, at most twice.
    assert 0 <= counter.get_total_flops() - ours <= 2 * LENGTH * one.head_size


@pytest.mark.parametrize("config", [GPT2, LLAMA, SMALL["qwen3"], SMALL["mixtral"]])
def test_the_cache_is_as_large_as_that_of_the_library(config: dict[str, Any]) -> None:
    with torch.no_grad():
        kept = build(config, "cpu")(torch.zeros(1, LENGTH, dtype=torch.long), use_cache=True)
    numbers = sum(
        layer.keys.numel() + layer.values.numel() for layer in kept.past_key_values.layers
    )
    assert read(config).kv_cache_bytes(LENGTH, bytes_per_number=1) == numbers


def test_minigpt_gpt2_and_llama_are_counted_as_their_own_chapter_does() -> None:
    pairs = (MINIGPT, to_llama_config), (LLAMA_STYLE, to_llama_config), (GPT2_SMALL, to_gpt2_config)
    for ours, translated in pairs:
        one = read(translated(ours).to_dict())
        assert one.parameters() == count_parameters(ours)
        assert one.flops_per_token(100) == flops_per_token(ours, 100)


def test_memory_is_weights_and_a_cache_for_each_text() -> None:
    one = read(LLAMA)
    assert one.kv_cache_bytes(10) == 10 * 3 * 2 * 2 * 12 * 2  # layers, K and V, heads, size, bytes
    assert one.memory_bytes(10) == 2 * one.parameters() + one.kv_cache_bytes(10)
    assert one.memory_bytes(10, texts=4, bytes_per_weight=0.5) == (
        one.parameters() // 2 + 4 * one.kv_cache_bytes(10)
    )
    assert read(SMALL["bert"]).kv_cache_bytes(10) == 0
    assert read(T5).kv_cache_bytes(10) == 10 * (2 + 2) * 2 * 40 * 2  # own text, and the source


def test_nothing_is_counted_of_no_tokens_texts_or_bytes() -> None:
    one = read(LLAMA)
    for call, said in (
        (lambda: one.flops_per_token(0), "context=0"),
        (lambda: compare([one], context=0), "context=0"),
        (lambda: one.kv_cache_bytes(0), "tokens=0"),
        (lambda: one.kv_cache_bytes(1, bytes_per_number=0), "bytes_per_number=0"),
        (lambda: one.memory_bytes(1, texts=0), "texts=0"),
        (lambda: one.memory_bytes(1, bytes_per_weight=0), "bytes_per_weight=0"),
    ):
        with pytest.raises(ValueError, match=said):
            call()


def test_a_comparison_has_a_line_and_four_dots_for_each() -> None:
    both = [read(LLAMA, "one"), read(QWEN3_MOE, "other")]
    table, figure = compare(both, context=10)
    head, *rows = table.splitlines()
    assert head.split() == ["L", "C", "H/Hkv", "V", "params", "active", "GFLOP", "KiB"]
    assert [row.split()[0] for row in rows] == ["one", "other"]
    assert len(figure.axes) == 4
    drawn = np.asarray(figure.axes[0].lines[0].get_xdata())
    assert drawn.tolist() == [one.parameters() / 1e9 for one in both]
    with pytest.raises(ValueError, match="each with its own name"):
        compare([both[0], both[0]])


@pytest.mark.parametrize(
    ("count", "words"),
    [(830_000, "0.83 M"), (124_439_808, "124 M"), (999_600_000, "1 B"), (8.03e9, "8.03 B"),
     (999_500_000, "1 B"), (999_499_999, "999 M"), (99_500_000, "99.5 M"), (101e6, "101 M"),
     (1.2e12, "1,200 B")],
)  # fmt: skip
def test_counts_as_people_say_them(count: float, words: str) -> None:
    assert in_words(count) == words


def test_the_command_prints_what_the_methods_say(tmp_path, capsys) -> None:
    path = tmp_path / "small" / "config.json"
    path.parent.mkdir()
    path.write_text(json.dumps(LLAMA))
    main([str(path)])
    printed, one = capsys.readouterr().out, read(LLAMA)
    assert printed.startswith("small: 3 layers of width 48,\n4 heads of 12, 2 of keys")
    assert max(map(len, printed.splitlines())) <= 37, "a phone has room for so many characters"
    for number in (one.parameters(), one.flops_per_token(96), one.kv_cache_bytes(96)):
        assert f"{number:,}" in printed


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "config.json: "), ("[1]", "it holds no object"), ("{}", "'model_type' is missing")],
)
def test_the_command_says_what_is_wrong_with_a_file(tmp_path, text: str, message: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(SystemExit, match=message):
        main([str(path)])
    with pytest.raises(SystemExit, match="No such file"):
        main([str(tmp_path / "none.json")])


def test_it_runs_as_a_module(tmp_path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(GPT2))
    command = [sys.executable, "-m", "snippets.modern.architecture", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"{read(GPT2).parameters():,}" in done.stdout and not done.stderr


def test_a_comparison_shows_what_the_methods_say() -> None:
    both = [read(QWEN3_MOE, "mixed"), read(T5, "two stacks")]
    table, figure = compare(both, context=10, title="Two")
    panels = {a.get_xlabel(): [np.asarray(x.get_xdata()).tolist() for x in a.lines]
              for a in figure.axes}  # fmt: skip
    assert panels == {
        "billion parameters": [
            [one.parameters() / 1e9 for one in both],
            [one.active_parameters() / 1e9 for one in both],
        ],
        "width per layer": [[48 / 3, 48 / 5]],
        "GFLOP per token, 10 before": [[one.flops_per_token(10) / 1e9 for one in both]],
        "KiB of KV cache per token": [[one.kv_cache_bytes(1) / 1024 for one in both]],
    }  # fmt: skip
    assert "Two" in {text.get_text() for text in figure.texts}
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == [
        "mixed", "two stacks",
    ]  # fmt: skip
    assert compare(both).table == compare(both, context=8192).table != table
    for row, one in zip(table.splitlines()[1:], both, strict=True):
        assert row.startswith(f"{one.name:17} ")
        cells = row.removeprefix(one.name).split()
        heads, counts = f"4/{one.num_kv_heads}", [one.parameters(), one.active_parameters()]
        words = [word for count in counts for word in in_words(count).split()]
        assert cells[:-2] == [str(one.num_layers), "48", heads, "101", *words]
        assert float(cells[-2]) == pytest.approx(one.flops_per_token(10) / 1e9, rel=0.005)
        assert float(cells[-1]) == pytest.approx(one.kv_cache_bytes(1) / 1024, rel=0.005)


@pytest.mark.parametrize("name", ["qwen3_moe", "t5", "gpt_neo"])
def test_each_line_that_is_printed_has_its_number(name: str) -> None:
    """A T5 has no longest text: its second numbers are those of one token again."""
    one = read(SMALL[name])
    _, _, *lines = str(one).splitlines()
    said = {line[:22].strip(): line[22:].strip() for line in lines}
    length = 1 if name == "t5" else 96
    numbers = {
        "parameters": one.parameters(),
        **{part: count.learned for part, count in one.parts.items() if part != "positions"},
        "active for a token": one.active_parameters(),
        "operations per token": one.flops_per_token(1),
        f"after {length} tokens": one.flops_per_token(length),
        "KV bytes per token": one.kv_cache_bytes(1),
        f"for {length} tokens": one.kv_cache_bytes(length),
        "weights, 2 bytes each": 2 * one.parameters(),
    }
    assert {key: said[key] for key in numbers} == {k: f"{n:,}" for k, n in numbers.items()}
    assert f"{one.num_heads} heads of {one.head_size}, {one.num_kv_heads} of keys" in str(one)
    assert any(line.startswith("positions ") and one.positions in line for line in lines)


def test_bytes_may_be_parts_of_a_byte_and_those_of_the_cache_are_its_own() -> None:
    one = read(LLAMA)
    assert one.kv_cache_bytes(7, bytes_per_number=0.5) * 4 == one.kv_cache_bytes(7)
    both = one.memory_bytes(7, texts=3, bytes_per_weight=1, bytes_per_number=4)
    assert both == one.parameters() + 3 * 2 * one.kv_cache_bytes(7)
    assert one.memory_bytes(7) == one.memory_bytes(7, 1, 2, 2)
    assert read(LLAMA).name == "llama" and read(LLAMA, "mine").name == "mine"


def test_a_file_of_another_name_is_called_by_its_family(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("other.json", "config.json"):  # the second has no folder that could name it
        (tmp_path / name).write_text(json.dumps(LLAMA))
        main([name])
        assert capsys.readouterr().out.startswith("llama: 3 layers")


def test_a_family_that_is_not_known_is_refused_with_a_hint_where_there_is_one() -> None:
    for config, said in (
        ({}, "'model_type' is missing: it says which"),
        ({"model_type": "mamba"}, "'mamba' is not known; known are bert, deepseek_v3"),
        ({"model_type": "gemma3", "text_config": {}}, "known; its text_config is a config"),
    ):
        with pytest.raises(ValueError, match=said):
            read(config)
