"""Who speaks in which play: a split by work is honest only where works don't share their people."""

import re
from collections import Counter
from collections.abc import Mapping

from snippets.foundations.text_data.deduplication import groups

# Names of a part in any play rather than of a person.
ROLE = re.compile(
    r"(FIRST|SECOND|THIRD|FOURTH|FIFTH) .*"
    r"|(ALL|BOTH|MESSENGER|SERVANT|LORD|LADY|GENTLEMAN|CAPTAIN|SOLDIER|CITIZEN|OFFICER|PAGE|BOY"
    r"|CLOWN|FOOL|HOST|HOSTESS|NURSE|WIDOW|DOCTOR|SOOTHSAYER|PORTER|HERALD|CHORUS"
    r"|DUKE|QUEEN|KING|PRINCE|COUNTESS|CHAMBERLAIN|SHERIFF|MAYOR|SENATOR|WATCHMAN)S?"
)


def speeches(play: str) -> list[tuple[str, str]]:
    """The (name, what is said) of each speech of a cleaned play, in order."""
    found = []
    for speech in play.removesuffix("\n\n").split("\n\n"):
        name, colon, said = speech.partition(":\n")
        if not colon:
            raise ValueError(f"{speech[:30]!r} does not begin with a name and a colon")
        found.append((name, said))
    return found


def people(play: str) -> Counter[str]:
    """How many characters each named person of a play speaks, without parts such as MESSENGER."""
    said: Counter[str] = Counter()
    for name, text in speeches(play):
        if not ROLE.fullmatch(name):
            said[name] += len(text)
    return said


def shared_speech(play: Counter[str], other: Counter[str], least: int = 200) -> float:
    """The share of what the people of `play` say that is said by people who are in `other` too.

    They count as being there if they speak `least` characters in it.
    """
    total = play.total()
    return sum(n for name, n in play.items() if other[name] >= least) / total if total else 0.0


def works_together(texts: Mapping[str, str], share: float = 0.25) -> list[list[str]]:
    """Plays by name in groups that must not be parted.

    Two plays belong together where people of both have at least `share` of the speech of either.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share={share} is not above 0 and at most 1")
    names, casts = list(texts), [people(text) for text in texts.values()]
    pairs = [
        (i, j)
        for j in range(len(names))
        for i in range(j)
        if max(shared_speech(casts[i], casts[j]), shared_speech(casts[j], casts[i])) >= share
    ]
    return [[names[i] for i in group] for group in groups(pairs, len(names))]  # (!)
