"""The same request in several wordings, put to the tuned MiniGPT, which was shown only one."""

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from snippets.foundations.tokenizers import CharTokenizer
from snippets.inference.batched_generation import generate_batch
from snippets.inference.fast_decoder import Decoder
from snippets.post_training.chat import END, render
from snippets.post_training.verse import NUMBERS, Prompt, parts
from snippets.transformer.minigpt import MiniGPT

# --8<-- [start:ways]
EXAMPLE = render("Six syllables that begin with L.", "Like hounds upon the scent.")
WAYS: Mapping[str, Callable[[Prompt], str]] = {
    "as trained": lambda p: render(p.text),
    "with please": lambda p: render(
        f"Please write {NUMBERS[p.syllables]} syllables that begin with {p.letter}."
    ),
    "no full stop": lambda p: render(p.text.removesuffix(".")),
    "letter first": lambda p: render(f"Begin with {p.letter}, {NUMBERS[p.syllables]} syllables."),
    "one example": lambda p: EXAMPLE + render(p.text),
    "no template": lambda p: p.text + "\n",
}
# --8<-- [end:ways]


def asked_so(
    model: MiniGPT, tokenizer: CharTokenizer, way: Callable[[Prompt], str], some: Sequence[Prompt]
) -> dict[str, float]:
    """The shares of answers that pass each check, if every prompt is put this way.

    ValueError where there is no prompt.
    """
    if not some:
        raise ValueError("no prompts to ask")
    ids = [tokenizer.encode(way(prompt)) for prompt in some]
    end, seeds = tokenizer.ids[END], range(len(ids))
    texts = generate_batch(model, ids, 48, stop=[end], seeds=seeds, step=Decoder(model),
                           temperature=0.7)  # fmt: skip
    said = [tokenizer.decode(text[len(i) :]) for text, i in zip(texts, ids, strict=True)]
    checks = [parts(prompt, answer) for prompt, answer in zip(some, said, strict=True)]
    return {name: fmean(one[name] for one in checks) for name in checks[0]}
