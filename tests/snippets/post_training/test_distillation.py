"""Distillation: its losses are those of torch and trl, and a student learns what it is told."""

from copy import deepcopy
from dataclasses import replace
from unittest.mock import Mock

import pytest
import torch
from torch.nn import functional as F

from snippets.post_training import distillation
from snippets.post_training.distillation import (
    Lesson,
    costs,
    distillation_loss,
    divergence,
    explained,
    order_of,
    soft_loss,
    study,
    written,
)
from snippets.training.config import TrainingConfig
from snippets.transformer.cost import flops_per_token
from snippets.transformer.minigpt import MINIGPT, MiniGPT, next_token_loss
from tests.snippets.training.seen_steps import memory_kept

SIZES = replace(
    MINIGPT, vocab_size=11, context=16, d_model=16, num_layers=1, num_heads=2, num_kv_heads=2,
    d_hidden=24,
)  # fmt: skip
SETTINGS = TrainingConfig(steps=60, batch_size=8, muon_lr=0.03, adamw_lr=0.02, warmup=5)


def logits(seed: int, *shape: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(*(shape or (2, 5, 11)), generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_the_soft_loss_is_torchs_kl_divergence(temperature):
    student, teacher = logits(0), logits(1)
    theirs = F.kl_div(
        F.log_softmax(student / temperature, -1).flatten(0, 1),
        F.log_softmax(teacher / temperature, -1).flatten(0, 1),
        reduction="batchmean",
        log_target=True,
    )
    torch.testing.assert_close(soft_loss(student, teacher, temperature), temperature**2 * theirs)


@pytest.mark.parametrize("beta", [0.0, 0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("temperature", [0.7, 1.0, 3.0])
def test_the_divergence_is_that_of_trl(beta, temperature):
    gkd = pytest.importorskip("trl.experimental.gkd")
    student, teacher = logits(2).float(), logits(3).float()
    theirs = gkd.GKDTrainer.generalized_jsd_loss(
        student, teacher, beta=beta, temperature=temperature, reduction="sum"
    )
    ours = divergence(student, teacher, beta, temperature)
    assert abs(ours.item() - theirs.item() / 10) < 1e-5  # of 2 × 5 positions


def test_a_perfect_student_has_nothing_to_learn():
    same = logits(4).requires_grad_()
    shifted = same.detach() + 7  # the same probabilities
    for loss in (
        soft_loss(same, shifted, 2.0),
        *(divergence(same, shifted, b) for b in (0, 0.3, 1)),
    ):
        (slope,) = torch.autograd.grad(loss, same)
        assert abs(loss.item()) < 1e-10 and slope.abs().max() < 1e-10
    assert soft_loss(same, logits(5)) > 0.1


def test_hot_targets_match_logits():
    """Hinton et al. 2015, equation 4: (z - v) / (V T²) per position, where both have mean 0."""
    student, teacher = (x - x.mean(-1, keepdim=True) for x in (logits(6, 11), logits(7, 11)))
    wanted = (student - teacher) / 11
    misses = []
    for temperature in (10.0, 100.0, 1000.0):
        z = student.clone().requires_grad_()
        (slope,) = torch.autograd.grad(soft_loss(z, teacher, temperature), z)
        misses.append((slope - wanted).abs().max().item())
    assert misses[2] < 1e-2 * wanted.abs().max() and misses[2] < misses[1] / 5 < misses[0] / 25


def test_the_slope_is_the_difference_of_probabilities():
    z = logits(8).requires_grad_()
    for temperature in (1.0, 2.0):
        (slope,) = torch.autograd.grad(soft_loss(z, logits(9), temperature), z)
        gap = (z / temperature).softmax(-1) - (logits(9) / temperature).softmax(-1)
        torch.testing.assert_close(slope, temperature * gap.detach() / 10)


def test_hard_targets_are_the_limit_of_a_certain_teacher():
    student = logits(10)
    targets = torch.randint(11, (2, 5), generator=torch.Generator().manual_seed(0))
    certain = 60.0 * F.one_hot(targets, 11).double()
    hard = next_token_loss(student, targets)
    torch.testing.assert_close(soft_loss(student, certain), hard)
    torch.testing.assert_close(distillation_loss(student, logits(0), targets, 2.0, 1.0), hard)
    soft, mixed = (distillation_loss(student, logits(0), targets, 2.0, h) for h in (0.0, 0.25))
    torch.testing.assert_close(mixed, 0.75 * soft + 0.25 * hard)


def test_forward_punishes_what_is_missed_and_reverse_what_is_invented():
    teacher = torch.tensor([0.495, 0.495, 0.01]).log()
    misses, invents = torch.tensor([0.985, 0.005, 0.01]).log(), torch.tensor([0.3, 0.3, 0.4]).log()
    assert divergence(misses, teacher, 0) > divergence(invents, teacher, 0)
    assert divergence(misses, teacher, 1) < divergence(invents, teacher, 1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperature": 0.0}, "temperature=0.0 must be above 0"),
        ({"temperature": -1.0}, "temperature=-1.0"),
        ({"temperature": float("inf")}, "temperature=inf"),
        ({"temperature": float("nan")}, "temperature=nan"),
        ({"teacher": logits(0, 2, 5, 12)}, "vocabularies of 11 and 12 tokens"),
        ({"teacher": logits(0, 2, 4, 11)}, r"shapes \(2, 5, 11\) and \(2, 4, 11\)"),
        ({"teacher": logits(0) / 0}, "logit of the teacher is -?inf"),
        ({"student": logits(0) * float("nan")}, "logit of the student is nan"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    given = {"student": logits(0), "teacher": logits(1), "temperature": 1.0} | change
    for loss in (soft_loss, divergence):
        with pytest.raises(ValueError, match=message):
            loss(**given)


def test_shares_outside_their_range_are_refused():
    targets = torch.zeros(2, 5, dtype=torch.long)
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=f"hard={wrong}"):
            distillation_loss(logits(0), logits(1), targets, hard=wrong)
        with pytest.raises(ValueError, match=f"beta={wrong}"):
            divergence(logits(0), logits(1), wrong)


def test_each_piece_comes_once_before_any_comes_again():
    order = order_of(5, 12, torch.Generator().manual_seed(0)).tolist()
    assert sorted(order[:5]) == sorted(order[5:10]) == list(range(5)) and len(order) == 12
    assert order[:5] != order[5:10]
    with pytest.raises(ValueError, match="pieces=0"):
        order_of(0, 3, torch.Generator())


@pytest.fixture(scope="module")
def teacher() -> MiniGPT:
    torch.manual_seed(1)
    model = MiniGPT(SIZES).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.mul_(6 if parameter.ndim == 2 else 1)  # one with opinions
    return model


def test_a_teacher_explains_and_writes(teacher):
    pieces = torch.randint(11, (70, 17), generator=torch.Generator().manual_seed(0))
    with memory_kept():
        lesson = explained(teacher, pieces)
    assert lesson.logits is not None and not lesson.logits.requires_grad
    torch.testing.assert_close(lesson.logits[65:], teacher(pieces[65:, :-1]), atol=1e-5, rtol=1e-5)
    starts = torch.arange(11).repeat(30)
    text = written(teacher, starts, 17, seed=3)
    assert text.shape == (330, 17) and torch.equal(text[:, 0], starts)
    assert torch.equal(text[300:], written(teacher, starts, 17, seed=3)[300:])
    assert len({tuple(row) for row in text[::11].tolist()}) > 20  # each text has its own seed
    greedy = written(teacher, starts[:11], 5, temperature=0.0)
    assert torch.equal(greedy[:, 1:], teacher(greedy[:, :-1]).argmax(-1))


def gap(student: MiniGPT, teacher: MiniGPT) -> float:
    inputs = torch.randint(11, (20, 16), generator=torch.Generator().manual_seed(9))
    with torch.no_grad():
        return soft_loss(student(inputs), teacher(inputs)).item()


def test_a_student_comes_close_to_what_it_is_told_from_text_that_says_nothing(teacher):
    """On random text the next token is no help: only the teacher's probabilities can teach."""
    noise = torch.randint(11, (100, 17), generator=torch.Generator().manual_seed(2))
    left = {}
    for name, lesson in (("told", explained(teacher, noise)), ("alone", Lesson(noise))):
        torch.manual_seed(5)
        student = MiniGPT(SIZES)
        before = gap(student, teacher)
        losses = list(study(student, lesson, SETTINGS))
        left[name] = gap(student, teacher) / before
        assert len(losses) == SETTINGS.steps
    assert left["told"] < 0.3 < 0.8 < left["alone"]


def test_the_same_seed_gives_the_same_student_and_another_does_not(teacher):
    noise = torch.randint(11, (40, 17), generator=torch.Generator().manual_seed(2))
    lesson, short = explained(teacher, noise), replace(SETTINGS, steps=6)

    def first_losses(seed: int) -> list[float]:
        torch.manual_seed(0)
        return list(study(MiniGPT(SIZES), lesson, replace(short, seed=seed), 2.0, 0.5))

    assert first_losses(0) == first_losses(0) != first_losses(1)


def test_a_student_that_diverges_is_stopped(teacher):
    noise = torch.randint(11, (8, 17), generator=torch.Generator().manual_seed(2))
    student = MiniGPT(SIZES)
    with torch.no_grad():
        student.norm.weight.fill_(float("nan"))
    with pytest.raises(FloatingPointError, match="nan at step 0"):
        list(study(student, Lesson(noise), SETTINGS))


def test_costs_are_three_passes_of_the_student_and_one_of_the_teacher():
    small = replace(SIZES, d_model=8, context=8)
    found = costs(small, SIZES, steps=10, batch_size=4, asked=100)
    assert found["student"] == 3 * flops_per_token(small) * 320
    assert found["teacher"] == flops_per_token(SIZES, 8) * 100


def test_texts_with_one_start_are_drawn_apart(teacher):
    """Beyond the 256 that are written at once, too."""
    text = written(teacher, torch.zeros(300, dtype=torch.long), 17)
    assert not torch.equal(text[:44], text[256:])
    cool = written(teacher, torch.zeros(20, dtype=torch.long), 17, temperature=0.3)
    assert not torch.equal(cool, text[:20])


def test_the_first_loss_is_that_of_the_lesson(teacher):
    """All pieces are one, so that any order has the same loss."""
    piece = torch.randint(11, (17,), generator=torch.Generator().manual_seed(2))
    lesson = explained(teacher, piece.expand(16, 17))
    student = MiniGPT(SIZES)
    with torch.no_grad():
        said, told = student(piece[None, :-1]), teacher(piece[None, :-1])
        soft = distillation_loss(said, told, piece[None, 1:], 2.0, 0.25).item()
        hard = next_token_loss(said, piece[None, 1:]).item()
    assert next(study(deepcopy(student), lesson, SETTINGS, 2.0, 0.25)) == pytest.approx(
        soft, abs=1e-4
    )
    assert next(study(student, Lesson(lesson.pieces), SETTINGS)) == pytest.approx(hard, abs=1e-4)
    assert abs(soft - hard) > 0.01


@pytest.mark.parametrize(
    "change", [{"weight_decay": 0.5}, {"momentum": 0.5}, {"warmup": 1}, {"decay": 0.9}, {"seed": 1}]
)
def test_a_setting_has_an_effect(teacher, change):
    noise = torch.randint(11, (40, 17), generator=torch.Generator().manual_seed(2))
    lesson, short = explained(teacher, noise), replace(SETTINGS, steps=8)

    def losses(settings: TrainingConfig) -> list[float]:
        torch.manual_seed(0)
        student = MiniGPT(SIZES)
        found = list(study(student, lesson, settings))
        assert all(parameter.grad is None for parameter in student.parameters())
        return found

    assert losses(short) == losses(short) != losses(replace(short, **change))


def test_rows_of_logits_belong_to_their_pieces(teacher):
    """A student that is the teacher has nothing to learn from any of many different pieces."""
    noise = torch.randint(11, (40, 17), generator=torch.Generator().manual_seed(2))
    student = MiniGPT(SIZES)
    student.load_state_dict(teacher.state_dict())
    assert abs(next(study(student, explained(teacher, noise), SETTINGS))) < 1e-4


def test_a_student_that_has_studied_is_ready_to_use():
    pieces = torch.randint(11, (8, 17), generator=torch.Generator().manual_seed(2))
    student, modes = MiniGPT(SIZES).eval(), []
    for _ in study(student, Lesson(pieces), replace(SETTINGS, steps=2, warmup=1)):
        modes.append(student.training)
    assert modes == [True, True] and not student.training


def test_what_is_not_stated_is_a_temperature_of_one_and_no_hard_targets(teacher):
    student, other = logits(0), logits(1)
    plain = soft_loss(student, other, 1.0)
    targets = torch.randint(11, (2, 5), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(soft_loss(student, other), plain)
    torch.testing.assert_close(distillation_loss(student, other, targets), plain)
    torch.testing.assert_close(divergence(student, other), plain)  # forward, as at beta = 0
    pieces = torch.randint(11, (8, 17), generator=torch.Generator().manual_seed(2))
    lesson = explained(teacher, pieces)
    losses = [next(study(learner(), lesson, SETTINGS, *stated)) for stated in ((), (1.0, 0.0))]
    assert losses[0] == losses[1]
    starts = torch.arange(11)
    assert torch.equal(written(teacher, starts, 9), written(teacher, starts, 9, 1.0, seed=0))


def learner() -> MiniGPT:
    torch.manual_seed(4)
    return MiniGPT(SIZES)


def test_a_text_s_seed_is_its_place(teacher, monkeypatch):
    given = []

    def watched(model, prompts, new, *, seeds, **_):
        given.extend(zip([token for [token] in prompts], seeds, strict=True))
        return [[*prompt, *[0] * new] for prompt in prompts]

    monkeypatch.setattr(distillation, "generate_batch", watched)
    starts = torch.arange(300) % 11
    assert written(teacher, starts, 17, seed=5).shape == (300, 17)
    assert given == [(place % 11, 5 + place) for place in range(300)]


def test_pieces_go_to_the_model_that_reads_them(teacher, monkeypatch):
    """The device "meta", which keeps no numbers, stands for a GPU."""
    pieces, student = torch.arange(34).view(2, 17) % 11, deepcopy(teacher).to("meta")
    assert explained(student, pieces).logits.device.type == "meta"
    loss = Mock(side_effect=ZeroDivisionError)
    monkeypatch.setattr(distillation, "distillation_loss", loss)
    monkeypatch.setattr(distillation, "next_token_loss", loss)
    for lesson in (explained(teacher, pieces), Lesson(pieces)):
        with pytest.raises(ZeroDivisionError):
            next(study(student, lesson, SETTINGS))
        tensors = [each for each in loss.call_args.args if torch.is_tensor(each)]
        assert {each.device.type for each in tensors} == {"meta"}
