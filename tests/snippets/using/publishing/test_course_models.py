"""Rows name what the artefacts recorded; a size is what the file of weights holds."""

import json

import pytest
import torch
from safetensors.torch import save_file

from snippets.artefacts import artefact_folder
from snippets.inference.reasoning.arithmetic import load_adder, load_arithmetic
from snippets.modern.diffusion.diffusion_runs import load_diffusion
from snippets.modern.interpretability.induction import load_attention_only
from snippets.modern.multimodal.icon_runs import load_captioner, load_clip, load_icons
from snippets.post_training.rewards.learned_rewards import load_preferences
from snippets.post_training.sft import load_tuned
from snippets.training.checkpoint import training_record
from snippets.training.pronouncing import load_pronouncing
from snippets.using.publishing.course_models import (
    Row,
    adders,
    numbers_of,
    picture_models,
    stored_numbers,
    text_models,
)


def test_numbers_are_counted_from_the_header(tmp_path):
    path = tmp_path / "a.safetensors"
    save_file({"a": torch.rand(2, 3), "b": torch.zeros(()), "c": torch.zeros(0)}, path)
    assert stored_numbers(path) == 7
    tied = torch.rand(2, 3)
    one = {"a": tied, "b": tied.clone(), "c": torch.rand(2, 3), "d": torch.ones(4)}
    save_file(one | {"e": torch.ones(4)}, path)  # vectors may be alike by chance
    assert stored_numbers(path) == 6 + 6 + 4 + 4
    assert (
        stored_numbers(artefact_folder("minigpt") / "model.safetensors")
        == (training_record()["params"])
    )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a pickle", b"\x02" + bytes(7) + b"[]"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.bin is no safetensors file"):
        stored_numbers(path)


def test_the_adders_fail_beyond_what_they_learned():
    rows = adders()
    sizes = load_arithmetic()["seeds"][0]
    for row, name in zip(rows, ("direct", "thinking"), strict=True):
        assert f"{sizes[name]['sizes']['4']:.0%} of unseen sums of 4" in row.result
        assert f"{sizes[name]['sizes']['5']:.0%} of sums of 5" in row.limit
        model = load_adder(name)
        assert row.numbers == sum(p.numel() for p in model.parameters())


def test_sizes_are_those_of_the_models_that_are_loaded():
    rows = {row.name: row.numbers for row in [*text_models(), *picture_models()]}
    icons = load_icons()
    loaded = {
        "Spelling to sound": load_pronouncing()[0],
        "Masked diffusion": load_diffusion()[0],
        "CLIP of icons": load_clip(icons),
        "Captioner of icons": load_captioner(icons),
        "Reward model of verse": load_preferences(load_tuned()[0])[0],
    }
    for name, model in loaded.items():
        assert rows[name] == sum(p.numel() for p in model.parameters()), name
    attention = load_attention_only(2)
    used = {p.data_ptr(): p.numel() for p in attention.state_dict().values()}
    assert rows["Attention alone, two layers"] == sum(used.values())


def test_every_row_has_all_that_a_row_needs():
    rows = [*text_models(), *picture_models()]
    assert len({row.name for row in rows}) == len(rows) == 6
    for row in rows:
        lines = str(row).splitlines()
        assert len(lines) == 4 and f"{row.numbers:,} parameters" in lines[0]
        assert all(row.__dict__.values())


def test_a_row_as_text():
    row = Row("A", 1234, "much", "right: 1%", "little")
    assert str(row) == "A: 1,234 parameters\n  read: much\n  right: 1%\n  limit: little"


def test_a_file_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nothing"):
        numbers_of("minigpt", "nothing.safetensors")
    assert json.loads((artefact_folder("minigpt") / "made.json").read_text())
