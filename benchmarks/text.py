"""The text that benchmarks train on: plays, as long as the usual "tiny Shakespeare" file."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from snippets.foundations.texts.corpus import plays, shakespeare, split
from snippets.foundations.tokenizers import CharTokenizer
from snippets.training.command import read_text

LENGTH = 1_115_394  # characters in the file that nanoGPT's character model learns from


@dataclass(frozen=True)
class Text:
    """A text and what it is called in a result; sent to other processes as it is."""

    name: str
    content: str

    @property
    def mark(self) -> str:
        """A hash of the content: results of different texts are never mixed."""
        return hashlib.sha256(self.content.encode()).hexdigest()

    def of_play(self, name: str) -> Tensor:
        """The ids of a play that the text does not have, less the characters that it lacks."""
        tokenizer = CharTokenizer.from_text(self.content)
        known = set(tokenizer.characters)
        return torch.tensor(tokenizer.encode("".join(c for c in plays()[name] if c in known)))

    def ids(self) -> tuple[int, Tensor, Tensor]:
        """V, and the ids (N,) for training (the first nine tenths) and validation."""
        tokenizer = CharTokenizer.from_text(self.content)
        training, validation = map(tokenizer.encode, split(self.content))
        return tokenizer.vocab_size, torch.tensor(training), torch.tensor(validation)


def text(data: Path | None = None) -> Text:
    """The plays joined and cut to LENGTH; or the whole of a UTF-8 file."""
    if data is None:
        return Text(f"plays, the first {LENGTH:,} characters", shakespeare()[:LENGTH])
    return Text(data.name, read_text(data))
