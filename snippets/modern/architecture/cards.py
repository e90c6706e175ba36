"""A card for each famous model, made from the facts of the course: nothing is typed twice.

A card joins what three files say of a model: `cards` (what was new, data, licence), `models` (size,
tokens, date) and `configurations` (the sizes from which the rest is computed).
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from snippets.checks import check_positive
from snippets.foundations.facts import Entry, Fact, load_facts
from snippets.modern.architecture.model_costs import Architecture, in_words, three_digits
from snippets.modern.architecture.published import published

_SUFFIX = " card"
UNCHECKED = "not recorded here"
NEEDED = ("maker", "new", "licence")  # without these it is no card


@dataclass(frozen=True)
class Card:
    """What is published of a model.

    Attributes:
        name: of the model, with its size if it shares its paper with others: "Llama 3.1 405B".
        maker: who made it.
        facts: by their names; each has a source, and a value or the statement that there is none.
        architecture: what its sizes give; None where they are undisclosed or not among ours.
    """

    name: str
    maker: str
    facts: dict[str, Fact]
    architecture: Architecture | None = None

    def discloses(self, fact: str) -> bool:
        """Whether a fact is published; ValueError where nobody has looked it up."""
        if fact not in self.facts:
            raise ValueError(f"{self.name}: {fact!r} was not looked up; there are {[*self.facts]}")
        return self.facts[fact].value is not None

    def said(self, fact: str) -> str:
        """A fact in words, with its source and the place there."""
        if fact not in self.facts:
            return UNCHECKED
        found = self.facts[fact]
        missing = "not published" if fact in ("licence", "corpus") else "undisclosed"
        value = missing if found.value is None else _in_words(found.value)
        return f"{value} {_where(found)}"

    def __str__(self) -> str:
        """The card as text: a line for each fact, and one for what the sizes give."""
        sizes = self.said("parameters")
        if "active" in self.facts:
            sizes += f"; per token {self.said('active')}"
        lines = {"new": self.said("new"), "parameters": sizes}
        lines["shape"] = self.said("sizes")
        if self.architecture:
            one = self.architecture
            config = self.facts["config"]
            latent = config.value.get("kv_lora_rank")
            kv = f"latents of {latent}" if latent else one.num_kv_heads
            shape = {"layers": one.num_layers, "width": one.d_model, "heads": one.num_heads}
            lines["shape"] = f"{_in_words(shape | {'kv': kv})} {_where(config)}"
            cache = three_digits(one.kv_cache_bytes(1) / 2**10)
            count = in_words(one.parameters())
            lines["computed"] = f"{count} parameters; {cache} KiB of KV cache per token"
        lines |= {fact: self.said(fact) for fact in ("tokens", "data", "corpus", "licence")}
        indent = " " * 13
        body = [
            textwrap.fill(
                f"  {name:11}{text}", 96, subsequent_indent=indent, break_on_hyphens=False
            )
            for name, text in lines.items()
        ]
        return "\n".join([f"{self.name}, {self.maker}", *body])


def _where(fact: Fact) -> str:
    """A fact's source and the place there, in brackets."""
    return f"[{', '.join(part for part in (fact.source, fact.at) if part)}]"


def _in_words(value: Any) -> str:
    """Large numbers as people say them, sizes as a shape; text as it is."""
    if isinstance(value, dict):
        return "{layers} layers of {width:,}, {heads} heads on {kv}".format(**value)
    if not isinstance(value, int):
        return str(value)
    return in_words(value) if value < 1e12 else f"{three_digits(value / 1e12)} trillion"


def read_card(entry: Entry, models: dict[str, Entry], configurations: dict[str, Entry]) -> Card:
    """A card from its entry, and from what the two other files have of the model.

    Raises:
        ValueError: maker, licence or what was new is missing, a fact stands in two files, or the
            entry names a configuration that there is not.
    """
    name = entry.name.removesuffix(_SUFFIX)
    if missing := [fact for fact in NEEDED if fact not in entry.facts]:
        raise ValueError(f"{entry.name} has no {' and no '.join(missing)}")
    model = models.get(name)
    facts = {**model.facts} if model else {}
    if twice := facts.keys() & entry.facts.keys():
        raise ValueError(f"{name} has {', '.join(sorted(twice))} in two files")
    facts |= entry.facts
    title = f"{name} {entry.variant or (model.variant if model else '')}".strip()
    architecture = None
    if "shape" in facts:
        shape = str(facts["shape"].number)
        if shape not in configurations:
            raise ValueError(f"{entry.name}: there is no configuration {shape!r}")
        facts["config"] = configurations[shape].facts["config"]
        architecture = published(shape)[0]
    elif "config" in facts:
        architecture = Architecture.from_huggingface(facts["config"].number, title)
    return Card(title, str(entry["maker"]), facts, architecture)


def load_cards() -> dict[str, Card]:
    """All cards, by the names of the models: "GPT-3", "Llama 3.1"."""
    models, configurations = load_facts("models"), load_facts("configurations")
    entries = load_facts("cards").values()
    return {e.name.removesuffix(_SUFFIX): read_card(e, models, configurations) for e in entries}


def show(*names: str) -> str:
    """These cards as text, one below the other; ValueError names what there is no card for."""
    check_positive(cards=len(names))
    cards = load_cards()
    if unknown := [name for name in names if name not in cards]:
        raise ValueError(f"no card for {', '.join(unknown)}; there are {', '.join(cards)}")
    return "\n".join(str(cards[name]) for name in names)


def kept_share(one: Architecture) -> float:
    """Numbers that are cached per token and layer, relative to keys and values of full width.

    1 where each query head has its own key and value head, and the heads together are as wide as
    the model; a window doesn't count.
    """
    kept = one.kv_cache_bytes(1, bytes_per_number=1)
    return kept / (2 * one.num_layers * one.d_model)  # (!)


def disclosure(cards: Sequence[Card]) -> list[list[bool]]:
    """A row per card: are size, number of tokens, data, weights, and the text itself published?

    A fact that was not looked up raises a ValueError.
    """
    facts = ("parameters", "tokens", "data", "licence", "corpus")
    return [[card.discloses(fact) for fact in facts] for card in cards]
