"""How people rate: each of 7,500 words by ten of them, and chats by students who chatted.

Both come with packages of which nothing is imported. `vaderSentiment` says how ten people rated a
word, from −4, very negative, to 4 (Hutto and Gilbert 2014); a word on which their standard
deviation reached 2.5 was left out of it. `chitchat-dataset` has chats between students, many of
them rated from 1 to 10 as witty, interesting and upbeat (Myers et al. 2020).
"""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from snippets.foundations.texts.data_files import data_file
from snippets.post_training.rewards.proxies import fit_choices

WORDS = "vadersentiment==3.3.2"
WORDS_DIGEST = "1ec9c6e9ee19aade328f8beb393a6afa71a5bb3acf7d3cc22d4ef568df374bf5"
CHATS = "chitchat-dataset==0.9.0"
CHATS_DIGEST = "d2a5d0bf6acf354fef51f3af39cbece2220d3b8f6086b658c3d335105798312a"
NAMES = ("witty", "interesting", "upbeat")


def word_ratings() -> dict[str, list[int]]:
    """Ten ratings, from −4 to 4, of each word. Which person gave which is not known.

    Raises FileNotFoundError where the package is not installed, and ValueError for another file.
    """
    path = data_file(WORDS, "vader_lexicon.txt", WORDS_DIGEST)
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return {row[0]: json.loads(row[3]) for row in rows}


def word_choices(count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Random pairs of words, of which two people each choose the more positive one.

    Returns by how much the first is ahead in the mean of five others' ratings, (N,), and whether
    each of the two chose it, (N, 2). Pairs for which one of them had no preference are left out.
    """
    ratings = torch.tensor(list(word_ratings().values()), dtype=torch.float32)  # (words, 10)
    first, second = ratings[torch.randint(len(ratings), (2, count), generator=generator)]
    ahead = first[:, :5].mean(1) - second[:, :5].mean(1)
    choices = (first - second)[:, 5:7].sign()  # (count, 2)
    clear = (choices != 0).all(1)
    return ahead[clear], choices[clear] > 0


# --8<-- [start:chats]
class Chat(NamedTuple):
    """What was counted in a chat, and how it was rated; of the text nothing else is kept."""

    prompt: str
    counts: tuple[int, ...]  # turns, words, question marks, exclamation marks, laughs
    ratings: tuple[int, ...]  # witty, interesting, upbeat: 1 to 10

    @property
    def untouched(self) -> bool:
        """Whether the ratings are those that stood there before anybody gave one."""
        return self.ratings == (5, 5, 5)


def rated_chats() -> list[Chat]:
    """The chats that have ratings, in the order of the file; raises as `word_ratings` does."""
    path = data_file(CHATS, "dataset.json", CHATS_DIGEST)
    chats: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return [counted(chat) for chat in chats.values() if "ratings" in chat]


def counted(chat: dict[str, Any]) -> Chat:
    """A chat of the file in numbers."""
    text = " ".join(said["text"] for turn in chat["messages"] for said in turn)
    laughs = len(re.findall(r"\b(?:ha(?:ha)+h?|lo+l|lmao)\b", text.lower()))
    counts = (len(chat["messages"]), len(text.split()), text.count("?"), text.count("!"), laughs)
    return Chat(chat["prompt"], counts, tuple(chat["ratings"][name] for name in NAMES))
    # --8<-- [end:chats]


def chat_pairs(chats: Sequence[Chat], gap: float = 1.0) -> tuple[Tensor, Tensor]:
    """The better and the worse of two chats on one prompt, by their places: (N,) each.

    All pairs whose mean ratings are at least `gap` apart; ValueError where that is not positive.
    """
    if not gap > 0:
        raise ValueError(f"gap={gap} must be above 0: equal ratings are no choice")
    names = sorted({chat.prompt for chat in chats})
    prompt = torch.tensor([names.index(chat.prompt) for chat in chats])
    rating = torch.tensor([sum(chat.ratings) / len(chat.ratings) for chat in chats])
    ahead = rating[:, None] - rating[None, :]  # (chats, chats)
    better, worse = ((ahead > gap - 1e-4) & (prompt[:, None] == prompt)).nonzero().unbind(1)
    return better, worse


def length_study(chats: Sequence[Chat], seed: int, tested: int = 10) -> dict[str, float]:
    """How often scores of counts are right, on pairs of chats whose prompts were held out.

    By the words alone and by all counts; on all pairs, and on those alike in words, within 10%.
    """
    better, worse = chat_pairs(chats)
    counts = torch.tensor([chat.counts for chat in chats]).float().log1p()  # (chats, 5)
    prompts = sorted({chat.prompt for chat in chats})
    order = torch.randperm(len(prompts), generator=torch.Generator().manual_seed(seed))
    names = {prompts[place] for place in order[:tested].tolist()}
    held = torch.tensor([chat.prompt in names for chat in chats])[better]
    alike = (counts[better, 1] - counts[worse, 1]).abs() < 0.1
    found: dict[str, float] = {}
    for which, pairs in (("all", held), ("alike in length", held & alike)):
        for name, columns in (("length", [1]), ("five counts", [0, 1, 2, 3, 4])):
            apart = (counts[better] - counts[worse])[:, columns].double()  # (N, F)
            ahead = apart[pairs] @ fit_choices(apart[~held]).weights
            found[f"{which}: {name}"] = (ahead > 0).float().mean().item()
    return found
