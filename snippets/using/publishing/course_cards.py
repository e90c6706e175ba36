"""Cards of the course's own models, in the sections of Mitchell et al. 2019, from its records.

Numbers come from the records of the artefacts or are measured when the card is written; what was
neither is said to be undocumented.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from snippets.foundations.texts.corpus import HELD_OUT, plays
from snippets.foundations.texts.declaration import declaration
from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.sft import SFTConfig, load_tuned
from snippets.post_training.verse_runs import results
from snippets.training.batches import evaluate
from snippets.training.checkpoint import load_trained, training_record
from snippets.transformer.minigpt import MiniGPT, count_parameters

# --8<-- [start:sections]
SECTIONS = (
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Evaluation data",
    "Training data",
    "Quantitative analyses",
    "Ethical considerations",
    "Caveats and recommendations",
)  # Mitchell et al. 2019, section 4
UNDOCUMENTED = "Not documented."
# --8<-- [end:sections]


def write_card(name: str, said: Mapping[str, Sequence[str]]) -> str:
    """A card in Markdown: all sections in the paper's order, also those of which nothing is said.

    Args:
        name: the model's.
        said: for a section, its lines.

    Raises:
        ValueError: a section that the paper doesn't have, or a card without a name.
    """
    if not name.strip():
        raise ValueError(f"name={name!r} must not be empty")
    if unknown := [section for section in said if section not in SECTIONS]:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(SECTIONS)}")
    lines = [f"# {name}"]
    for section in SECTIONS:
        lines += ["", f"## {section}", ""]
        lines += [wrapped(line) for line in said.get(section, [])] or [UNDOCUMENTED]  # (!)
    return "\n".join(lines) + "\n"


def wrapped(line: str) -> str:
    """An item of a list, in lines of at most 88 characters."""
    return textwrap.fill(f"- {line}", 88, subsequent_indent="  ", break_on_hyphens=False)


def undocumented(card: str) -> list[str]:
    """The sections of which a card says nothing: they are missing, empty, or say so."""
    parts = {}
    for part in ("\n" + card).split("\n## ")[1:]:
        title, _, text = part.partition("\n")
        parts[title.strip().lower()] = text.strip()
    return [s for s in SECTIONS if parts.get(s.lower(), "") in ("", UNDOCUMENTED)]


def losses_by_text(model: MiniGPT, tokenizer: CharTokenizer, windows: int = 24) -> dict[str, float]:
    """Nats per character on each held-out play, and on modern prose: the Declaration in English.

    Each is read in contexts, `windows` of them, spread evenly. Of the prose, characters that the
    model doesn't know are left out.
    """
    texts = {name: text for name, text in plays().items() if name in HELD_OUT}
    known = set(tokenizer.characters)
    texts["modern prose"] = "".join(c for c in declaration("english") if c in known)
    return {
        name: evaluate(model, torch.tensor(tokenizer.encode(text)), windows)
        for name, text in texts.items()
    }


def minigpt_facts(
    record: Mapping[str, Any], symbols: int, context: int, losses: Mapping[str, float]
) -> dict[str, list[str]]:
    """What MiniGPT's card says in each section, from the record of its training and losses."""
    flops = 6 * record["params"] * record["tokens"]  # Kaplan et al. 2020
    return {
        "Model details": [
            f"A decoder-only transformer of {record['params']:,} parameters; its tokens are "
            f"characters, {symbols} of them, and it sees at most {context}",
            f"Trained by this build: seed {record['seed']}, {record['seconds']:.0f} s on "
            f"{record['threads']} thread, about {flops / 1e9:,.0f} billion operations",
            "Licence: MIT, for code and weights",
        ],
        "Intended use": [
            "Teaching: to be read, taken apart and trained again",
            "Not for facts, advice, or anything that somebody relies on",
        ],
        "Factors": ["The play, and how far a text is from the plays"],
        "Metrics": ["Nats per character, read in contexts side by side; lower is better"],
        "Evaluation data": [f"{len(record['held_out'])} plays that training never saw"],
        "Training data": [
            f"{record['training_characters']:,} characters of other plays, in the public domain",
            f"It read {record['tokens']:,} characters, drawn at random",
        ],
        "Quantitative analyses": [
            f"all held-out plays: {record['val_loss']:.2f}",
            *(f"{name}: {loss:.2f}" for name, loss in losses.items()),
        ],
        "Ethical considerations": [
            "It repeats what plays of about 1600 say of women, foreigners and faiths",
        ],
        "Caveats and recommendations": [
            "It has no knowledge and follows no instructions",
            "A character outside its vocabulary is an error",
        ],
    }


def minigpt_card(losses: Mapping[str, float] | None = None) -> str:
    """The card of the course's MiniGPT; losses by text are measured unless they are given."""
    model, tokenizer = load_trained()
    losses = losses_by_text(model, tokenizer) if losses is None else losses
    config = model.config
    facts = minigpt_facts(training_record(), config.vocab_size, config.context, losses)
    return write_card("MiniGPT", facts)


def verse_card() -> str:
    """The card of MiniGPT's form that was tuned to write verse by instruction."""
    parts = ("ended", "words", "syllables", "letter", "all")
    model, _ = load_tuned()
    found, settings = results(), SFTConfig()
    before, after = found["before"]["held_out"], found["mixed"][0]["held_out"]
    curve = found["mixed"][0]["curve"]
    rows = settings.rows + settings.replay
    said = {
        "Model details": [
            f"MiniGPT, fine-tuned: {count_parameters(model.config):,} parameters, the few new "
            "ones for tokens that mark who speaks",
            f"{settings.steps} steps of {rows} contexts, of which {settings.replay} are old text",
            "Licence: MIT, as that of its base model",
        ],
        "Intended use": ["Teaching: to show what fine-tuning adds, and what it takes away"],
        "Factors": ["Instructions that training had, and those that were held out"],
        "Metrics": [
            "The share of answers that end, use known words, have the syllables that were asked "
            "for, and begin with the letter; and nats per character on unseen plays"
        ],
        "Evaluation data": ["Instructions that were held out"],
        "Training data": ["Verses of the training plays as answers to made-up instructions"],
        "Quantitative analyses": [
            *(f"{name}: {before[name]:.0%} before, {after[name]:.0%} after" for name in parts),
            f"unseen plays: {curve[0][2]:.2f} nats before, {curve[-1][2]:.2f} after",
        ],
        "Caveats and recommendations": [
            "It knows one kind of instruction, and fails at it more often than not",
            "It has become worse at what its base model does",
        ],
    }
    return write_card("MiniGPT, tuned to write verse", said)
