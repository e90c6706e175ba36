"""What a licence for model weights allows: answers from a file of facts, each with its place there.

A summary for a first look, not legal advice: what counts is the text itself.
"""

import datetime
from dataclasses import dataclass

from snippets.foundations.facts import Entry, load_facts

# --8<-- [start:questions]
QUESTIONS = {
    "commercially": "May I earn money with it?",
    "distil": "May I train another model on what it writes?",
    "derivative": "May I publish a changed version?",
    "name": "Must I name it?",
}
SAYS = ("yes", "no", "conditions")
# --8<-- [end:questions]


@dataclass(frozen=True)
class Answer:
    """What a licence says to a question.

    Attributes:
        licence: its name in the file of facts.
        question: one of `QUESTIONS`.
        says: "yes", "no", or "conditions".
        because: the reason in a few words.
        section: the place in the text that it rests on.
        source: the text, a key of the bibliography.
        checked: the day on which the text was read.
    """

    licence: str
    question: str
    says: str
    because: str
    section: str
    source: str
    checked: datetime.date

    def __str__(self) -> str:
        return f"{self.says}: {self.because} [{self.source}, {self.section}]"


def answer(licence: str, question: str) -> Answer:
    """What a licence says; a ValueError names a licence or a question that is unknown."""
    if question not in QUESTIONS:
        raise ValueError(f"question={question!r} is none of {', '.join(QUESTIONS)}")
    entry = find(licence)
    fact = entry.facts[question]
    return Answer(entry.name, question, fact.value, fact.note, fact.at, fact.source, fact.checked)


def licences() -> dict[str, Entry]:
    """All licences of the file of facts, by name.

    Raises a ValueError where one lacks an answer, or an answer its reason or its place.
    """
    entries = load_facts("licences")
    for entry in entries.values():
        check_entry(entry)
    return entries


def check_entry(entry: Entry) -> None:
    """A ValueError unless an entry answers every question, with a reason and a place."""
    for question in QUESTIONS:
        fact = entry.facts.get(question)
        if fact is None:
            raise ValueError(f"{entry.name} has no answer to {question!r}")
        if fact.value not in SAYS:
            raise ValueError(f"{fact.name} is {fact.value!r}, not one of {', '.join(SAYS)}")
        if not fact.note or not fact.at:
            raise ValueError(f"{fact.name} needs a reason (note) and a section (at)")


def find(name: str) -> Entry:
    """A licence by its name here, a hub's, or that on a card; capitals don't matter.

    Raises a ValueError that lists what is known. A name that is nearly right is not enough:
    Llama 2's licence and Llama 3.1's differ in what they forbid.
    """
    known = licences()
    wanted = name.strip().lower()
    for entry in known.values():
        if wanted in {text.lower() for text in (entry.name, *entry["called"])}:
            return entry
    raise ValueError(f"licence={name!r} is unknown; there are {', '.join(known)}")


def needs_another(licence: str, *, monthly_users: float = 0, yearly_revenue: float = 0) -> bool:
    """Whether a company of this size has to ask for another licence.

    Whose users or revenue count, and when, the licence says: see the note of the limit.

    Args:
        licence: as `find` takes it.
        monthly_users: people who use its products in a month.
        yearly_revenue: US dollars in twelve months.

    Raises:
        ValueError: the licence is unknown, or a number is negative or none at all.
    """
    entry = find(licence)
    sizes = {"most_users": monthly_users, "most_revenue": yearly_revenue}
    for limit, size in sizes.items():
        if not size >= 0:  # so that NaN is refused as well
            raise ValueError(f"{limit.replace('most_', '')}={size} must not be negative")
    return any(size > entry[limit] for limit, size in sizes.items() if limit in entry.facts)
