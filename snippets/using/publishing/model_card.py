"""A model card: what a model is, where it came from, and what not to expect of it."""

import json
from typing import Any

from snippets.transformer.minigpt import MiniGPT, count_parameters


def model_card(
    model: MiniGPT,
    name: str,
    record: dict[str, Any] | None = None,
    licence: str | None = None,
    language: str | None = None,
) -> str:
    """README.md for a published model: YAML for machines, then Markdown for people.

    It gathers those sections of Mitchell et al. 2019 (section 4) that apply. `record` is what
    `training_record` returns: what is missing from it is left off the card. A licence goes by its
    name on hubs (`mit`), a language by its code (`en`).
    """
    c = model.config
    head = ["library_name: transformers", "pipeline_tag: text-generation"]
    for key, value in {"language": language, "license": licence}.items():
        if value is not None:
            head.append(f"{key}: {json.dumps(value)}")  # quoted: a bare `no` would be False
    shape = f"{c.num_layers} layers of {c.num_heads} heads, width {c.d_model}"
    lines = ["---", *head, "---", "", f"# {name}", "", "## Model", ""]
    lines += [
        f"A decoder-only transformer with {count_parameters(c):,} parameters: {shape}.",
        f"Its tokens are characters, {c.vocab_size} of them, and it sees at most {c.context}.",
    ]
    if record:
        lines += ["", "## Training and evaluation", "", *training_lines(record)]
    lines += ["", "## Use and limits", ""]
    lines += [
        "Made for teaching. It imitates the look of the text that it was trained on, has no",
        "knowledge, follows no instructions, and repeats that text's prejudices. A character",
        "outside its vocabulary is an error.",
    ]
    return "\n".join(lines) + "\n"


def training_lines(record: dict[str, Any]) -> list[str]:
    """The facts in a record of training, as a Markdown list; missing ones are left out."""
    facts = {
        "Training text": ("training_characters", "{:,} characters"),
        "Read in training": ("tokens", "{:,} characters"),
        "Held out": ("held_out", "{}"),
        "Loss on what was held out": ("val_loss", "{:.3f} nats per character"),
        "Time": ("seconds", "{:.0f} s"),
        "Seed": ("seed", "{}"),
    }
    known = {**record, "held_out": ", ".join(record.get("held_out", [])) or "the end of the text"}
    return [
        f"- {fact}: {form.format(known[key])}"
        for fact, (key, form) in facts.items()
        if key in record
    ]
