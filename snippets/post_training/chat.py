"""A chat template: who speaks, and where each turn ends, in tokens that no text contains.

    USER Six syllables that begin with L. END ASSISTANT Like hounds upon the scent. END

A turn has a token that opens it and one that closes it. In the text they are characters of
Unicode's private use area, which stand for nothing and occur in no play.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from snippets.foundations.tokenizers import CharTokenizer

IGNORED = -100  # a target that counts for nothing; PyTorch's cross-entropy skips it by default


class Example(NamedTuple):
    """A conversation to learn from: its ids, and where the part begins that is to be learned."""

    ids: list[int]
    answer: int  # the place of the answer's first token

    def inputs_and_targets(self) -> tuple[list[int], list[int]]:
        """Ids, and for each the one to predict; IGNORED where that is not part of the answer."""
        targets = [IGNORED] * (self.answer - 1) + self.ids[self.answer :]  # (!)
        return self.ids[:-1], targets


@dataclass(frozen=True)
class ChatTemplate:
    """The tokens around turns, each one character.

    Raises:
        ValueError: one is missing or longer than a character, or two are the same.
    """

    user: str = "\ue000"
    assistant: str = "\ue001"
    end: str = "\ue002"

    def __post_init__(self) -> None:
        if not self.end:
            raise ValueError("end='' ends no answer: a model would never learn to stop")
        tokens = self.tokens
        if any(len(token) != 1 for token in tokens) or len(set(tokens)) < len(tokens):
            raise ValueError(f"{tokens} are not three different characters")

    @property
    def tokens(self) -> tuple[str, str, str]:
        """The tokens that a tokenizer must know."""
        return self.user, self.assistant, self.end

    # --8<-- [start:render]
    def render(self, prompt: str, answer: str | None = None) -> str:
        """The conversation as one text; without an answer, up to where it is to begin.

        ValueError where prompt or answer contain a token of the template: a user who could write
        them could write the assistant's turns, too.
        """
        for name, said in {"prompt": prompt, "answer": answer or ""}.items():
            if found := set(said) & set(self.tokens):
                raise ValueError(f"the {name} {said!r} contains the template's {found.pop()!r}")
        opened = f"{self.user}{prompt}{self.end}{self.assistant}"
        return opened if answer is None else f"{opened}{answer}{self.end}"  # (!)

    def example(
        self, tokenizer: CharTokenizer, prompt: str, answer: str, context: int | None = None
    ) -> Example:
        """The ids of a conversation, and where its answer begins.

        ValueError where it has more tokens than the context: cut off at the end, it would teach
        answers that never end.
        """
        ids = tokenizer.encode(self.render(prompt, answer))
        if context is not None and len(ids) > context:
            sizes = f"{len(ids)} tokens, more than the context={context}"
            raise ValueError(f"the conversation that begins {prompt[:40]!r} has {sizes}")
        return Example(ids, len(self.render(prompt)))

    # --8<-- [end:render]

    def readable(self, text: str) -> str:
        """The text with names for the tokens, as ``<|end|>``."""
        for name in ("user", "assistant", "end"):
            text = text.replace(getattr(self, name), f"<|{name}|>")
        return text


TEMPLATE = ChatTemplate()
USER, ASSISTANT, END = TEMPLATE.tokens


def render(prompt: str, answer: str | None = None) -> str:
    """`ChatTemplate.render` with the course's own tokens."""
    return TEMPLATE.render(prompt, answer)


def examples(
    tokenizer: CharTokenizer, pairs: Sequence[tuple[str, str]], context: int | None = None
) -> list[Example]:
    """`ChatTemplate.example` for each (prompt, answer), with the course's own tokens."""
    return [TEMPLATE.example(tokenizer, *pair, context) for pair in pairs]
