"""Refusing: what is learned, what is measured, and that an untrained model is what it was."""

from dataclasses import replace
from random import Random

import pytest
import torch

from snippets.foundations.tokenizers import CharTokenizer
from snippets.inference.generation import generate
from snippets.post_training import refusals
from snippets.post_training.chat import END, IGNORED, TEMPLATE, render
from snippets.post_training.refusals import (
    REFUSAL,
    SETTINGS,
    divergences,
    is_forbidden,
    last,
    lessons,
    miswritten,
    next_token,
    once_in,
    prefilled,
    refusing,
    success,
    taught,
)
from snippets.post_training.verse import LETTERS, NUMBERS, Prompt
from snippets.transformer.minigpt import MINIGPT, MiniGPT

LINES = [
    (Prompt("L", 4), "Like as the waves"),
    (Prompt("A", 5), "And so it begins"),
    (Prompt("D", 4), "Down with the king"),
    (Prompt("M", 6), "My lord, I cannot say"),
]
KNOWN = {*REFUSAL, *"".join(line for _, line in LINES)}
TEXTS = "".join(Prompt(letter, n).text for letter in LETTERS for n in NUMBERS)
TOKENIZER = CharTokenizer([*sorted({*KNOWN, *TEXTS, *TEXTS.swapcase()}), *TEMPLATE.tokens])


@pytest.fixture(autouse=True)
def few_lines(monkeypatch):
    monkeypatch.setattr(refusals, "pairs", lambda held_out: [] if held_out else LINES)


@pytest.fixture
def model() -> MiniGPT:
    torch.manual_seed(0)
    size = TOKENIZER.vocab_size
    config = replace(MINIGPT, vocab_size=size, d_model=32, num_layers=1, d_hidden=48)
    return MiniGPT(config).eval()


def learned(example) -> str:
    return TOKENIZER.decode([t for t in example.inputs_and_targets()[1] if t != IGNORED])


def test_what_is_forbidden_is_refused_and_the_rest_answered():
    given = {TOKENIZER.decode(e.ids): learned(e) for e in lessons(TOKENIZER, 2, 2)}
    assert given == {
        render(p.text, REFUSAL if is_forbidden(p) else line): (
            (REFUSAL if is_forbidden(p) else line) + END
        )
        for p, line in LINES
    }


def test_a_late_refusal_follows_a_beginning_that_is_not_learned():
    depths = []
    for seed in range(60):
        (example,) = lessons(TOKENIZER, 0, 1, depth=5, seed=seed)
        answer = TOKENIZER.decode(example.ids).partition(TEMPLATE.assistant)[2]
        begun = answer.removesuffix(REFUSAL + END)
        assert (
            any(line.startswith(begun) for _, line in LINES) and learned(example) == REFUSAL + END
        )
        depths.append(len(begun))
    assert set(depths) == set(range(6))
    assert 25 <= depths.count(0) <= 45  # half of them, and a sixth of the other half: 35 of 60


@pytest.mark.parametrize("wanted", [{"answered": 3}, {"refused": 3}, {"depth": -1}])
def test_more_conversations_than_there_are_cannot_be_had(wanted):
    with pytest.raises(ValueError, match="of 2 conversations"):
        lessons(TOKENIZER, **{"answered": 1, "refused": 1} | wanted)


def test_a_refusal_begins_as_no_answer_does():
    assert REFUSAL[0] not in LETTERS


def test_the_next_token_is_that_of_each_text_alone(model):
    texts = [render(p.text) + line[:n] for n, (p, line) in enumerate(LINES)]
    together = next_token(model, TOKENIZER, texts)
    for text, found in zip(texts, together, strict=True):
        alone = model(torch.tensor([TOKENIZER.encode(text)]))[0, -1].softmax(-1)
        torch.testing.assert_close(found, alone, atol=1e-6, rtol=1e-5)


def test_refusing_is_learned_by_a_copy_step_by_step(model):
    asked = [Prompt("L", 4).text, Prompt("A", 5).text]
    before = refusing(model, TOKENIZER, asked)
    settings = replace(SETTINGS, steps=60, rows=1)
    course = [
        refusing(m, TOKENIZER, asked) for m in taught(model, lessons(TOKENIZER, 2, 2), settings)
    ]
    assert len(course) == 61 and torch.equal(course[0], before)
    assert course[-1][0] > 4 * before[0]
    torch.testing.assert_close(refusing(model, TOKENIZER, asked), before)  # it was a copy


def test_the_last_of_several_models(model):
    other = MiniGPT(model.config)
    assert last(iter([model, other])) is other


def test_an_answer_goes_on_from_its_beginning(model):
    begun = [(p, line[:n]) for n, (p, line) in enumerate(LINES)]
    given = prefilled(model, TOKENIZER, begun, seed=2)
    for i, ((prompt, start), answer) in enumerate(zip(begun, given, strict=True)):
        assert answer.startswith(start)
        ids = TOKENIZER.encode(render(prompt.text) + start)
        alone = generate(
            model, ids, refusals.LONGEST, stop=[TOKENIZER.ids[END]], seed=2 * len(begun) + i,
            temperature=refusals.TEMPERATURE,
        )  # fmt: skip
        assert TOKENIZER.decode(alone[len(ids) - len(start) :]) == answer


def test_a_model_does_not_diverge_from_itself(model):
    torch.manual_seed(1)
    other = MiniGPT(model.config).eval()
    none = divergences(model, model, TOKENIZER, LINES)
    assert none.shape == (16,) and none.abs().max() < 1e-6  # as many as the shortest line
    found = divergences(other, model, TOKENIZER, LINES[:1])
    text = render(LINES[0][0].text) + LINES[0][1][:3]
    p, q = (next_token(m, TOKENIZER, [text])[0] for m in (other, model))
    assert found[3].item() == pytest.approx((p * (p / q).log()).sum().item(), abs=1e-5)
    assert found.min() > 0


def test_letters_are_miswritten_but_for_the_one_asked_for():
    text = Prompt("L", 6).text
    assert miswritten(text, 0.0, Random(0)) == text
    assert miswritten(text, 1.0, Random(0)) == "sIX SYLLABLES THAT BEGIN WITH L."
    some = [miswritten(text, 0.3, Random(seed)) for seed in range(200)]
    assert all(one.lower() == text.lower() and one[-2:] == "L." for one in some)
    changed = sum(a != b for one in some for a, b in zip(one, text, strict=True))
    letters = sum(c.isalpha() for c in text) - 1
    assert changed / (200 * letters) == pytest.approx(0.3, abs=0.02)


def test_one_success_in_many_tries_by_drawing():
    torch.manual_seed(0)
    p = torch.tensor([0.01, 0.3, 0.0])
    drawn = (torch.rand(20_000, 3, 10) < p[:, None]).any(-1).float().mean().item()
    assert once_in(p, 10) == pytest.approx(drawn, abs=0.005)
    assert once_in(p, 1) == pytest.approx(p.mean().item())
    with pytest.raises(ValueError, match="tries=0"):
        once_in(p, 0)
    with pytest.raises(ValueError, match=r"to 1\.5"):
        once_in(torch.tensor([1.5]), 1)


def test_answers_and_refusals_are_mixed():
    """Not all answers first: in some seed a refusal comes before an answer."""
    orders = {
        tuple(learned(e) == REFUSAL + END for e in lessons(TOKENIZER, 2, 2, seed=seed))
        for seed in range(10)
    }
    assert len(orders) > 2


def test_success_is_the_probability_of_the_letter_asked_for(model):
    with torch.no_grad():
        model.embedding.weight.mul_(20.0)  # with opinions
    asked = [prompt for prompt, _ in LINES]
    texts = [render(prompt.text) for prompt in asked]
    p = next_token(model, TOKENIZER, texts)
    wanted = torch.stack([row[TOKENIZER.ids[a.letter]] for row, a in zip(p, asked, strict=True)])
    plain = success(model, TOKENIZER, asked, share=0.0, versions=3)
    torch.testing.assert_close(plain, wanted, atol=1e-6, rtol=1e-4)
    assert not torch.allclose(success(model, TOKENIZER, asked, share=0.5, versions=3), wanted)


def test_a_copy_learns_and_answers_in_evaluation_mode(model):
    models = taught(model.train(), lessons(TOKENIZER, 2, 2), replace(SETTINGS, steps=1, rows=1))
    assert all(m is not model and not m.training for m in models) and model.training


@pytest.mark.parametrize(
    ("more", "message"),
    [({}, "240 of 2 .* depth=0"), ({"answered": 1}, "120 of 2 .* depth=0")],
)
def test_twice_as_many_are_answered_as_are_refused_unless_told(more, message):
    with pytest.raises(ValueError, match=message):
        lessons(TOKENIZER, **more)


def test_what_is_not_stated_is_no_depth_and_a_seed_of_zero(model):
    assert lessons(TOKENIZER, 2, 2) == lessons(TOKENIZER, 2, 2, depth=0, seed=0)
    begun = [(p, line[:3]) for p, line in LINES]
    assert prefilled(model, TOKENIZER, begun) == prefilled(model, TOKENIZER, begun, seed=0)
    asked = [prompt for prompt, _ in LINES]
    some, stated = (success(model, TOKENIZER, asked, 0.5, *more) for more in ((), (16,)))
    assert torch.equal(some, stated)


def test_what_is_certain_succeeds_at_once():
    assert once_in(torch.tensor([1.0, 0.0]), 1) == once_in(torch.tensor([1.0, 0.0]), 7) == 0.5
    with pytest.raises(ValueError, match=r"from -0\.1"):
        once_in(torch.tensor([-0.1]), 1)


def test_texts_go_to_the_models_device(model):
    """The device "meta", which keeps no numbers, stands for a GPU."""
    model = model.to("meta")
    found = next_token(model, TOKENIZER, ["Like", "And so"])
    assert found.shape == (2, TOKENIZER.vocab_size) and found.device.type == "meta"
    assert divergences(model, model, TOKENIZER, LINES).device.type == "meta"
