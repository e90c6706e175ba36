"""A folder that the transformers library opens: model, tokenizer, and how to sample.

    python -m snippets.using.publishing.export --model build/minigpt --out DIR

`AutoModelForCausalLM.from_pretrained(DIR)` and `AutoTokenizer.from_pretrained(DIR)` load it, with
no network and none of our code, and `transformers serve DIR` answers requests with it.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import safetensors.torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedModel

from snippets.foundations.tokenizers import CharTokenizer
from snippets.training.checkpoint import RECORD, check_replaceable, load, training_record
from snippets.training.files import write_folder
from snippets.transformer.minigpt import MiniGPT
from snippets.using.publishing.interop import to_transformers
from snippets.using.publishing.model_card import model_card

# --8<-- [start:template]
# A conversation in the form of the plays: NAME:, what they say, an empty line. The last lines open
# the answer, if add_generation_prompt asks for one.
CHAT_TEMPLATE = """\
{%- for message in messages -%}
{{ message['role'] | upper + ':\\n' + message['content'] | trim + '\\n\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
{{ 'ASSISTANT:\\n' }}
{%- endif -%}
"""
ITS_CHARACTERS = set("SYSTEM:USER:ASSISTANT:\n")

# How a server finds the answer in what the model writes: up to the empty line that ends a speech.
# Without it, `transformers serve` assumes that a Qwen3 writes in the format of Qwen's chat models.
RESPONSE_TEMPLATE = {
    "defaults": {"role": "assistant"},
    "start_anchor": "ASSISTANT:\n",
    "fields": {"content": {"content": "text"}, "speeches_of_others": {"open": "\n\n"}},
}
# --8<-- [end:template]

FILES = frozenset(
    {
        "config.json",
        "generation_config.json",
        "model.safetensors",
        "README.md",
        "tokenizer.json",
        "tokenizer_config.json",
    }
)


def export(
    model: MiniGPT, tokenizer: CharTokenizer, folder: str | Path, card: str | None = None
) -> None:
    """Writes a folder for `from_pretrained`, replacing an older export; `card` becomes README.md.

    The folder appears all at once or not at all. Raises ValueError for a model that
    `to_transformers` refuses, a tokenizer that does not fit it, or a folder with other files.
    """
    if tokenizer.vocab_size != model.config.vocab_size:
        sizes = f"{tokenizer.vocab_size} entries, but vocab_size={model.config.vocab_size}"
        raise ValueError(f"the tokenizer has {sizes}")
    check_no_checkpoint(Path(folder))
    theirs = to_transformers(model)
    # named_parameters lists a tied tensor once, and so it is stored once.
    weights = {name: p.detach().contiguous() for name, p in theirs.named_parameters()}
    contents: dict[str, str | bytes] = {
        "model.safetensors": safetensors.torch.save(weights, metadata={"format": "pt"}),
        "config.json": model_config(theirs),
        "generation_config.json": generation_config(model.config.context),
        "tokenizer.json": tokenizer_file(tokenizer).to_str(pretty=True),
        "tokenizer_config.json": tokenizer_config(tokenizer, model.config.context),
    }
    if card is not None:
        contents["README.md"] = card
    encoded = {n: c.encode() if isinstance(c, str) else c for n, c in contents.items()}
    check_replaceable(Path(folder), FILES)
    write_folder(Path(folder), encoded)  # (!)


# --8<-- [start:configs]
def model_config(theirs: PreTrainedModel) -> str:
    """config.json: the sizes, and the class that AutoModelForCausalLM is to make."""
    theirs.config.architectures = [type(theirs).__name__]  # (!)
    theirs.config.dtype = "float32"
    return theirs.config.to_json_string()


def generation_config(context: int) -> str:
    r"""generation_config.json: `generate` samples, and stops when the context is full.

    A speech ends with an empty line, which is two tokens, so no single id can mark its end.
    `stop_strings` could, but then `generate` would demand the tokenizer each time it is called. To
    end a speech, pass stop_strings="\n\n" in the call.
    """
    return as_json({"do_sample": True, "temperature": 0.8, "max_length": context})


def tokenizer_config(tokenizer: CharTokenizer, context: int) -> str:
    """tokenizer_config.json: what AutoTokenizer needs besides the tokenizer itself."""
    data: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": context,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,  # or " ." would come back as "."
    }
    if set(tokenizer.characters) >= ITS_CHARACTERS:
        data |= {"chat_template": CHAT_TEMPLATE, "response_template": RESPONSE_TEMPLATE}
    return as_json(data)


# --8<-- [end:configs]


def tokenizer_file(tokenizer: CharTokenizer) -> Tokenizer:
    """The same tokenizer for the tokenizers library, with the same ids for every text.

    A character outside the vocabulary is an error, as in ours: WordLevel raises one unless the
    vocabulary has an entry for unknown tokens, while BPE would silently drop the character.
    """
    theirs = Tokenizer(models.WordLevel(tokenizer.ids))  # (!)
    any_character = Regex(r"[\s\S]")  # unlike ".", also a line break
    theirs.pre_tokenizer = pre_tokenizers.Split(any_character, behavior="isolated")
    theirs.decoder = decoders.Fuse()  # the default would put spaces between the characters
    return theirs


def as_json(data: dict[str, Any]) -> str:
    """JSON in the form in which it is written to a file."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def check_no_checkpoint(folder: Path) -> None:
    """Raise a ValueError if the folder holds our own checkpoint, whose files share some names."""
    if (folder / "config.json").exists() and not (folder / "generation_config.json").exists():
        raise ValueError(f"{folder} holds a model that is no export; choose another folder")


def main(arguments: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Export a trained MiniGPT for transformers.")
    parser.add_argument("--model", type=Path, required=True, help="folder of the trained model")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--licence", help="licence of the weights for the model card, as `mit`")
    parser.add_argument("--language", help="language of the text for the model card, as `en`")
    options = parser.parse_args(arguments)
    try:
        model, tokenizer = load(options.model)
        trained = (options.model / RECORD).exists()
        record = training_record(options.model) if trained else None
        card = model_card(model, options.out.name, record, options.licence, options.language)
        export(model, tokenizer, options.out, card)
    except (ValueError, OSError) as error:
        parser.exit(1, f"{error}\n")
    for file in sorted(options.out.iterdir()):
        print(f"{file.name}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
