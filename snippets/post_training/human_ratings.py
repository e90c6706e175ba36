"""How people rate: each of 7,500 words by ten of them, and chats by students who chatted.

Both come with packages of which nothing is imported. `vaderSentiment` says how ten people rated a
word, from −4, very negative, to 4 (Hutto and Gilbert 2014); a word on which their standard
deviation reached 2.5 was left out of it. `chitchat-dataset` has chats between students, many of
them rated from 1 to 10 as witty, interesting and upbeat (Myers et al. 2020).
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import torch
from torch import Tensor

from snippets.foundations.data_files import data_file

WORDS = "vaderSentiment==3.3.2"
WORDS_DIGEST = "1ec9c6e9ee19aade328f8beb393a6afa71a5bb3acf7d3cc22d4ef568df374bf5"
CHATS = "chitchat-dataset==0.9.0"
CHATS_DIGEST = "d2a5d0bf6acf354fef51f3af39cbece2220d3b8f6086b658c3d335105798312a"
NAMES = ("witty", "interesting", "upbeat")


# --8<-- [start:words]
def word_ratings() -> dict[str, list[int]]:
    """Ten ratings, from −4 to 4, of each word; no column belongs to one person.

    Raises FileNotFoundError where the package is not installed, and ValueError for another file.
    """
    path = data_file(WORDS, "vader_lexicon.txt", WORDS_DIGEST)
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.strip()]
    return {row[0]: json.loads(row[3]) for row in rows}


# --8<-- [end:words]


# --8<-- [start:chats]
class Chat(NamedTuple):
    """What was counted in a chat, and how it was rated; of the text nothing else is kept."""

    prompt: str
    turns: int
    words: int
    questions: int
    exclamations: int
    laughs: int
    ratings: tuple[int, int, int]  # witty, interesting, upbeat: 1 to 10

    @property
    def untouched(self) -> bool:
        """Whether the sliders were left where they stood before anybody rated."""
        return self.ratings == (5, 5, 5)


def rated_chats() -> list[Chat]:
    """The chats that have ratings, in the order of the file; raises as `word_ratings` does."""
    path = data_file(CHATS, "dataset.json", CHATS_DIGEST)
    chats: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return [counted(chat) for chat in chats.values() if chat.get("ratings")]


def counted(chat: dict[str, Any]) -> Chat:
    """A chat of the file in numbers."""
    text = " ".join(said["text"] for turn in chat["messages"] for said in turn)
    witty, interesting, upbeat = (chat["ratings"][name] for name in NAMES)
    laughs = len(re.findall(r"\b(?:ha(?:ha)+h?|lo+l|lmao)\b", text.lower()))
    counts = (len(chat["messages"]), len(text.split()), text.count("?"), text.count("!"), laughs)
    return Chat(chat["prompt"], *counts, (witty, interesting, upbeat))
    # --8<-- [end:chats]
