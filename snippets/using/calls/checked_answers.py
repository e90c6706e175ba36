"""What came back, taken for an answer only if it is one: whole, and of the form that was wanted."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Found = TypeVar("Found")


# --8<-- [start:whole]
def text_of(answer: Any) -> str:
    """The text of a chat completion that ended by itself.

    ValueError for anything else: a page from a proxy, another object, an answer cut at the limit.
    """
    choices = getattr(answer, "choices", None)
    if not choices:
        raise ValueError(f"no chat completion: {str(answer)[:80]!r}")
    choice = choices[0]
    if choice.finish_reason != "stop" or choice.message.content is None:
        raise ValueError(f"finish_reason {choice.finish_reason!r}: {choice.message.content!r}")
    return choice.message.content


def text_of_stream(chunks: Iterable[Any]) -> str:
    """The text of a stream that came to its end; ConnectionError where it broke off."""
    text, reason = "", None
    for chunk in chunks:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            reason = choice.finish_reason or reason
    if reason is None:  # (!)
        raise ConnectionError(f"the stream broke off after {text!r}")
    return text
    # --8<-- [end:whole]


def ask_for(
    ask: Callable[[list[dict[str, str]]], str],
    messages: list[dict[str, str]],
    read: Callable[[str], Found],
    tries: int = 3,
) -> Found:
    """What `read` makes of the answer; where it raises ValueError, it is told, and asked again.

    `ask` gives the answer to messages as text. After so many `tries`, the last ValueError. Also
    ValueError for less than one try.
    """
    if tries < 1:
        raise ValueError(f"tries={tries}: at least one")
    messages = list(messages)
    for left in range(tries - 1, -1, -1):
        said = ask(messages)
        try:
            return read(said)
        except ValueError as error:
            if left == 0:
                raise
            wish = f"That could not be read: {error}\nAnswer once more, in the form asked for."
            messages.append({"role": "assistant", "content": said})
            messages.append({"role": "user", "content": wish})
    raise AssertionError("the loop returns or raises")
