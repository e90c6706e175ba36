"""The loss is the paper's, pairs are neighbours, and words of one company come together."""

from collections import Counter
from typing import Any

import pytest
import torch
from torch.nn import functional as F

from snippets.foundations.vectors.skip_gram import (
    SkipGram,
    SkipGramConfig,
    as_ids,
    context_windows,
    count_words,
    keep_probability,
    negative_sampling_loss,
    speeches,
    train_skip_gram,
)


def test_a_speech_is_its_words_without_the_name_of_its_speaker() -> None:
    text = "FIRST WITCH:\nWhen shall we three\nmeet again, o'er there?\n\nALL:\nFair is foul!\n\n"
    expected = [["when", "shall", "we", "three", "meet", "again", "o'er", "there"],
                ["fair", "is", "foul"]]  # fmt: skip
    assert speeches(text) == expected


def test_the_most_frequent_word_comes_first_and_rare_ones_go() -> None:
    counts = count_words([["b", "a", "b"], ["c", "a", "b"]], least=2)
    assert list(counts.items()) == [("b", 3), ("a", 2)]
    with pytest.raises(ValueError, match="least=9"):
        count_words([["b", "a"]], least=9)


def test_unknown_words_are_skipped_and_each_id_knows_its_text() -> None:
    words, text_of = as_ids([["a", "x", "b"], ["x"], ["b"]], {"b": 2, "a": 1})
    assert words.tolist() == [1, 0, 0]
    assert text_of.tolist() == [0, 0, 2]
    with pytest.raises(ValueError, match="1 texts hold none of the 1 known"):
        as_ids([["x"]], {"b": 2})


def test_frequent_words_are_thinned_out_as_in_equation_5() -> None:
    counts = torch.tensor([9000.0, 900, 90, 10])
    shares = counts / 10_000
    expected = torch.minimum(torch.ones(4), (0.01 / shares).sqrt())
    torch.testing.assert_close(keep_probability(counts, 0.01), expected)


def pairs_of(words: torch.Tensor, text_of: torch.Tensor, window: int, seed: int = 0) -> list[Any]:
    """All real (centre, context), one after the other."""
    draws = torch.Generator().manual_seed(seed)
    contexts, real = context_windows(words, text_of, window, draws)
    assert contexts.shape == real.shape == (len(words), 2 * window)
    centres = words[:, None].expand_as(contexts)
    return list(zip(centres[real].tolist(), contexts[real].tolist(), strict=True))


def test_contexts_lie_within_the_window_and_the_text() -> None:
    words, text_of = torch.arange(8), torch.tensor([0, 0, 0, 0, 0, 1, 1, 1])
    seen: set[tuple[int, int]] = set()
    for seed in range(30):
        pairs = pairs_of(words, text_of, 2, seed)
        assert len(set(pairs)) == len(pairs)
        seen |= set(pairs)
    together = {(a, b) for a in range(8) for b in range(8)
                if 0 < abs(a - b) <= 2 and text_of[a] == text_of[b]}  # fmt: skip
    assert seen == together


def test_with_a_window_of_one_each_neighbour_is_a_context() -> None:
    pairs = pairs_of(torch.tensor([4, 5, 6]), torch.zeros(3), 1)
    assert sorted(pairs) == [(4, 5), (5, 4), (5, 6), (6, 5)]


def test_near_words_are_contexts_more_often_than_distant_ones() -> None:
    far = Counter(abs(a - b) for a, b in pairs_of(torch.arange(20_000), torch.zeros(20_000), 4))
    for distance in (1, 2, 3, 4):
        assert far[distance] / far[1] == pytest.approx((5 - distance) / 4, abs=0.03)


def test_one_word_has_no_contexts() -> None:
    assert pairs_of(torch.tensor([3]), torch.tensor([0]), 5) == []


def test_the_loss_is_cross_entropy_of_real_against_noise() -> None:
    torch.manual_seed(0)
    centres, contexts, noise = torch.randn(6, 4), torch.randn(6, 2, 4), torch.randn(3, 4)
    real = torch.tensor([[True, True], [True, False], [True, True], [False, True]] * 2)[:6]
    told = [F.logsigmoid(centres[b] @ contexts[b, w]) for b, w in real.nonzero().tolist()]
    expected = torch.stack([-t for t in told]).mean()
    of_pair = centres[real.nonzero()[:, 0]] @ noise.T
    expected += 5 * F.binary_cross_entropy_with_logits(of_pair, torch.zeros_like(of_pair))
    found = negative_sampling_loss(centres, contexts, real, noise, 5)
    torch.testing.assert_close(found, expected)


def test_the_first_loss_is_that_of_guessing() -> None:
    """All scores are 0 at first, so each of 1 + k decisions costs ln 2."""
    model, contexts = SkipGram(10, 8), torch.tensor([[1, 2], [3, 0]])
    real = torch.tensor([[True, True], [True, False]])
    loss = model(torch.tensor([0, 2]), contexts, real, torch.tensor([4, 5]), 5)
    assert loss.item() == pytest.approx(6 * torch.log(torch.tensor(2.0)).item())


def test_at_the_optimum_a_score_is_the_logarithm_of_how_much_oftener_than_noise() -> None:
    """Levy and Goldberg 2014: the score is ln(P(context | centre) / P_noise(context)) - ln k."""
    torch.manual_seed(0)
    together = torch.tensor([[8.0, 2, 1], [2, 4, 3], [1, 3, 6]])  # how often c stood beside w
    noise, k = torch.tensor([0.5, 0.3, 0.2]), 2.0
    w, c = torch.randn(3, 3, requires_grad=True), torch.randn(3, 3, requires_grad=True)
    optimizer = torch.optim.LBFGS([w, c], max_iter=500, line_search_fn="strong_wolfe",
                                  tolerance_grad=1e-9, tolerance_change=1e-12)  # fmt: skip

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = torch.zeros(())
        for i in range(3):
            fake = k * together[i].sum() * noise * F.logsigmoid(-(w[i] * c).sum(1))
            total = total - (together[i] * F.logsigmoid((w[i] * c).sum(1)) + fake).sum()
        total.backward()
        return total

    optimizer.step(loss)
    expected = (together / together.sum(1, keepdim=True) / noise).log() - torch.log(torch.tensor(k))
    torch.testing.assert_close((w @ c.T).detach(), expected, atol=2e-3, rtol=0)


@pytest.fixture(scope="module")
def two_companies() -> tuple[list[list[str]], dict[str, int]]:
    """Half of the texts are of land and half of sea; a0 and a1 are used alike, and b0 and b1."""
    rng = torch.Generator().manual_seed(1)
    texts = []
    for number in range(600):
        letter = "ab"[number % 2]
        draws = torch.randint(0, 8, (10,), generator=rng).tolist()
        texts.append([f"{letter}{draw}" for draw in draws])
    return texts, count_words(texts, least=1)


def test_words_of_one_company_come_together(
    two_companies: tuple[list[list[str]], dict[str, int]],
) -> None:
    texts, counts = two_companies
    config = SkipGramConfig(d_model=8, threshold=1.0, epochs=4, batch_size=256)
    models, losses = zip(*train_skip_gram(texts, counts, config), strict=True)
    model = models[-1]
    unit = F.normalize(model.centres.weight.detach(), dim=1)
    cosines, words = unit @ unit.T, list(counts)
    same = torch.tensor([[a[0] == b[0] for b in words] for a in words])
    other = ~torch.eye(len(words), dtype=torch.bool)
    assert cosines[same & other].min() > cosines[~same].max() + 0.3
    assert list(losses) == sorted(losses, reverse=True)


def test_a_seed_gives_the_same_vectors_again(
    two_companies: tuple[list[list[str]], dict[str, int]],
) -> None:
    texts, counts = two_companies

    def trained(seed: int) -> torch.Tensor:
        config = SkipGramConfig(d_model=4, epochs=1, seed=seed)
        [(model, _)] = train_skip_gram(texts[:40], counts, config)
        return model.centres.weight.detach()

    assert torch.equal(trained(0), trained(0))
    assert not torch.equal(trained(0), trained(1))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"window": 0}, "window=0"),
        ({"epochs": 0}, "epochs=0"),
        ({"lr": 0.0}, "lr=0.0"),
        ({"k": -1.0}, "k=-1.0"),
        ({"d_model": 0}, "d_model=0"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SkipGramConfig(**wrong)


def test_texts_without_neighbours_are_refused() -> None:
    with pytest.raises(ValueError, match="2 texts have no two known words near each other"):
        next(train_skip_gram([["a"], ["b"]], {"a": 1, "b": 1}, SkipGramConfig(threshold=10.0)))


def test_noise_is_drawn_by_counts_to_the_power_of_three_quarters(
    monkeypatch: pytest.MonkeyPatch, two_companies: tuple[list[list[str]], dict[str, int]]
) -> None:
    texts, counts = two_companies
    asked = []
    draw = torch.multinomial

    def noted(weights: torch.Tensor, size: int, *args: Any, **options: Any) -> torch.Tensor:
        asked.append((weights, size))
        return draw(weights, size, *args, **options)

    monkeypatch.setattr(torch, "multinomial", noted)
    next(train_skip_gram(texts, counts, SkipGramConfig(noise_size=7)))
    weights, size = asked[0]
    assert size == 7
    torch.testing.assert_close(weights, torch.tensor([n**0.75 for n in counts.values()]))


def test_frequent_words_are_thinned_out_before_windows_are_made(
    monkeypatch: pytest.MonkeyPatch, two_companies: tuple[list[list[str]], dict[str, int]]
) -> None:
    """16 words of one frequency: at a threshold of a quarter of it, half of the text stays."""
    texts, counts = two_companies
    seen = []

    def noted(words: torch.Tensor, *args: Any) -> Any:
        seen.append(len(words))
        return context_windows(words, *args)

    monkeypatch.setattr("snippets.foundations.vectors.skip_gram.context_windows", noted)
    next(train_skip_gram(texts, counts, SkipGramConfig(threshold=1 / 64)))
    assert seen[0] / 6000 == pytest.approx(0.5, abs=0.05)


def test_words_that_occur_ten_times_are_kept_unless_told_otherwise() -> None:
    assert count_words([["a"] * 10 + ["b"] * 9]) == {"a": 10}


def test_centres_begin_small_and_contexts_at_zero() -> None:
    model = SkipGram(500, 8)
    assert 0.9 < model.centres.weight.abs().max() * 2 * 8 <= 1
    assert abs(model.centres.weight.mean()) < 0.005
    assert not model.contexts.weight.any()
    assert torch.equal(model.centres.weight, SkipGram(500, 8, seed=0).centres.weight)
    assert all(parameter.requires_grad for parameter in model.parameters())
    assert len(list(model.parameters())) == 2


@pytest.mark.parametrize(("sizes", "message"), [((0, 8), "vocab_size=0"), ((8, 0), "d_model=0")])
def test_a_table_has_words_and_numbers(sizes: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SkipGram(*sizes)
