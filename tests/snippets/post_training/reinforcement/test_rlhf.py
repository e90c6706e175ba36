"""Three methods followed step by step, small: what is measured, and what is written."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from string import ascii_letters
from typing import Any

import pytest
import torch

from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training.chat import TEMPLATE
from snippets.post_training.reinforcement import rlhf
from snippets.post_training.reinforcement.ppo import PPOConfig
from snippets.post_training.reinforcement.rlhf import (
    follow,
    learned_task,
    load_rlhf,
    look,
    main,
    samples,
    short,
)
from snippets.post_training.reinforcement.rollouts import Ids, Task
from snippets.post_training.rewards.learned_rewards import Start
from snippets.post_training.rewards.reward_model import RewardModel, scores
from snippets.post_training.verse import Prompt
from snippets.transformer.minigpt import MiniGPT
from tests.snippets.post_training.answers import WANTED, toy_policy, toy_task

ALL_PAIRS, ALL_STEPS = rlhf.PAIRS, rlhf.STEPS  # before they are made small
TOKENIZER = CharTokenizer([*ascii_letters[:28], *TEMPLATE.tokens])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {
        "STEPS": 4,
        "HACKED": 4,
        "EVERY": {"runs": 2, "hacked": 2},
        "PAIRS": 40,
        "REPEATED": 4,
        "MEASURED": 12,
        "SEEDS": (0,),
    }
    for name, value in {**sizes, "SHOWN": (0, 11), "COOLED": (0.5,)}.items():
        monkeypatch.setattr(rlhf, name, value)


def use_toys(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command begins with a toy's policy and tasks, and an untrained reward model."""
    start = Start(toy_policy(), TOKENIZER, toy_task(90), toy_task(12))
    monkeypatch.setattr(rlhf, "short_start", lambda: start)
    monkeypatch.setattr(rlhf, "load_preferences", lambda policy: [RewardModel(policy)])


def half(task: Task) -> Task:
    """The same answers, half as good."""
    return task._replace(judge=lambda *some: [one / 2 for one in task.judge(*some)])


def test_followed_steps_are_measured_from_the_start() -> None:
    start, task = toy_policy(), toy_task()

    def method(policy: MiniGPT, seed: int) -> Iterator[int]:
        for step in range(5):
            with torch.no_grad():
                policy.norm.get_parameter("weight").mul_(1.5)
            yield step + seed

    def see(policy: MiniGPT) -> rlhf.Look:
        return look(policy, start, task, half(task), seed=3)

    rows, answers = follow(method, start, see, see(start).row, seed=3, every=2)
    assert [row["step"] for row in rows] == [0, 2, 4]
    assert rows[0]["kl"] < 1e-6 < rows[1]["kl"] < rows[2]["kl"]
    assert all(row["score"] == pytest.approx(row["reward"] / 2) for row in rows)
    assert rows[-1]["length"] == sum(map(len, answers)) / 12
    assert all(map(torch.equal, start.parameters(), toy_policy().parameters()))


def test_a_learned_task_is_judged_by_its_model() -> None:
    model, task = RewardModel(toy_policy()), toy_task()
    torch.nn.init.normal_(model.body.head.weight)
    answers = [[1, 2], [3]]
    expected = scores(model, [task.prompts[4], task.prompts[0]], answers)
    assert learned_task(task, model).judge([4, 0], answers) == expected
    assert learned_task(task, model).prompts is task.prompts


def test_a_short_task_keeps_prompts_judges_and_answers_together() -> None:
    asked = [Prompt("L", count) for count in (4, 9, 7, 8, 5)]
    heard: list[int] = []

    def judge(places: Sequence[int], answers: Sequence[Ids]) -> list[float]:
        heard.extend(places)
        return [0.0] * len(places)

    task = toy_task(5)._replace(judge=judge)
    found = short(task, asked)
    assert found.prompts == [task.prompts[place] for place in (0, 2, 4)]
    found.judge([2, 0, 1], [[1]] * 3)
    assert heard == [4, 0, 2] and found.end == task.end


def test_samples_are_prompts_and_answers_in_words() -> None:
    task = toy_task()._replace(prompts=[[28, 0, 1, 30, 29], [28, 2, 30, 29]])
    start = Start(toy_policy(), TOKENIZER, task, task)
    shown = samples(start, [[4, WANTED, 30]] * 12)
    assert [(asked, said) for asked, said, _ in shown] == [("ab", "ed<|end|>"), ("c", "ed<|end|>")]
    assert [reward for *_, reward in shown] == [1 / 3, 1 / 3]


def test_from_the_command_to_what_pages_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_toys(monkeypatch)
    folder = tmp_path / "rlhf"
    assert main(["--out", str(folder)]) == 0
    found = load_rlhf(folder)
    assert set(found["runs"]) == {"PPO", "DPO", "GRPO"} and len(found["hacked"]) == 2
    for runs in (*found["runs"].values(), *found["hacked"].values()):
        assert [[row["step"] for row in rows] for rows in runs] == [[0, 2, 4]]
    assert [len(rows) for rows in found["cooled"].values()] == [1]
    starts = [runs[0][0]["reward"] for runs in found["runs"].values()]
    assert len(set(starts)) == 1  # all begin with the same model, prompts and seed
    assert set(found["samples"]) == {"start", *found["runs"], *found["hacked"]}
    (folder / "results.json").write_text("{")
    with pytest.raises(ValueError, match="is damaged"):
        load_rlhf(folder)
    with pytest.raises(FileNotFoundError, match="minutes make it"):
        load_rlhf(tmp_path)


def test_dpo_reads_as_many_answers_as_the_others_write() -> None:
    assert ALL_STEPS * PPOConfig().prompts == 2 * ALL_PAIRS


def test_a_policy_is_cooled_to_a_share_of_its_temperature_and_as_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_toys(monkeypatch)
    monkeypatch.setattr(rlhf, "methods", lambda *some: {})
    monkeypatch.setattr(rlhf, "hacks", lambda *some: {})
    assert main(["--out", str(tmp_path / "rlhf")]) == 0
    found = load_rlhf(tmp_path / "rlhf")
    assert [*found["cooled"]] == [f"{rlhf.TEMPERATURE * 0.5:g}"]
    row = found["cooled"][f"{rlhf.TEMPERATURE * 0.5:g}"][0]
    assert set(row) == {"reward", "right", "score", "kl", "length"} and row["kl"] > 1e-4


def test_each_method_gets_its_steps_and_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []

    def trained(*given: Any) -> Iterator[Any]:
        asked.append(given)
        return iter(())

    for module in (rlhf.ppo, rlhf.dpo, rlhf.grpo):
        monkeypatch.setattr(module, "train", trained)
    monkeypatch.setattr(rlhf, "REPEATED", 7)
    monkeypatch.setattr(rlhf, "HACKED", 5)
    task, start, usual = toy_task(), toy_policy(), rlhf.grpo.GRPOConfig()
    both = rlhf.methods(task, start), rlhf.hacks(task)
    found = {}
    for name, method in (both[0] | both[1]).items():
        for seed in (3, 4, 3):
            assert not [*method(toy_policy(), seed)]
        found[name], asked = asked, []
        assert [given[-1].seed for given in found[name]] == [3, 4, 3]
    steps = {name: given[0][-1].steps for name, given in found.items()}
    assert steps == {"PPO": 4, "DPO": 7, "GRPO": 4, "β = 0.0": 5, "β = 1.0": 5}
    one, other, same = (given[2] for given in found["DPO"])
    assert one == same != other and 20 < len(one) <= rlhf.PAIRS
    for name in both[1]:
        settings = found[name][0][-1]
        assert name == f"β = {settings.beta}" and settings.kl_limit > usual.kl_limit
