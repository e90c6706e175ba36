from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from snippets.modern.interpretability import induction
from snippets.modern.interpretability.head_scores import induction_scores, previous_scores
from snippets.modern.interpretability.hooks import activations
from snippets.modern.interpretability.induction import (
    CONFIG,
    attention_only,
    in_context_score,
    load_attention_only,
    load_induction,
    losses,
    main,
    measured,
    train,
)
from snippets.modern.interpretability.repeats import Repeats, repeats
from snippets.transformer.attention_weights import attention_weights
from snippets.transformer.minigpt import next_token_loss


def test_it_is_attention_and_nothing_else() -> None:
    model = attention_only(2)
    ids = repeats(3, torch.Generator().manual_seed(0)).ids
    assert not activations(model, ids, "feed_forward").any()
    C, V = CONFIG.d_model, CONFIG.vocab_size
    numbers = 2 * V * C + 2 * (4 * C * C + C) + C  # tables, two attentions with norms, a last norm
    assert sum(p.numel() for p in model.parameters()) == numbers
    assert torch.equal(attention_only(2, seed=3).head.weight, attention_only(2, seed=3).head.weight)


def test_losses_are_those_of_training() -> None:
    model, made = attention_only(1), repeats(4, torch.Generator().manual_seed(0))
    each = losses(model, made.ids)
    assert each.shape == (4, 39)
    whole = next_token_loss(model(made.ids[:, :-1]), made.ids[:, 1:]).item()
    assert each.mean().item() == pytest.approx(whole, rel=1e-5)
    one = F.cross_entropy(model(made.ids[:1, :6])[0, -1], made.ids[0, 6]).item()
    assert each[0, 5].item() == pytest.approx(one, rel=1e-4)


def test_the_in_context_score_by_hand() -> None:
    each = torch.full((2, 39), 9.0)
    each[:, :7], each[:, -10:] = 4.0, 1.5
    assert in_context_score(each) == -2.5


def test_from_the_command_to_the_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(induction, "SEEDS", 1)
    folder = tmp_path / "induction"
    assert main(["--out", str(folder), "--steps", "20"]) == 0
    found = load_induction(folder)
    assert list(found) == ["2", "1"] and [e["step"] for e in found["2"][0]] == [0, 10, 20]
    entry = found["2"][0][-1]
    assert len(entry["induction"]) == 2 and len(entry["induction"][0]) == 4
    assert entry["again"] < found["2"][0][0]["again"]
    model, history = train(2, 20, 0)
    ids = repeats(2, torch.Generator().manual_seed(5)).ids
    loaded = load_attention_only(2, folder=folder)
    assert torch.allclose(loaded(ids), model(ids), atol=1e-5)
    assert history[-1]["again"] == pytest.approx(entry["again"], rel=1e-4)


def test_what_is_missing_or_damaged_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="layers-3-seed-0"):
        load_attention_only(3, folder=tmp_path)
    (tmp_path / "layers-2-seed-0.safetensors").write_bytes(b"no")
    with pytest.raises(ValueError, match="is damaged"):
        load_attention_only(2, folder=tmp_path)
    with pytest.raises(FileNotFoundError, match="minutes make it"):
        load_induction(tmp_path)


def test_what_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    model, made = attention_only(2), repeats(6, torch.Generator().manual_seed(0))
    known = torch.arange(1, 40) > made.periods[:, None]  # the token before was read before
    monkeypatch.setattr(induction, "losses", lambda *_: torch.where(known, 1.0, 5.0))
    found = measured(model, made)
    assert (found["first"], found["again"]) == (5.0, 1.0)
    weights = attention_weights(model, made.ids)
    assert found["previous"] == previous_scores(weights).tolist()
    assert found["induction"] == induction_scores(weights, made).tolist()


@torch.no_grad()
def test_weights_begin_with_the_deviations_that_are_promised() -> None:
    model = attention_only(2)
    assert float(model.embedding.weight.std()) == pytest.approx(4 / 8, rel=0.1)
    for name in ("blocks.1.attention.qkv", "blocks.0.attention.out", "head"):
        assert float(model.get_parameter(f"{name}.weight").std()) == pytest.approx(1 / 8, rel=0.1)


def test_all_that_is_measured_has_its_place() -> None:
    model, made = attention_only(1), repeats(6, torch.Generator().manual_seed(0))
    found = measured(model, made)
    assert found["in_context"] == in_context_score(losses(model, made.ids))
    assert found.keys() == {"first", "again", "in_context", "induction", "previous"}


def test_without_a_number_the_command_takes_the_steps_of_the_course(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int, int]] = []

    def trained(layers: int, steps: int, seed: int) -> object:
        asked.append((layers, steps, seed))
        return attention_only(layers, seed), [{"step": 0}]

    monkeypatch.setattr(induction, "train", trained)
    folder = tmp_path / "made"
    assert main(["--out", str(folder)]) == 0
    seeds = range(induction.SEEDS)
    assert asked == [(depth, induction.STEPS, seed) for depth in (2, 1) for seed in seeds]
    assert load_induction(folder) == {n: 3 * [[{"step": 0}]] for n in ("2", "1")}
    for layers, seed in ((2, 1), (1, 2)):
        loaded, ours = load_attention_only(layers, seed, folder), attention_only(layers, seed)
        assert torch.equal(loaded.head.weight, ours.head.weight)
        assert len(loaded.blocks) == layers and not loaded.training
    usual = load_attention_only(2, folder=folder)
    assert torch.equal(usual.head.weight, attention_only(2, 0).head.weight)
    assert torch.equal(attention_only(2).head.weight, attention_only(2, 0).head.weight)


def test_another_seed_is_another_training_and_the_same_sequences_are_kept() -> None:
    (_, one), (_, same), (_, other) = (train(1, 11, seed) for seed in (0, 0, 1))
    assert one == same != other and [entry["step"] for entry in one] == [0, 10]


def test_what_is_measured_is_never_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[tuple[int, int]] = []

    def watched(batch: int, generator: torch.Generator) -> Repeats:
        drawn.append((generator.initial_seed(), batch))
        return repeats(batch, generator)

    monkeypatch.setattr(induction, "repeats", watched)
    monkeypatch.setattr(induction, "take_steps", lambda model, settings, loss: iter([loss()]))
    for seed in (0, 1):
        train(1, 11, seed)
    kept, learned = drawn[::2], drawn[1::2]
    assert kept[0] == kept[1] and {batch for _, batch in learned} == {induction.BATCH}
    assert len({source for source, _ in [*kept, *learned]}) == 3
