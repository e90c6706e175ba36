"""From text to numbers and back: here, one number for each different character.

A character tokenizer needs no training and forgets nothing, and its vocabulary is tiny (68 entries
for the plays, where GPT-2 has 50,257). The price is long sequences: one step for each letter.
"""

import json
from collections.abc import Iterable


# --8<-- [start:char-tokenizer]
class CharTokenizer:
    """Maps each character to its place in `characters`, and back."""

    def __init__(self, characters: Iterable[str]):
        self.characters = list(characters)
        self.ids = {c: i for i, c in enumerate(self.characters)}
        if any(not isinstance(c, str) or len(c) != 1 for c in self.characters):
            raise ValueError("every entry of the vocabulary must be one character")
        if len(self.ids) != len(self.characters):
            raise ValueError("a character is in the vocabulary twice")

    @classmethod
    def from_text(cls, text: str) -> "CharTokenizer":
        """The vocabulary of a text: its different characters, sorted."""
        if not text:
            raise ValueError("an empty text has no characters to make a vocabulary of")
        return cls(sorted(set(text)))

    @property
    def vocab_size(self) -> int:
        """V, how many characters there are."""
        return len(self.characters)

    def encode(self, text: str) -> list[int]:
        """One id for each character. A character not in the vocabulary raises ValueError."""
        try:
            return [self.ids[character] for character in text]
        except KeyError as error:
            unknown = error.args[0]
            where = f"{unknown!r} (U+{ord(unknown):04X}) at position {text.index(unknown)}"
            size = f"{self.vocab_size} characters"
            raise ValueError(f"character {where} is not in the vocabulary of {size}") from None

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids (a list, or a tensor of one dimension)."""
        numbers = [int(i) for i in ids]
        if wrong := [i for i in numbers if not 0 <= i < self.vocab_size]:
            raise ValueError(f"id {wrong[0]} is not in the vocabulary of {self.vocab_size}")
        return "".join(self.characters[i] for i in numbers)

    # --8<-- [end:char-tokenizer]

    # --8<-- [start:json]
    def to_json(self) -> str:
        """The vocabulary as JSON, for a file."""
        return json.dumps({"type": "character", "characters": self.characters}, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "CharTokenizer":
        """The opposite of to_json. Anything else raises ValueError."""
        data = json.loads(text)
        if not isinstance(data, dict) or data.get("type") != "character":
            raise ValueError('no character tokenizer: "type": "character" is missing')
        characters = data.get("characters")
        if not isinstance(characters, list) or not characters:
            raise ValueError("the tokenizer has no list of characters")
        return cls(characters)

    # --8<-- [end:json]
