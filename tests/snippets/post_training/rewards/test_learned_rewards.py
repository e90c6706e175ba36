"""The study of reward models, small: from the command to what pages read."""

from pathlib import Path
from typing import Any

import pytest
import torch

from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.rewards import learned_rewards
from snippets.post_training.rewards.learned_rewards import (
    Start,
    best_of,
    cooled,
    load_preferences,
    main,
    preference_results,
    results,
)
from snippets.post_training.rewards.preferences import Pair, collect
from snippets.post_training.rewards.reward_model import RewardModel, margins, scores
from tests.snippets.post_training.answers import random_rollouts, toy_policy, toy_task
from tests.snippets.transformer.test_minigpt import TINY, tiny


@pytest.mark.parametrize("name", TINY)
def test_a_cooled_model_has_its_logits_divided(name: str) -> None:
    model, ids = tiny(TINY[name]), random_rollouts().ids
    with torch.no_grad():
        for parameter in model.norm.parameters():
            parameter.add_(0.3)  # a bias, where there is one
        expected = model(ids) / 0.6
        torch.testing.assert_close(cooled(model, 0.6)(ids), expected, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(model(ids) / 0.6, expected)  # the model itself is as it was


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Start:
    for name, value in {"SIZES": (16, 32), "TESTED": 10, "BEST_OF": 4}.items():
        monkeypatch.setattr(learned_rewards, name, value)
    start = Start(toy_policy(), CharTokenizer("ab"), toy_task(40), toy_task(12))
    monkeypatch.setattr(learned_rewards, "load_start", lambda: start)
    return start


def test_from_the_command_to_the_models(small: Start, tmp_path: Path) -> None:
    folder = tmp_path / "preferences"
    assert main(["--out", str(folder)]) == 0
    found, models = preference_results(folder), load_preferences(small.policy, folder)
    tested = len(found["gaps"])
    assert 0 < tested <= 10 and tested == len(found["lengths"]) == len(found["wrong_prompt"])
    assert {size: [len(one) for one in m] for size, m in found["margins"].items()} == {
        "16": [tested] * 3, "32": [tested] * 3
    }  # fmt: skip
    again = best_of(small.policy, models, small.held_out)
    assert again["true"] == found["best_of"]["true"] and len(again["true"]) == 12
    assert torch.allclose(torch.tensor(again["learned"]), torch.tensor(found["best_of"]["learned"]))

    (folder / "models.safetensors").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"models\.safetensors is damaged"):
        load_preferences(small.policy, folder)
    (folder / "results.json").write_text("{")
    with pytest.raises(ValueError, match=r"results\.json is damaged"):
        preference_results(folder)
    with pytest.raises(FileNotFoundError, match="minutes make it"):
        load_preferences(small.policy, tmp_path)
    (folder / "results.json").unlink()
    with pytest.raises(FileNotFoundError, match="minutes make it"):
        preference_results(folder)


def test_the_best_of_many_are_scored_in_their_places(small: Start) -> None:
    """One table of true rewards, and for each model one of its scores."""
    model = RewardModel(small.policy)
    torch.nn.init.normal_(model.body.head.weight)
    found = best_of(small.policy, [model], small.held_out)
    assert len(found["learned"]) == 1 and [len(row) for row in found["true"]] == [4] * 12
    assert all(0 <= one <= 1 for row in found["true"] for one in row)
    first = small.held_out.prompts[0]
    assert scores(model, [first], [[1]]) != scores(model, [first], [[2]])


def test_what_is_reported_is_of_the_pairs_that_were_tested(
    small: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    collected: list[list[Pair]] = []

    def note(*some: Any) -> list[Pair]:
        collected.append(collect(*some))
        return collected[-1]

    monkeypatch.setattr(learned_rewards, "collect", note)
    found, models = results(small.policy, small.training, small.held_out)
    _, tested = collected
    assert found["gaps"] == [pair.gap for pair in tested]
    assert found["lengths"] == [len(pair.chosen) - len(pair.rejected) for pair in tested]
    assert found["noise"] == learned_rewards.NOISE and len(models) == 3
    for rows in found["margins"].values():  # each model has a seed of its own
        assert len({tuple(row) for row in rows}) == 3
    prompts = small.held_out.prompts
    for model, said in zip(models, found["margins"][32], strict=True):  # those of the most pairs
        assert said == pytest.approx(margins(model, prompts, tested).tolist(), abs=1e-6)
    before = [tested[-1], *tested[:-1]]
    moved = [Pair(b.place, p.chosen, p.rejected) for b, p in zip(before, tested, strict=True)]
    assert found["wrong_prompt"] == pytest.approx(
        margins(models[0], prompts, moved).tolist(), abs=1e-6
    )


def test_all_are_written_though_not_all_at_once(
    small: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned_rewards, "BEST_OF", 25)
    found = best_of(small.policy, [RewardModel(small.policy)], small.held_out)
    assert [len(row) for row in found["true"]] == [25] * 12
    assert [[len(row) for row in one] for one in found["learned"]] == [[25] * 12]
