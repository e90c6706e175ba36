"""Facts that others published: read from data files, each with its source, never from memory.

A file holds entries by name. An entry has a kind, a source, the day on which it was checked, and
facts. A fact is a value, or the statement that its source does not disclose it.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PLAIN = {"kind", "variant", "source", "checked", "milestone"}  # what an entry says of itself
PARTS = {"value", "undisclosed", "source", "checked", "at", "note"}  # what a fact may say


@dataclass(frozen=True)
class Fact:
    """One published value, or the statement that it was not published.

    Attributes:
        name: what it is a fact about: "GPT-3, tokens".
        source: a key of the bibliography.
        checked: the day on which it was last compared with its source.
        value: a number, a list of numbers, a date or a table; None where it is undisclosed.
        at: the place in the source, such as "table 2.1".
        note: what else one has to know of it.
    """

    name: str
    source: str
    checked: datetime.date
    value: Any = None
    at: str = ""
    note: str = ""

    @property
    def number(self) -> Any:
        """The value, to compute with or to plot; ValueError where it is undisclosed."""
        if self.value is None:
            raise ValueError(f"{self.name}: undisclosed in {self.source}, so it can't be plotted")
        return self.value


@dataclass(frozen=True)
class Entry:
    """A model, a method or a task, and the facts about it by their names."""

    name: str
    kind: str
    facts: Mapping[str, Fact]
    variant: str = ""
    milestone: str = ""

    @property
    def title(self) -> str:
        """Its name, and which size of its family it is: "LLaMA 65B"."""
        return f"{self.name} {self.variant}".strip()

    def __getitem__(self, fact: str) -> Any:
        """The value of a fact; ValueError where it is missing or undisclosed."""
        if fact not in self.facts:
            raise ValueError(f"{self.name} has no {fact!r}; it has {sorted(self.facts)}")
        return self.facts[fact].number

    def discloses(self, *facts: str) -> bool:
        """Whether it has all these facts, with their values."""
        return all(fact in self.facts and self.facts[fact].value is not None for fact in facts)

    @property
    def month(self) -> float:
        """When it was introduced, in years: 2020.33 for May 2020."""
        year, _, month = str(self["introduced"]).partition("-")
        return int(year) + (int(month or 1) - 1) / 12


def read_fact(name: str, said: Any, source: Any, checked: Any) -> Fact:
    """A fact as its file has it, with its entry's source and day unless it has its own.

    Raises:
        ValueError: without a source or a day, or with both a value and none, or neither.
    """
    if not isinstance(said, dict) or said.keys() - PARTS:
        raise ValueError(f"{name}: {said!r} is no fact; it may have {sorted(PARTS)}")
    source, checked = said.get("source", source), said.get("checked", checked)
    if not isinstance(source, str) or not source:
        raise ValueError(f"{name} has no source")
    if not isinstance(checked, datetime.date):
        raise ValueError(f"{name}: checked={checked!r} is no day")
    value, undisclosed = said.get("value"), said.get("undisclosed") is True
    if (value is None) != undisclosed:
        raise ValueError(f"{name}: {said!r} must have a value or be undisclosed, and not both")
    return Fact(name, source, checked, value, str(said.get("at", "")), str(said.get("note", "")))


def read_facts(text: str) -> dict[str, Entry]:
    """The entries of a file's text, by name; ValueError names what is wrong."""
    listed = yaml.safe_load(text)
    if not isinstance(listed, dict):
        raise ValueError(f"a file of facts has entries by name, not {type(listed).__name__}")
    entries = {}
    for name, said in listed.items():
        if not isinstance(said, dict) or not isinstance(said.get("kind"), str):
            raise ValueError(f"{name}: {said!r} is no entry with a kind")
        facts = {
            key: read_fact(f"{name}, {key}", fact, said.get("source"), said.get("checked"))
            for key, fact in said.items()
            if key not in PLAIN
        }
        variant, milestone = (str(said.get(key, "")) for key in ("variant", "milestone"))
        entries[str(name)] = Entry(str(name), said["kind"], facts, variant, milestone)
    return entries


def facts_folder() -> Path:
    """Where the files lie: within this package, if it was installed; else in `docs/data`."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "facts"
    return installed if installed.is_dir() else package.parent / "docs" / "data"


def load_facts(name: str) -> dict[str, Entry]:
    """The entries of a file of the course: `models`, `methods` or `gpt3`.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it holds a fact without a source, or something else that is no fact.
    """
    return read_facts((facts_folder() / f"{name}.yml").read_text(encoding="utf-8"))
