"""What is saved comes back the same; what is damaged is named; nothing is half-written."""

import builtins
import errno
import json
import shutil

import pytest
import safetensors.torch
import torch

from snippets.foundations.tokenizers import CharTokenizer
from snippets.training import checkpoint, files
from snippets.training.checkpoint import load, load_trained, save, training_record
from snippets.transformer.minigpt import MiniGPT
from tests.snippets.transformer.test_minigpt import TINY, random_ids, tiny

TOKENIZER = CharTokenizer("abcdefghijklmnopqrstuvwxyz .,:\n")


@pytest.fixture
def folder(tmp_path):
    save(tiny(TINY["gpt2"]), TOKENIZER, tmp_path / "model", {"val_loss": 1.5})
    return tmp_path / "model"


@pytest.mark.parametrize("name", TINY)
def test_what_is_saved_comes_back(name, tmp_path):
    model, ids = tiny(TINY[name]), random_ids(TINY[name], 2, 8)
    save(model, TOKENIZER, tmp_path / "a" / "model")
    again, tokenizer = load(tmp_path / "a" / "model")
    assert again.config == model.config
    assert tokenizer.characters == TOKENIZER.characters
    assert not again.training
    with torch.no_grad():
        assert torch.equal(again(ids), model(ids))


def test_a_tied_table_stays_tied_and_is_stored_once(folder):
    model, _ = load(folder)
    assert model.head.weight is model.embedding.weight
    stored = safetensors.torch.load((folder / "model.safetensors").read_bytes())
    assert "embedding.weight" in stored and "head.weight" not in stored


def test_saving_the_same_twice_gives_the_same_bytes(folder, tmp_path):
    model, tokenizer = load(folder)
    save(model, tokenizer, tmp_path / "b", {"val_loss": 1.5})
    for path in folder.iterdir():
        assert (tmp_path / "b" / path.name).read_bytes() == path.read_bytes()


def test_files_are_read_with_open(folder, monkeypatch):
    opened = []
    real = builtins.open

    def spy(path, *rest, **options):
        opened.append(str(path))
        return real(path, *rest, **options)

    monkeypatch.setattr(builtins, "open", spy)
    load(folder)
    names = {path.rsplit("/", 1)[-1] for path in opened}
    assert {"model.safetensors", "config.json", "tokenizer.json"} <= names


def change_json(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def change_weights(path, change):
    weights = safetensors.torch.load(path.read_bytes())
    change(weights)
    path.write_bytes(safetensors.torch.save(weights))


def truncate(path, share=0.5):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


DAMAGES = {
    "cut weights": ("model.safetensors", truncate, ""),
    "empty weights": ("model.safetensors", lambda p: truncate(p, 0), ""),
    "no weights": ("model.safetensors", lambda p: p.unlink(), "missing"),
    "missing tensor": (
        "model.safetensors",
        lambda p: change_weights(p, lambda w: w.pop("norm.weight")),
        "norm.weight is missing",
    ),
    "extra tensor": (
        "model.safetensors",
        lambda p: change_weights(p, lambda w: w.update(extra=torch.ones(1))),
        "extra is too much",
    ),
    "wrong shape": (
        "model.safetensors",
        lambda p: change_weights(p, lambda w: w.update({"norm.weight": torch.ones(25)})),
        r"norm.weight has shape \(25,\), not \(24,\)",
    ),
    "cut config": ("config.json", truncate, ""),
    "config is a list": ("config.json", lambda p: p.write_text("[]"), ""),
    "config is not UTF-8": ("config.json", lambda p: p.write_bytes(b"\xff\xfe\xfa"), ""),
    "unknown name": ("config.json", lambda p: change_json(p, norm="x"), "layernorm, rmsnorm"),
    "unknown key": ("config.json", lambda p: change_json(p, depth=3), "depth"),
    "size is text": ("config.json", lambda p: change_json(p, d_model="24"), ""),
    "heads do not divide": ("config.json", lambda p: change_json(p, num_heads=5), "num_heads=5"),
    "size is a fraction": ("config.json", lambda p: change_json(p, d_model=24.5), "d_model=24.5"),
    "size is a float": ("config.json", lambda p: change_json(p, context=16.0), "context=16.0"),
    "flag is text": ("config.json", lambda p: change_json(p, bias="no"), "bias='no'"),
    "eps is text": ("config.json", lambda p: change_json(p, norm_eps="tiny"), "norm_eps='tiny'"),
    "dropout is a flag": ("config.json", lambda p: change_json(p, dropout=True), "dropout=True"),
    "part is a list": ("config.json", lambda p: change_json(p, positions=["x"]), "positions"),
    "base below 0": ("config.json", lambda p: change_json(p, rope_base=-1.0), "rope_base=-1.0"),
    "eps is no number": ("config.json", lambda p: change_json(p, norm_eps=float("nan")), "nan"),
    "config asks for more than memory holds": (
        "model.safetensors",
        lambda p: change_json(p.with_name("config.json"), context=10**15),
        "14,616 numbers, and config.json asks for 24,000,000,000,014,232",
    ),
    "config asks for more than twice of what is there": (
        "model.safetensors",
        lambda p: change_json(p.with_name("config.json"), context=626),
        "14,616 numbers, and config.json asks for 29,256",
    ),
    "config asks for twice of what is there": (
        "model.safetensors",
        lambda p: change_json(p.with_name("config.json"), context=625),
        r"positions.table.weight has shape \(16, 24\), not \(625, 24\)",
    ),
    "config asks for a longer table": (
        "model.safetensors",
        lambda p: change_json(p.with_name("config.json"), context=17),
        r"positions.table.weight has shape \(16, 24\)",
    ),
    "nested too deep": ("config.json", lambda p: p.write_text("[" * 10**5), ""),
    "weights are NaN": (
        "model.safetensors",
        lambda p: change_weights(p, lambda w: w["norm.weight"].fill_(float("nan"))),
        r"norm.weight \(torch.float32\) is not made of finite",
    ),
    "weights are infinite": (
        "model.safetensors",
        lambda p: change_weights(p, lambda w: w["norm.bias"][3:4].fill_(float("inf"))),
        "norm.bias .* is not made of finite",
    ),
    "weights are whole numbers": (
        "model.safetensors",
        lambda p: change_weights(p, lambda w: w.update({"norm.weight": torch.ones(24).int()})),
        r"norm.weight \(torch.int32\) is not made of",
    ),
    "tokenizer of numbers": ("tokenizer.json", lambda p: change_json(p, characters=["a", 3]), ""),
    "tokenizer is a list": ("tokenizer.json", lambda p: p.write_text("[]"), ""),
    "no config": ("config.json", lambda p: p.unlink(), "missing"),
    "cut tokenizer": ("tokenizer.json", truncate, ""),
    "small tokenizer": ("tokenizer.json", lambda p: change_json(p, characters=["a"]), "1 entries"),
}


@pytest.mark.parametrize(("name", "damage", "message"), DAMAGES.values(), ids=DAMAGES)
def test_damage_is_named(folder, name, damage, message):
    damage(folder / name)
    with pytest.raises(ValueError, match=f"{name} is damaged: .*{message}.*Train the model again"):
        load(folder)


def test_half_precision_is_no_damage(folder):
    change_weights(
        folder / "model.safetensors", lambda w: w.update({k: v.half() for k, v in w.items()})
    )
    model, _ = load(folder)
    assert {p.dtype for p in model.parameters()} == {torch.float32}


def test_the_course_model_is_found_by_its_variable(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("MINIGPT_DIR", str(folder))
    model, _ = load_trained()
    assert isinstance(model, MiniGPT)
    assert training_record() == {"val_loss": 1.5}
    (folder / "training.json").write_text("{}")
    with pytest.raises(ValueError, match=r"training\.json is damaged"):
        training_record()
    monkeypatch.setenv("MINIGPT_DIR", str(tmp_path / "none"))
    for function in (load_trained, training_record):
        with pytest.raises(
            FileNotFoundError,
            match=r"minigpt\.zip.*python -m snippets.training --out minigpt.*MINIGPT_DIR",
        ):
            function()


def test_without_the_variable_the_nearest_model_is_found(folder, monkeypatch, tmp_path):
    """What lies in the current folder, then what came with the package, then the project's own."""
    package = tmp_path / "site-packages" / "snippets"
    monkeypatch.setattr(checkpoint, "__file__", str(package / "training" / "checkpoint.py"))
    monkeypatch.delenv("MINIGPT_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert checkpoint.trained_folder() == tmp_path / "site-packages" / "build" / "minigpt"
    shutil.copytree(folder, package / "minigpt")
    assert checkpoint.trained_folder() == package / "minigpt"
    (tmp_path / "minigpt").mkdir()  # such as a model that was exported for other programs
    assert checkpoint.trained_folder() == package / "minigpt"
    shutil.copytree(folder, tmp_path / "minigpt", dirs_exist_ok=True)
    assert checkpoint.trained_folder().resolve() == (tmp_path / "minigpt").resolve()
    assert load_trained()[0].config == TINY["gpt2"]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("moment", range(7))
def test_killed_at_any_moment_the_folder_is_whole_or_absent(folder, monkeypatch, moment):
    """Dies at one of the steps that saving takes: a write of one of four files, or a rename."""
    steps = 0

    def step(real):
        def wrapped(*arguments):
            nonlocal steps
            steps += 1
            if steps == moment + 1:
                raise Killed
            return real(*arguments)

        return wrapped

    new = tiny(TINY["llama"])
    with monkeypatch.context() as patch:
        patch.setattr(files.os, "fsync", step(files.os.fsync))
        patch.setattr(files.Path, "rename", step(checkpoint.Path.rename))
        try:
            save(new, TOKENIZER, folder, {"val_loss": 1.0})
            assert moment == 6  # it takes six steps, so the last was not reached
        except Killed:
            assert moment < 6
    if folder.exists():
        assert load(folder)[0].config in (TINY["gpt2"], TINY["llama"])
    save(new, TOKENIZER, folder)  # and the next run goes on, and tidies up
    assert load(folder)[0].config == TINY["llama"]
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_full_disk_leaves_the_old_model(folder, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(tiny(TINY["llama"]), TOKENIZER, folder)
    assert load(folder)[0].config == TINY["gpt2"]
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_a_folder_of_something_else_is_not_replaced(tmp_path, monkeypatch):
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(ValueError, match=r"thesis\.txt"):
        save(tiny(TINY["gpt2"]), TOKENIZER, tmp_path)
    with pytest.raises(ValueError, match="cannot be put in its place"):
        save(tiny(TINY["gpt2"]), TOKENIZER, tmp_path / "thesis.txt")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="cannot be put in its place"):
        save(tiny(TINY["gpt2"]), TOKENIZER, ".")
    assert (tmp_path / "thesis.txt").read_text() == "x"


def test_without_a_record_none_is_written_and_no_number_is_not_written(folder, tmp_path):
    model, tokenizer = load(folder)
    save(model, tokenizer, tmp_path / "plain")
    assert not (tmp_path / "plain" / "training.json").exists()
    with pytest.raises(ValueError, match=r"training\.json is damaged: the file is missing"):
        training_record(tmp_path / "plain")
    with pytest.raises(ValueError, match="JSON compliant"):
        save(model, tokenizer, folder, {"val_loss": float("nan")})
    assert training_record(folder) == {"val_loss": 1.5}


def test_other_programs_are_told_that_the_weights_are_pytorchs(folder):
    with safetensors.safe_open(folder / "model.safetensors", "pt") as file:
        assert file.metadata() == {"format": "pt"}


@pytest.mark.parametrize("record", ["[]", '["val_loss"]', '{"loss": 1}'])
def test_a_record_without_a_loss_is_damaged(folder, record):
    (folder / "training.json").write_text(record)
    with pytest.raises(ValueError, match="val_loss is missing"):
        training_record(folder)
