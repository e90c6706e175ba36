"""Values that remember who could have written them, and tools that ask before they act.

A few lines of the idea behind CaMeL (Debenedetti et al. 2025): a model may read what strangers
wrote, and what it says of that is a stranger's word, too.
"""

from collections.abc import Callable
from dataclasses import dataclass


# --8<-- [start:value]
@dataclass(frozen=True)
class Value:
    """A text, and everybody who could have had a hand in it."""

    text: str
    writers: frozenset[str]

    def __post_init__(self) -> None:
        if not self.writers:
            raise ValueError(f"{self.text!r} was written by nobody; constants are the user's")


def derived(function: Callable[..., str], *values: Value) -> Value:
    """What a function, such as a model, makes of values: all their writers may have shaped it."""
    if not values:
        raise ValueError("derived from nothing: a constant is a Value of its own")
    writers = frozenset[str]().union(*(value.writers for value in values))  # (!)
    return Value(function(*(value.text for value in values)), writers)
    # --8<-- [end:value]


@dataclass(frozen=True)
class Tool:
    """Something that acts, and the arguments that decide where and on what: these are guarded."""

    run: Callable[..., str]
    guarded: frozenset[str]

    def __call__(self, trusted: frozenset[str], **arguments: Value) -> str:
        """Acts, if all writers of each guarded argument are trusted; else PermissionError.

        ValueError where a guarded argument is missing: nobody could have checked it.
        """
        if missing := self.guarded - set(arguments):
            raise ValueError(f"no {', '.join(sorted(missing))} given")
        for name in sorted(self.guarded):
            strangers = arguments[name].writers - trusted  # (!)
            if strangers:
                who = ", ".join(sorted(strangers))
                raise PermissionError(f"{name}={arguments[name].text!r} may be the word of {who}")
        return self.run(**{name: value.text for name, value in arguments.items()})
