from dataclasses import replace

import pytest
import torch

from snippets.modern.interpretability.ablation import ablate_heads, means
from snippets.modern.interpretability.head_scores import (
    copying_score,
    cut_off,
    induction_scores,
    previous_scores,
    slice_of,
)
from snippets.modern.interpretability.repeats import Repeats, repeats
from snippets.transformer.minigpt import MiniGPT
from tests.snippets.modern.small import small_model, some_ids

MADE = repeats(5, torch.Generator().manual_seed(0), periods=(3, 6), length=14, vocab=11)


def looking(where: torch.Tensor) -> torch.Tensor:
    """Weights (1, B, 2, T, T): a head that looks where it is told (B, T), one that looks at 0."""
    B, T = where.shape
    weights = torch.zeros(1, B, 2, T, T)
    weights[0, :, 0].scatter_(-1, where[..., None], 1.0)
    weights[0, :, 1, :, 0] = 1.0
    return weights


def test_a_head_that_looks_after_the_earlier_occurrence_scores_one() -> None:
    scores = induction_scores(looking(MADE.after_earlier()), MADE)
    assert scores.shape == (1, 2) and scores[0].tolist() == [1.0, 0.0]
    half = 0.5 * looking(MADE.after_earlier()) + 0.5 * looking(MADE.after_earlier() * 0)
    assert induction_scores(half, MADE)[0, 0] == pytest.approx(0.5)
    with pytest.raises(ValueError, match=r"\(1, 5, 2, 14, 14\) are not those of \(4, 14\)"):
        induction_scores(half, replace(MADE, ids=MADE.ids[1:]))


def test_a_head_that_looks_one_back_scores_one() -> None:
    before = (torch.arange(14) - 1).clamp(min=0).expand(5, 14)
    scores = previous_scores(looking(before))[0]
    assert scores[0] == pytest.approx(1.0) and scores[1] == pytest.approx(1 / 13)


@torch.no_grad()
def test_a_head_whose_circuit_is_the_identity_copies() -> None:
    model = small_model()
    table = torch.linalg.qr(torch.randn(12, 12, generator=torch.Generator().manual_seed(2))).Q[:11]
    model.embedding.weight.copy_(table)  # the head's too: they are tied
    attention, here = model.blocks[1].attention, slice_of(model, 1, 0)
    attention.qkv.weight[24:][here] = table[:4]
    attention.out.weight[:, here] = table[:4].T  # what it reads of four tokens, it writes back
    assert copying_score(model, 1, 0) >= 4 / 11
    attention.out.weight[:, here] = -table[:4].T
    assert copying_score(model, 1, 0) == 0.0


@torch.no_grad()
def test_copying_is_what_attending_to_one_token_does() -> None:
    """A text of a single token: the head can't but look at it, and adds what the score adds up."""
    model = small_model()
    for norm in (model.norm, model.blocks[0].attention_norm):  # gains that matter
        norm.weight.copy_(torch.randn(12, generator=torch.Generator().manual_seed(3)))
    hits = 0
    for token in range(11):
        ids = torch.tensor([[token]])
        block, here = model.blocks[0], slice_of(model, 0, 1)
        found: list[torch.Tensor] = []
        handle = block.attention.out.register_forward_pre_hook(
            lambda _, arguments, found=found: found.append(arguments[0])
        )
        model(ids)
        handle.remove()
        added = found[0][0, 0, here] @ block.attention.out.weight[:, here].T
        hits += int(model.head(added * model.norm.weight).argmax() == token)
    assert copying_score(model, 0, 1) == pytest.approx(hits / 11)


@torch.no_grad()
def test_cutting_off_all_readers_of_a_silent_head_changes_nothing() -> None:
    model, ids = small_model(), some_ids()
    model.blocks[0].attention.out.weight[:, slice_of(model, 0, 2)] = 0.0
    whole = model(ids)
    for reader in ("query", "key", "value"):
        assert torch.allclose(
            cut_off(model, ids, [2], reader, lambda: model(ids)), whole, atol=1e-5
        )


@torch.no_grad()
def test_it_cuts_what_the_reader_reads_and_nothing_else() -> None:
    """Where all three readers are cut off, layer 1 attends as if the head said its mean."""
    model, ids = small_model(), some_ids()
    whole = model(ids)
    qkv, seen = model.blocks[1].attention.qkv, []
    for reader in ("query", "key", "value"):
        cut = cut_off(model, ids, [0, 2], reader, lambda: model(ids))
        assert not torch.allclose(cut, whole, atol=1e-3)

        def watch() -> torch.Tensor:
            handle = qkv.register_forward_hook(lambda *call: seen.append(call[2].split(12, -1)))
            model(ids)
            handle.remove()
            return torch.zeros(())

        watch()
        cut_off(model, ids, [0, 2], reader, watch)
        usual, other = seen[-2:]
        same = [torch.equal(a, b) for a, b in zip(usual, other, strict=True)]
        assert same == [name != reader for name in ("query", "key", "value")]
    assert torch.equal(model(ids), whole)


def test_what_is_not_there_is_refused() -> None:
    model, ids = small_model(), some_ids()
    with pytest.raises(ValueError, match="reader='keys' is none of query, key, value"):
        cut_off(model, ids, [0], "keys", lambda: model(ids))
    with pytest.raises(ValueError, match="head=-1: layer 0 has heads 0 to 2"):
        cut_off(model, ids, [-1], "key", lambda: model(ids))
    with pytest.raises(ValueError, match="layer=5: heads has layers 0 to 1"):
        copying_score(model, 5, 0)
    one = MiniGPT(replace(model.config, num_layers=1))
    with pytest.raises(ValueError, match="layer=1: heads has layers 0 to 0"):
        cut_off(one, ids, [0], "key", lambda: one(ids))
    shared = MiniGPT(replace(model.config, num_kv_heads=1))
    with pytest.raises(ValueError, match="there are 1 heads of values for 3"):
        copying_score(shared, 0, 0)


@torch.no_grad()
def test_a_cut_off_reader_reads_what_ablated_heads_leave() -> None:
    """Where layer 0 has no feed-forward network that would pass it on, both are the same."""
    model, ids = small_model(), some_ids()
    model.blocks[0].feed_forward.down.weight.zero_()
    qkv, seen = model.blocks[1].attention.qkv, []

    def watch() -> torch.Tensor:
        handle = qkv.register_forward_hook(lambda *call: seen.append(call[2].split(12, -1)))
        model(ids)
        handle.remove()
        return torch.zeros(())

    with ablate_heads(model, (0, 0), (0, 2), instead=means(model, ids, "heads")):
        watch()
    for place, reader in enumerate(("query", "key", "value")):
        cut_off(model, ids, [0, 2], reader, watch)
        assert torch.allclose(seen[-1][place], seen[0][place], atol=1e-4)


def test_scores_are_where_the_model_and_the_weights_are() -> None:
    """The device "meta", which keeps no numbers, stands for a GPU."""
    made = Repeats(MADE.ids.to("meta"), MADE.periods.to("meta"))
    weights = torch.zeros(1, 5, 2, 14, 14, device="meta")
    assert induction_scores(weights, made).device.type == "meta"
    with pytest.raises(RuntimeError, match="item"):  # the share has no number
        copying_score(small_model().to("meta"), 0, 1)
