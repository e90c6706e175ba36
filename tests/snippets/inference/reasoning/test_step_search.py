"""The search: what it keeps, what it costs, and that a width of one is plain sampling."""

import pytest
import torch
from torch import Tensor, nn

from snippets.inference.reasoning.step_search import LONGEST, search, step_is_over
from snippets.inference.reasoning.sums import TOKENIZER, question
from snippets.inference.reasoning.thinking import CONFIG, solve, train
from snippets.transformer.minigpt import MiniGPT

ONE = TOKENIZER.encode("1")[0]


class LikesOnes(nn.Module):
    """Stands in for a verifier: the more ones a text has, the higher its score."""

    body = nn.Linear(1, 1)  # where its weights would be, on the CPU

    def forward(self, ids: Tensor) -> Tensor:
        return 0.1 * (ids == ONE).cumsum(dim=1).float()


@pytest.fixture(scope="module")
def model() -> MiniGPT:
    return train("thinking", 30, tokens=500)  # enough to know what a solution looks like


@pytest.mark.parametrize(
    ("text", "over"), [("19+", False), ("19+47=66+", True), ("66\n", True), ("47=66", False)]
)
def test_where_a_step_ends(text: str, over: bool) -> None:
    assert step_is_over(TOKENIZER.encode(text)) is over


def first_step(solution: str) -> str:
    """A solution up to where its first step ends, or is cut."""
    ids = TOKENIZER.encode(solution)
    ends = [n for n in range(1, len(ids) + 1) if n == LONGEST or step_is_over(ids[:n])]
    return solution[: min(ends, default=len(solution))]


def test_a_width_of_one_is_sampling_step_by_step(model: MiniGPT) -> None:
    asked = [(22, 33), (44, 55), (66, 77)]
    chains, spent = search(model, LikesOnes(), asked, width=1, keep=1, seed=3)  # type: ignore[arg-type]
    assert spent == [len(chain) for chain in chains]
    for chain, other in zip(chains, solve(model, asked, seed=3), strict=True):
        assert chain.startswith(first_step(other))  # which drew with the same seeds


def test_the_more_beginnings_the_better_by_its_own_measure(model: MiniGPT) -> None:
    asked = [(23, 45, 67), (89, 54, 32), (98, 76, 54), (24, 35, 46)]

    def ones(width: int) -> int:
        chains, spent = search(model, LikesOnes(), asked, width, max(width // 4, 1))  # type: ignore[arg-type]
        assert all(len(c) <= s for c, s in zip(chains, spent, strict=True))
        assert not any(c.startswith(question(t)) for c, t in zip(chains, asked, strict=True))
        return sum(chain.count("1") for chain in chains)

    assert ones(16) > ones(1)


def test_it_ends_even_where_no_text_does() -> None:
    torch.manual_seed(0)
    model = MiniGPT(CONFIG).eval()
    chains, spent = search(model, LikesOnes(), [(22, 33)], width=4, keep=2)  # type: ignore[arg-type]
    assert len(chains) == 1 and spent[0] > 0


def test_what_does_not_fit(model: MiniGPT) -> None:
    with pytest.raises(ValueError, match="no multiple"):
        search(model, LikesOnes(), [(22, 33)], width=6, keep=4)  # type: ignore[arg-type]


def test_a_width_and_what_is_kept_are_above_zero(model: MiniGPT) -> None:
    for width, keep in ((0, 1), (4, 0)):
        with pytest.raises(ValueError, match=r"(width|keep)=0"):
            search(model, LikesOnes(), [(22, 33)], width, keep)  # type: ignore[arg-type]


def test_unless_told_otherwise_the_search_draws_from_the_seed_0(model: MiniGPT) -> None:
    found = [search(model, LikesOnes(), [(22, 13)] * 3, 4, 2, *seed) for seed in ((), (0,), (1,))]  # type: ignore[arg-type]
    assert found[0] == found[1] != found[2]
