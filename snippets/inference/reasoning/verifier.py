"""A verifier: a copy of the model that reads a solution and says how likely it is to be right."""

import copy
import random
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from tqdm import tqdm

from snippets.checks import check_positive
from snippets.inference.reasoning.sums import Terms, answer, question
from snippets.inference.reasoning.thinking import encoded, solution_mask
from snippets.training.config import TrainingConfig
from snippets.training.short_training import take_steps
from snippets.transformer.minigpt import MiniGPT, device_of


class Verifier(nn.Module):
    """The trained model with another head: one number per token instead of V logits.

    After each token of a solution it says whether the solution will turn out right, as Cobbe et al.
    (2021, section 4) train theirs: the label of the whole stands at each of its tokens.
    """

    def __init__(self, model: MiniGPT) -> None:
        super().__init__()
        self.body = copy.deepcopy(model)
        self.body.head = nn.Linear(  # (!)
            model.config.d_model, 1, bias=False, device=device_of(model)
        )
        nn.init.zeros_(self.body.head.weight)  # at first, everything is as likely right as wrong

    def forward(self, ids: Tensor) -> Tensor:
        """Ids (B, T) -> the logit, at each token, of "this will be right": (B, T)."""
        return self.body(ids)[..., 0]


def verifier_loss(verifier: Verifier, ids: Tensor, right: Tensor, asked: int) -> Tensor:
    """Mean cross-entropy over the tokens of solutions: ids (B, T), labels (B,) -> one number."""
    logits, mask = verifier(ids), solution_mask(ids, asked)  # (B, T) each
    labels = right[:, None].expand_as(logits)  # the whole solution's label at each token (!)
    return F.binary_cross_entropy_with_logits(logits[mask], labels[mask])


def train_verifier(
    model: MiniGPT,
    asked: Sequence[Terms],
    solutions: Sequence[str],
    steps: int,
    seed: int = 0,
    batch_size: int = 64,
) -> Verifier:
    """A verifier of the model's own solutions, labelled by whether their answer is right.

    All problems must be of one size. Raises ValueError where they are not, or where there is not
    one solution for each.
    """
    check_positive(steps=steps, batch_size=batch_size)
    if len(asked) != len(solutions):
        raise ValueError(f"{len(solutions)} solutions for {len(asked)} problems")
    if len({len(terms) for terms in asked}) != 1:
        raise ValueError("problems of different sizes have questions of different lengths")
    device = device_of(model)
    right = torch.tensor(
        [float(answer(s) == sum(terms)) for s, terms in zip(solutions, asked, strict=True)],
        device=device,
    )
    texts = [question(terms) + s for terms, s in zip(asked, solutions, strict=True)]
    ids, beginning = encoded(texts).to(device), len(question(asked[0]))
    verifier, rng = Verifier(model), random.Random(seed)

    def next_loss() -> Tensor:
        rows = rng.sample(range(len(ids)), min(batch_size, len(ids)))
        return verifier_loss(verifier, ids[rows], right[rows], beginning)

    settings = TrainingConfig(steps=steps, muon_lr=0.01, adamw_lr=0.003, warmup=steps // 20)
    learning = take_steps(verifier.body, settings, next_loss)
    for _ in tqdm(learning, f"verifier, seed {seed}", steps, leave=False):
        pass
    return verifier.eval()


@torch.inference_mode()
def score(verifier: Verifier, texts: Sequence[str], batch_size: int = 1024) -> list[float]:
    """How likely each text, a question with a solution or its beginning, is to come out right.

    Read after the last token: a number from 0 to 1 for each text.
    """
    found: list[float] = []
    for first in range(0, len(texts), batch_size):
        some = texts[first : first + batch_size]
        last = torch.tensor([len(text) - 1 for text in some])
        ids = encoded(some).to(device_of(verifier.body))
        said = verifier(ids).sigmoid()  # (B, T); padding comes after and changes nothing
        found += said[torch.arange(len(some)), last].tolist()
    return found
