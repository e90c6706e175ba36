"""Two models of one size that add numbers: one answers at once, the other writes its steps first.

Both read equally many tokens in training. The direct one sees more problems for that, as its
solutions are shorter.
"""

import random
from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pad_sequence
from tqdm import trange

from snippets.checks import check_positive
from snippets.inference.batched_generation import generate_batch
from snippets.inference.reasoning.sums import (
    END,
    STYLES,
    TOKENIZER,
    Style,
    Terms,
    draw_problem,
    question,
)
from snippets.training.optimizers import (
    learning_rate_factor,
    make_optimizers,
    set_learning_rate,
)
from snippets.transformer.minigpt import MINIGPT, MiniGPT

SIZES = (2, 3, 4)  # how many numbers a problem of the training has
CONFIG = replace(
    MINIGPT,
    vocab_size=TOKENIZER.vocab_size,
    context=64,
    d_model=64,
    d_hidden=172,
    num_layers=2,
)
TOKENS = 1024  # about how many a batch has
LONGEST = 40  # tokens of a solution
UNSEEN = -100  # a target that the loss leaves out


def encoded(texts: Sequence[str]) -> Tensor:
    """Ids (B, T) of texts, with line ends behind the shorter ones."""
    rows = [torch.tensor(TOKENIZER.encode(text)) for text in texts]
    return pad_sequence(rows, batch_first=True, padding_value=END)


def solution_mask(ids: Tensor, asked: int) -> Tensor:
    """Which tokens belong to the solution, its end included: ids (B, T) -> (B, T) of bool.

    `asked` is the length of the question, which all rows share.
    """
    places = torch.arange(ids.shape[1], device=ids.device)
    ended = (ids == END).cumsum(dim=1) - (ids == END).int()  # ends before this token
    return (places >= asked) & (ended == 0)


def make_batch(style: Style, size: int, tokens: int, rng: random.Random) -> tuple[Tensor, Tensor]:
    """Inputs and targets (B, T) of about so many tokens; only solutions are to be predicted."""
    texts: list[str] = []
    while sum(map(len, texts)) < tokens:
        terms = draw_problem(size, held_out=False, rng=rng)
        texts.append(question(terms) + style(terms, rng))
    ids, asked = encoded(texts), len(question(terms))
    targets = ids.masked_fill(~solution_mask(ids, asked), UNSEEN)  # (!)
    return ids[:, :-1], targets[:, 1:]


def train(style: str, steps: int, seed: int = 0, tokens: int = TOKENS) -> MiniGPT:
    """A MiniGPT that solves problems of SIZES in a style; ValueError for a style unknown."""
    check_positive(steps=steps, tokens=tokens)
    if style not in STYLES:
        raise ValueError(f"style={style!r} is none of {', '.join(STYLES)}")
    torch.manual_seed(seed)
    rng = random.Random(seed)
    model = MiniGPT(CONFIG)
    optimizers = make_optimizers(model, muon_lr=0.02, adamw_lr=0.01)
    for step in trange(steps, desc=f"{style}, seed {seed}", leave=False):
        inputs, targets = make_batch(STYLES[style], rng.choice(SIZES), tokens, rng)
        logits = model(inputs)  # (B, T, V)
        F.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=UNSEEN).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        set_learning_rate(optimizers, learning_rate_factor(step, steps, warmup=steps // 20))
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    return model.eval()


def solve(
    model: MiniGPT, asked: Sequence[Terms], temperature: float = 1.0, seed: int = 0
) -> list[str]:
    """One solution of each problem, with its line end; at temperature 0 the greedy one."""
    prompts = [TOKENIZER.encode(question(terms)) for terms in asked]
    seeds = range(seed, seed + len(prompts))
    texts = generate_batch(
        model, prompts, LONGEST, stop=[END], seeds=seeds, temperature=temperature
    )
    return [
        TOKENIZER.decode(ids[len(prompt) :]) for ids, prompt in zip(texts, prompts, strict=True)
    ]
