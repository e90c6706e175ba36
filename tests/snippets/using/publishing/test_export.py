"""An exported folder opens without us: the same logits, the same text, and never half of it."""

import errno
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, AutoTokenizer

from snippets.foundations.tokenizers import CharTokenizer
from snippets.inference.generation import complete
from snippets.training import files
from snippets.training.checkpoint import load_trained, save
from snippets.transformer.minigpt import MiniGPT
from snippets.using.publishing import export
from snippets.using.publishing.export import tokenizer_file
from snippets.using.publishing.interop import to_transformers
from tests.snippets.using.publishing.test_interop import GPT2, LLAMA, QWEN, minigpt

ROOT = Path(__file__).parents[4]
CLOSE = {"rtol": 1e-5, "atol": 1e-5}
CHARACTERS = "\n !',.:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ODD = " .  ,it ' s\n\n\n:Ah  \n \n"  # everything that a clean-up of spaces would touch
MESSAGES = [
    {"role": "system", "content": "Enter a ghost."},
    {"role": "user", "content": " Who is there?\n"},
    {"role": "assistant", "content": "Nay, answer me."},
    {"role": "user", "content": "Long live the king!"},
]
CHAT = (
    "SYSTEM:\nEnter a ghost.\n\nUSER:\nWho is there?\n\nASSISTANT:\nNay, answer me.\n\n"
    "USER:\nLong live the king!\n\n"
)


@pytest.fixture(scope="module")
def trained():
    return load_trained()


@pytest.fixture(scope="module")
def folder(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model"
    export.export(*trained, path, "# A card\n")
    return path


@pytest.fixture(scope="module")
def theirs(folder):
    return AutoModelForCausalLM.from_pretrained(folder)


@pytest.fixture(scope="module")
def their_tokenizer(folder):
    return AutoTokenizer.from_pretrained(folder)


def characters_of(tokenizer):
    return st.text(st.sampled_from(tokenizer.characters), max_size=200)


def small(config=QWEN, characters=CHARACTERS):
    tokenizer = CharTokenizer(characters)
    return minigpt(replace(config, vocab_size=tokenizer.vocab_size)), tokenizer


def test_the_trained_model_has_the_same_logits(trained, theirs):
    ours, tokenizer = trained
    context = ours.config.context
    ids = torch.tensor([tokenizer.encode((CHAT * context)[:context]), [5] * context])
    with torch.no_grad():
        expected = ours(ids)
        difference = (theirs(ids).logits - expected).abs().max()
    assert difference < 1e-5 * expected.abs().max()  # rounding grows with the logits
    assert theirs.dtype == torch.float32


@pytest.mark.parametrize("config", [GPT2, LLAMA, QWEN], ids=["gpt2", "llama", "qwen"])
def test_each_family_opens_without_a_word(config, tmp_path, capfd):
    ours, tokenizer = small(config)
    export.export(ours, tokenizer, tmp_path / "model")
    theirs, info = AutoModelForCausalLM.from_pretrained(
        tmp_path / "model", output_loading_info=True
    )
    assert not any(info.values()), "every weight is in the file, under its name"
    ids = torch.tensor([tokenizer.encode("Who is there?")])
    with torch.no_grad():
        torch.testing.assert_close(theirs(ids).logits, ours(ids), **CLOSE)
    theirs.generate(ids)
    said = capfd.readouterr().err
    assert "Loading weights" in said and "token_id" not in said and "warn" not in said.lower()
    stored = safetensors.torch.load((tmp_path / "model" / "model.safetensors").read_bytes())
    assert ("lm_head.weight" in stored) is not config.tie_weights


def test_greedy_text_is_the_same(trained, theirs, their_tokenizer):
    ours, tokenizer = trained
    inputs = their_tokenizer("ROMEO:\n", return_tensors="pt")
    ids = theirs.generate(**inputs, do_sample=False, temperature=None)[0]
    context = ours.config.context
    assert len(ids) == context, "generate stops where the context is full"
    expected = complete(ours, tokenizer, "ROMEO:\n", context - 7, temperature=0)
    assert their_tokenizer.decode(ids) == expected


def talker():
    """A model that looks at the last character only: after a line's end it ends another line, after
    others it writes anything, a line's end one time in about ten.
    """
    tokenizer = CharTokenizer(CHARACTERS)
    size, (end,) = tokenizer.vocab_size, tokenizer.encode("\n")
    config = replace(QWEN, vocab_size=size, context=256, d_model=64, tie_weights=False)
    model = MiniGPT(config)
    with torch.no_grad():
        for parameter in model.blocks.parameters():
            parameter.zero_()  # they add nothing to the stream
        model.embedding.weight.copy_(torch.eye(size, config.d_model))
        model.head.weight.zero_()  # (V, C); the norm makes a one into sqrt(C) = 8
        model.head.weight[end] = 1.5 / 8
        model.head.weight[end, end] = 40 / 8
    return model, tokenizer


def test_generate_samples_by_default_and_can_stop_at_the_end_of_a_speech(tmp_path):
    """With a model of which we know that its speeches end."""
    export.export(*talker(), tmp_path / "model")
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    inputs = tokenizer("ROMEO:", return_tensors="pt")
    torch.manual_seed(0)
    texts = {tokenizer.decode(theirs.generate(**inputs)[0]) for _ in range(3)}
    assert len(texts) == 3
    for _ in range(3):
        ids = theirs.generate(**inputs, stop_strings="\n\n", tokenizer=tokenizer)[0]
        text = tokenizer.decode(ids)
        assert text.endswith("\n\n") and text.count("\n\n") == 1


def test_a_prompt_longer_than_the_context_is_refused(trained, theirs, their_tokenizer):
    context = trained[0].config.context
    inputs = their_tokenizer("a" * (context + 9), return_tensors="pt")
    with pytest.raises(ValueError, match=f"is {context + 9}, but `max_length` is set to {context}"):
        theirs.generate(**inputs)


def test_the_tokenizer_file_says_the_same_as_ours(trained, folder, their_tokenizer):
    _, ours = trained
    bare = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert bare.get_vocab() == ours.ids == their_tokenizer.get_vocab()

    @given(characters_of(ours))
    def same(text):
        ids = ours.encode(text)
        assert bare.encode(text).ids == ids
        assert their_tokenizer(text)["input_ids"] == ids
        assert bare.decode(ids) == text
        assert their_tokenizer.decode(ids) == text

    same()
    for text in (ODD, "", " ", "\n", ours.characters[0], "".join(ours.characters)):
        assert their_tokenizer.decode(their_tokenizer(text)["input_ids"]) == text


@given(st.data())
def test_so_does_that_of_any_vocabulary(data):
    characters = st.characters(exclude_categories=["Cs"])  # half of a surrogate pair is no text
    ours = CharTokenizer(sorted(data.draw(st.sets(characters, min_size=1, max_size=40))))
    theirs = Tokenizer.from_str(tokenizer_file(ours).to_str())
    text = data.draw(characters_of(ours))
    assert theirs.encode(text).ids == ours.encode(text)
    assert theirs.decode(ours.encode(text)) == text


@pytest.mark.parametrize("text", ["café", "naïve", "ROMEO\t", "😀", "<unk>"])
def test_an_unknown_character_is_an_error_and_never_left_out(text, trained, their_tokenizer):
    with pytest.raises(ValueError, match="is not in the vocabulary"):
        trained[1].encode(text)
    with pytest.raises(Exception, match=r"Missing \[UNK\] token"):
        their_tokenizer(text)


def test_ids_come_with_what_the_model_takes_and_no_more(their_tokenizer):
    assert set(their_tokenizer("To be")) == {"input_ids", "attention_mask"}


def test_the_chat_template_is_a_play(trained, their_tokenizer):
    apply = their_tokenizer.apply_chat_template
    assert apply(MESSAGES, tokenize=False) == CHAT
    assert apply(MESSAGES, tokenize=False, add_generation_prompt=True) == CHAT + "ASSISTANT:\n"
    ids = apply(MESSAGES, add_generation_prompt=True)["input_ids"]
    assert ids == trained[1].encode(CHAT + "ASSISTANT:\n")


def test_an_answer_ends_where_the_speech_ends(their_tokenizer):
    prompt = CHAT + "ASSISTANT:\n"
    for written in ("Nay,\nanswer me.", "Nay,\nanswer me.\n\nHAMLET:\nWhat?\n\nASSISTANT:\nNo."):
        message = their_tokenizer.parse_response(written, prefix=prompt)
        assert message["role"] == "assistant" and message["content"] == "Nay,\nanswer me."


def test_a_vocabulary_that_cannot_write_a_play_has_no_chat_template(tmp_path):
    export.export(*small(characters=CHARACTERS.replace(":", "")), tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    assert tokenizer.chat_template is None
    assert tokenizer("To be")["input_ids"]


def test_config_names_the_class_and_the_context(folder, trained):
    config = json.loads((folder / "config.json").read_text())
    assert (
        config["architectures"] == [type(to_transformers(trained[0])).__name__]
        and config["dtype"] == "float32"
    )
    assert config["max_position_embeddings"] == trained[0].config.context
    assert not any("/" in str(value) for value in config.values()), "no path of this machine"


def test_the_same_twice_gives_the_same_bytes_and_replaces_an_export(folder, trained):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert set(before) == export.FILES
    export.export(*trained, folder, "# A card\n")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    model, tokenizer = small()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "novel.txt").write_text("Chapter 1")
    with pytest.raises(ValueError, match=r"holds other files \(novel.txt\)"):
        export.export(model, tokenizer, tmp_path / "notes")
    assert (tmp_path / "notes" / "novel.txt").read_text() == "Chapter 1"


@pytest.mark.parametrize("record", [None, {"val_loss": 1.5}])
def test_a_checkpoint_is_not_written_over(record, tmp_path):
    model, tokenizer = small()
    save(model, tokenizer, tmp_path / "model", record)
    before = {path.name: path.read_bytes() for path in (tmp_path / "model").iterdir()}
    with pytest.raises(ValueError, match="no export"):
        export.export(model, tokenizer, tmp_path / "model")
    assert {p.name: p.read_bytes() for p in (tmp_path / "model").iterdir()} == before


def test_a_checkpoint_is_not_saved_over_an_export(tmp_path):
    model, tokenizer = small()
    export.export(model, tokenizer, tmp_path / "model")
    with pytest.raises(ValueError, match="holds other files"):
        save(model, tokenizer, tmp_path / "model")


def test_a_full_disk_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        export.export(*small(), tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_refusals_come_before_anything_is_written(tmp_path):
    model, tokenizer = small()
    with pytest.raises(ValueError, match="the tokenizer has 3 entries, but vocab_size="):
        export.export(model, CharTokenizer("abc"), tmp_path / "model")
    with pytest.raises(ValueError, match="positions='none'"):
        export.export(MiniGPT(replace(model.config, positions="none")), tokenizer, tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_command_line(tmp_path, capsys):
    save(*small(), tmp_path / "trained", {"val_loss": 1.5, "seed": 7})
    command = [
        sys.executable,
        "-m",
        "snippets.using.publishing.export",
        "--model",
        tmp_path / "trained",
    ]
    words = ["--out", tmp_path / "out", "--licence", "mit"]
    done = subprocess.run([*command, *words], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert {line.split(":")[0] for line in done.stdout.splitlines()} == export.FILES
    assert 'license: "mit"' in (tmp_path / "out" / "README.md").read_text()
    assert "1.500 nats" in (tmp_path / "out" / "README.md").read_text()
    with pytest.raises(SystemExit) as stopped:
        export.main(["--model", str(tmp_path / "nothing"), "--out", str(tmp_path / "out")])
    assert stopped.value.code == 1
    assert "no trained model" in capsys.readouterr().err


def test_loading_needs_none_of_our_code(folder):
    """In another process, from another folder, and without asking the network for anything."""
    code = (
        "import sys, transformers\n"
        "def refuse(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'):\n"
        "        raise SystemExit(f'{event} {arguments}')\n"
        "sys.addaudithook(refuse)\n"
        "model = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[1])\n"
        "tokenizer = transformers.AutoTokenizer.from_pretrained(sys.argv[1])\n"
        "assert not any(name.startswith('snippets') for name in sys.modules)\n"
        "ids = model.generate(**tokenizer('To be', return_tensors='pt'), max_length=9)\n"
        "print(len(tokenizer.decode(ids[0])))\n"
    )
    environment = {"PATH": "", "HOME": str(folder.parent / "nobody")}
    done = subprocess.run(
        [sys.executable, "-c", code, folder],
        cwd=folder.parent,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "9\n", done.stderr


def test_json_is_written_as_people_read_it():
    assert export.as_json({"é": [1]}) == '{\n  "é": [\n    1\n  ]\n}\n'
