"""The fields of a config.json: what is missing, or of the wrong kind, is refused by name."""

from collections.abc import Mapping
from typing import Any


class Fields:
    """A configuration as the transformers library saves it."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.config = config
        self.family = config.get("model_type")

    def size(self, *names: str, default: int | None = None) -> int:
        """A whole number of at least 1, under any of these names; null counts as missing.

        Raises:
            ValueError: it is missing and has no default, or is something else.
        """
        for name in names:
            value = self.config.get(name)
            if value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise ValueError(f"{name}={value!r} must be a whole number of at least 1")
            return value
        if default is None:
            raise ValueError(f"{' or '.join(map(repr, names))} is missing; {self.family} needs it")
        return default

    def limit(self, name: str, default: int | None = None) -> int | None:
        """A size that may be null, which means that there is no such limit."""
        if name not in self.config:
            return default
        return None if self.config[name] is None else self.size(name)

    def count(self, name: str) -> int:
        """A whole number that may be 0.

        Raises:
            ValueError: it is missing, or something else.
        """
        value = self.config.get(name)
        return 0 if value == 0 and not isinstance(value, bool) else self.size(name)

    def flag(self, name: str, default: bool) -> bool:
        """True or false.

        Raises:
            ValueError: it is something else.
        """
        value = self.config.get(name)
        if value is not None and not isinstance(value, bool):
            raise ValueError(f"{name}={value!r} must be true or false")
        return default if value is None else value

    def word(self, name: str, known: tuple[str, ...], default: str | None = None) -> str:
        """One of the known words.

        Raises:
            ValueError: it is missing and has no default, or is none of them.
        """
        value = self.config.get(name, default)
        if value is None:
            raise ValueError(f"{name!r} is missing; {self.family} needs it")
        if value not in known:
            raise ValueError(f"{name}={value!r} is none of {', '.join(map(repr, known))}")
        return str(value)

    def names(self, name: str) -> list[str] | None:
        """A list of words, or None if it is missing."""
        value = self.config.get(name)
        if value is not None and not (
            isinstance(value, list) and all(isinstance(word, str) for word in value)
        ):
            raise ValueError(f"{name}={value!r} must be a list of words")
        return value

    def refuse_unless(self, **expected: Any) -> None:
        """Raise a ValueError if an option that would change the count has another value."""
        for name, value in expected.items():
            found = self.config.get(name)
            if found is not None and found != value:
                raise ValueError(f"{name}={found!r}; {self.family} is counted with {value!r} only")

    def share(self, of: str, by: str) -> int:
        """One size divided by another, without remainder.

        Raises:
            ValueError: there is a remainder, or either is missing.
        """
        whole, parts = self.size(of), self.size(by)
        if whole % parts:
            raise ValueError(f"{of}={whole} is not divisible by {by}={parts}")
        return whole // parts
