"""The prompts that are compared, and the file of results; the model here is a small random one."""

import pytest
import torch

from snippets.foundations.subwords.published_tokenizers import load_smollm2
from snippets.transformer.minigpt import MiniGPT, MiniGPTConfig
from snippets.using.prompts import prompt_runs
from snippets.using.prompts.few_shot import EMPTY, Form, label_ids
from snippets.using.prompts.injection import ATTACKS, DEFENCES, HEAD
from snippets.using.prompts.prompt_runs import (
    ATTACKED,
    ORDERS,
    SHORT,
    TESTED,
    drawn,
    in_order,
    load_prompts,
    main,
    reviews,
    settings,
)


def test_the_tests_are_balanced_and_no_film_is_in_both():
    pool, tested = reviews()
    assert [review.fresh for review in tested] == [False] * TESTED + [True] * TESTED
    assert all(len(review.text) in SHORT for review in pool + tested)
    assert not {review.film for review in pool} & {review.film for review in tested}
    assert len({review.text for review in tested}) == 2 * TESTED


@pytest.mark.parametrize("shots", [2, 4, 8])
def test_half_of_the_drawn_examples_are_fresh(shots):
    for seed in range(3):
        found = drawn(shots, seed)
        assert len(set(found)) == shots and sum(r.fresh for r in found) == shots // 2
        assert found == drawn(shots, seed) != drawn(shots, seed + 1)


def test_single_examples_take_turns_and_other_numbers_are_refused():
    assert [drawn(1, seed)[0].fresh for seed in range(3)] == [False, True, False]
    for wrong in (0, 3, -2):
        with pytest.raises(ValueError, match=f"{wrong} examples"):
            drawn(wrong, 0)


def test_another_order_has_the_same_examples():
    examples = drawn(4, 0)
    for order in ORDERS:
        found = in_order(examples, order)
        assert set(found) == set(examples)
        assert "".join(str(int(r.fresh)) for r in found) == order


def test_every_setting_is_another_prompt():
    found = list(settings())
    assert len({(s.examples, s.words, s.head) for s in found}) >= len(found) - 1  # one order recurs
    assert len({s.kind for s in found}) == 3 + 4 + len(ORDERS) + 2


def test_the_file_holds_what_the_model_says(tmp_path, monkeypatch):
    torch.manual_seed(0)
    config = MiniGPTConfig(
        vocab_size=49_152, context=512, d_model=8, num_layers=1, num_heads=2, num_kv_heads=1,
        d_hidden=8, positions="rope", norm="rmsnorm", bias=False,
    )  # fmt: skip
    model, tokenizer = MiniGPT(config).eval(), load_smollm2()
    with torch.no_grad():
        model.embedding.weight.mul_(30)
    monkeypatch.setattr(prompt_runs, "load_smollm2_model", lambda context: model)
    monkeypatch.setattr(prompt_runs, "load_smollm2", lambda: tokenizer)
    assert main(["--out", str(tmp_path / "prompts")]) == 0
    found = load_prompts(tmp_path / "prompts")
    assert found["texts"] == [review.text for review in reviews()[1]]
    assert [run["kind"] for run in found["runs"]] == [s.kind for s in settings()]

    number = 9
    setting, run = list(settings())[number], found["runs"][number]
    form = Form()
    shown = form.beginning([(r.text, setting.words[r.fresh]) for r in setting.examples])
    for text, said in [(found["texts"][5], run["scores"][5]), (EMPTY[0], run["empty"][0])]:
        ids = tokenizer.encode(shown) + tokenizer.encode(form.question(text))
        with torch.no_grad():
            expected = model(torch.tensor([ids]))[0, -1].log_softmax(-1)
        expected = expected[label_ids(tokenizer, setting.words)]
        torch.testing.assert_close(torch.tensor(said), expected, atol=2e-4, rtol=0)
    assert run["labels"] == [int(r.fresh) for r in setting.examples]

    assert list(found["defences"]) == list(DEFENCES)
    examples = [(r.text, r.fresh) for r in in_order(drawn(4, 0), "0110")]
    for name in ("none", "all four"):
        one, defence = found["defences"][name], DEFENCES[name]
        assert list(one["attacks"]) == ["nothing", "mention", *ATTACKS]
        shown = defence.beginning(examples)
        assert shown.startswith(HEAD.strip())
        asked = {("attacks", "claim", 2): reviews()[1][2].text + ATTACKS["claim"],
                 ("fresh", None, 1): reviews()[1][TESTED + 1].text}  # fmt: skip
        for (part, attack, place), text in asked.items():
            said = one[part][attack][place] if attack else one[part][place]
            ids = tokenizer.encode(shown) + tokenizer.encode(defence.question(text))
            with torch.no_grad():
                expected = model(torch.tensor([ids]))[0, -1].log_softmax(-1)
            expected = expected[label_ids(tokenizer, prompt_runs.WORDS)]
            torch.testing.assert_close(torch.tensor(said), expected, atol=2e-4, rtol=0)
        assert len(one["fresh"]) == ATTACKED and len(one["empty"]) == len(EMPTY)


def test_missing_results_say_how_to_make_them(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"snippets\.using\.prompts\.prompt_runs"):
        load_prompts(tmp_path)


def test_numbers_are_written_with_four_digits():
    assert prompt_runs.rounded(torch.tensor([[-1 / 3], [2.0]])) == [[-0.3333], [2.0]]
