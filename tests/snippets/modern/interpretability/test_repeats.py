import pytest
import torch

from snippets.modern.interpretability.repeats import Repeats, repeats, shuffled
from tests.snippets.elsewhere import Elsewhere

MADE = repeats(200, torch.Generator().manual_seed(0))


def test_every_token_is_the_one_a_period_before() -> None:
    for ids, period in zip(MADE.ids, MADE.periods.tolist(), strict=True):
        assert torch.equal(ids[period:], ids[:-period])
    assert set(MADE.periods.tolist()) == set(range(8, 21))
    assert torch.equal(MADE.again().sum(1), 40 - MADE.periods)
    few = repeats(9, torch.Generator().manual_seed(0), (2, 3), length=5, vocab=4)
    assert (
        few.ids.shape == (9, 5)
        and few.ids.max() == 3
        and set(MADE.ids.flatten().tolist()) == {*range(32)}
    )


def test_the_place_after_the_earlier_one_holds_what_comes_next() -> None:
    after, again = MADE.after_earlier()[:, :-1], MADE.again()[:, :-1]
    copied = MADE.ids.gather(1, after)
    assert torch.equal(copied[again], MADE.ids[:, 1:][again])
    assert again.float().mean() == pytest.approx(1 - float(MADE.periods.float().mean()) / 39, 0.05)


def test_nothing_else_can_be_predicted() -> None:
    """Tokens and pairs of tokens of the first reading are even."""
    counts = torch.bincount(MADE.ids[:, :8].flatten(), minlength=32).float()
    assert counts.max() / counts.mean() < 1.6
    assert float((MADE.ids[:, 0] == MADE.ids[:, 1]).float().mean()) < 0.1


def test_shuffling_keeps_the_tokens_and_not_their_order() -> None:
    mixed = shuffled(MADE, torch.Generator().manual_seed(1))
    assert mixed.shape == MADE.ids.shape
    for old, new, period in zip(MADE.ids, mixed, MADE.periods.tolist(), strict=True):
        assert torch.equal(old[:period], new[:period])
        ends = [*range(period, 40, period), 40]
        for begin, end in zip([0, *ends[:-1]], ends, strict=True):
            assert torch.equal(old[begin:end].sort().values, new[begin:end].sort().values)
    again = MADE.again()
    assert float((mixed == MADE.ids)[again].float().mean()) < 0.2


@pytest.mark.parametrize("periods", [(1, 5), (6, 5), (8, 40)])
def test_periods_that_repeat_nothing_are_refused(periods: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"must be from 2 to below length=40"):
        repeats(2, torch.Generator(), periods)


@pytest.mark.parametrize("periods", [(2, 2), (39, 39), (2, 39)])
def test_the_shortest_and_the_longest_period_repeat_something(periods: tuple[int, int]) -> None:
    made = repeats(20, torch.Generator().manual_seed(0), periods)
    assert made.ids.shape == (20, 40) and bool((made.again().sum(1) >= 1).all())
    assert int(made.periods.min()) >= periods[0] and int(made.periods.max()) <= periods[1]


def test_where_nothing_was_read_before_the_place_is_the_first() -> None:
    after = MADE.after_earlier()
    for row, period in zip(after.tolist(), MADE.periods.tolist(), strict=True):
        assert row == [max(0, at - period + 1) for at in range(40)]


def test_chance_is_that_of_the_generator_alone() -> None:
    found = []
    for seed, own in ((1, 0), (2, 0), (2, 1)):
        torch.manual_seed(seed)
        chance = torch.Generator().manual_seed(own)
        made = repeats(20, chance)
        found.append((made.ids, made.periods, shuffled(made, chance)))
    assert all(map(torch.equal, found[0], found[1]))
    assert not any(map(torch.equal, found[0], found[2]))


def test_marks_places_and_shuffles_elsewhere_are_the_same_and_stay_there() -> None:
    def all_of(made: Repeats) -> list[torch.Tensor]:
        mixed = shuffled(made, torch.Generator().manual_seed(1))
        return [made.again(), made.after_earlier(), mixed]

    expected = all_of(MADE)
    with Elsewhere():
        found = all_of(Repeats(MADE.ids.to("meta"), MADE.periods.to("meta")))
        assert [tensor.device.type for tensor in found] == ["meta"] * 3
        for ours, theirs in zip(expected, found, strict=True):
            assert torch.equal(theirs.cpu(), ours)
