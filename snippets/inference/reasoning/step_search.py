"""Search over steps: many beginnings, of which a verifier keeps the most promising after each."""

from collections.abc import Sequence

from snippets.checks import check_positive
from snippets.inference.batched_generation import generate_batch
from snippets.inference.reasoning.sums import END, EQUALS, PLUS, TOKENIZER, Terms, question
from snippets.inference.reasoning.verifier import Verifier, score
from snippets.transformer.minigpt import MiniGPT

LONGEST = 12  # tokens of a step


def step_is_over(new: Sequence[int]) -> bool:
    """Whether the new tokens hold a whole step: a sum, and what tells that it ends."""
    return new[-1] == END or (new[-1] == PLUS and EQUALS in new)


def search(
    model: MiniGPT,
    verifier: Verifier,
    asked: Sequence[Terms],
    width: int,
    keep: int,
    seed: int = 0,
) -> tuple[list[str], list[int]]:
    """One solution of each problem, and how many tokens were written for it.

    `width` beginnings are written one step further, and the `keep` best-scored ones go on, each
    `width // keep` times. ValueError where `width` is no multiple of `keep`.
    """
    check_positive(width=width, keep=keep)
    if width % keep:
        raise ValueError(f"width={width} is no multiple of keep={keep}")
    beams, spent = [[question(terms)] for terms in asked], [0 for _ in asked]
    for _ in range(max(map(len, asked))):  # a step more than needed
        going = [
            (i, text)
            for i, beam in enumerate(beams)
            for text in beam
            if not text.endswith("\n")
            for _ in range(width // len(beam))
        ]
        prompts = [TOKENIZER.encode(text) for _, text in going]
        seeds, seed = range(seed, seed + len(going)), seed + len(going)
        grown = generate_batch(model, prompts, LONGEST, stop=step_is_over, seeds=seeds)
        found = [{text for text in beam if text.endswith("\n")} for beam in beams]  # are over
        for (i, text), ids in zip(going, grown, strict=True):
            spent[i] += len(ids) - len(text)
            found[i].add(TOKENIZER.decode(ids))
        texts = [(i, text) for i, some in enumerate(found) for text in sorted(some)]
        scores = score(verifier, [text for _, text in texts])
        ranked = sorted(zip(scores, texts, strict=True), key=lambda one: -one[0])  # (!)
        beams = [[text for _, (j, text) in ranked if j == i][:keep] for i in range(len(asked))]
    chosen = [beam[0] for beam in beams]
    return [text[text.index("=") + 1 :] for text in chosen], spent
