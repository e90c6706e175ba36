"""Published models: their configurations, and the counts that their makers print."""

from dataclasses import dataclass
from typing import Any

from snippets.foundations.facts import Entry, Fact, load_facts
from snippets.modern.architecture.model_costs import Architecture

# Where models.yml, which has the published counts, calls a model otherwise.
_OTHERWISE = {
    "BERT large": "BERT",
    "GPT-2 XL": "GPT-2",
    "T5 11B": "T5",
    "GPT-3 175B": "GPT-3",
    "Llama 1 65B": "LLaMA",
    "Llama 2 70B": "Llama 2",
    "Jais 13B": "Jais",
    "Mixtral 8x7B v0.1": "Mixtral 8x7B",
    "Llama 3 405B": "Llama 3.1",
    "DeepSeek-V3 671B": "DeepSeek-V3",
}
_FIELDS = {
    "vocabulary": "vocab_size", "context": "n_positions", "width": "n_embd", "layers": "n_layer"
}  # fmt: skip
_REASONS = {
    "BERT large": "rounded up: with its pre-training heads 336 M",
    "GPT-2 small": "a mistake, as its makers said later",
    "T5 11B": "rounded down, to two digits",
    "Llama 2 70B": "rounded up, to its name",
    "Qwen3 30B-A3B": "rounded down, to its name",
}


@dataclass(frozen=True)
class Published:
    """A model, its sizes, and what its makers say about its number of parameters.

    Attributes:
        name: as it is called.
        config: what its config.json has of sizes.
        count: parameters, as printed, with the source.
        active: parameters that a token uses, as printed; None in a dense model.
        reason: why our count differs by more than 1 %; empty where it doesn't.
    """

    name: str
    config: dict[str, Any]
    count: Fact
    active: Fact | None = None
    reason: str = ""

    def architecture(self) -> Architecture:
        """What can be computed from the sizes."""
        return Architecture.from_huggingface(self.config, self.name)

    def off(self) -> float:
        """How far our count is from the printed one, as a share of it."""
        return float(self.architecture().parameters() / self.count.number) - 1


def _read(entry: Entry, model: Entry) -> Published:
    """A model from its configuration and, where that says less, from its entry in models.yml."""
    facts = {**model.facts, **entry.facts}
    sizes = {field: facts[name].value for name, field in _FIELDS.items() if name in facts}
    config = sizes | entry["config"]
    reason = _REASONS.get(entry.name, "")
    return Published(entry.name, config, facts["parameters"], facts.get("active"), reason)


def _all() -> tuple[Published, ...]:
    models = load_facts("models")
    configurations = load_facts("configurations")
    return tuple(
        _read(entry, models.get(_OTHERWISE.get(name, name), entry))
        for name, entry in configurations.items()
    )


PUBLISHED = _all()
"""Models by year; those whose size is not disclosed are not among them."""


def published(*names: str) -> list[Architecture]:
    """The architectures of these models.

    Raises:
        ValueError: a name that is not in the list.
    """
    known = {one.name: one for one in PUBLISHED}
    if unknown := [name for name in names if name not in known]:
        raise ValueError(f"{', '.join(unknown)} not known; known are {', '.join(known)}")
    return [known[name].architecture() for name in names]
