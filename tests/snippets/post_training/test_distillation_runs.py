"""From the command to the results, with a tiny teacher; and what the students read."""

from dataclasses import replace

import pytest
import torch

from snippets.foundations.texts.corpus import shakespeare
from snippets.foundations.tokenizers import CharTokenizer
from snippets.post_training import distillation_runs
from snippets.post_training.distillation import Lesson
from snippets.post_training.distillation_runs import (
    diversity,
    halves,
    lessons,
    load_distillation,
    main,
    pieces_of,
)
from snippets.training.scaling.equal_compute import Texts, compared_texts
from snippets.transformer.cost import count_parameters
from snippets.transformer.minigpt import MINIGPT, MiniGPT, next_token_loss


def small_teacher() -> tuple[MiniGPT, CharTokenizer]:
    torch.manual_seed(0)
    sizes = replace(MINIGPT, d_model=32, num_layers=1, d_hidden=48, context=32)
    return MiniGPT(sizes).eval(), CharTokenizer.from_text(shakespeare())


def test_from_the_command_to_the_results(tmp_path, monkeypatch):
    texts = compared_texts()
    few = replace(texts, reporting=texts.reporting[:500])
    monkeypatch.setattr(distillation_runs, "compared_texts", lambda: few)
    monkeypatch.setattr(distillation_runs, "load_trained", small_teacher)
    monkeypatch.setattr(distillation_runs, "SEEDS", (0, 1))
    monkeypatch.setattr(distillation_runs, "LITTLE", 200)
    tiny = replace(distillation_runs.STUDENT, d_model=16, num_layers=1, d_hidden=16, context=16)
    monkeypatch.setattr(distillation_runs, "STUDENT", tiny)
    folder = tmp_path / "distillation"
    assert main(["--out", str(folder), "--steps", "12"]) == 0
    found = load_distillation(folder)
    rows = {(row["arm"], row["steps"], row["seed"]): row for row in found["runs"]}
    assert len(rows) == len(found["runs"]) == 18
    base = rows["alone", 12, 0]["flops"]["student"]
    for (arm, steps, seed), row in rows.items():
        assert row["flops"]["student"] == steps / 12 * base
        assert (row["flops"]["teacher"] == 0) == arm.endswith("alone")
        assert row["loss"] != rows[arm, steps, 1 - seed]["loss"]
        assert row["characters"] == (192 if arm.startswith("little") else steps * 8 * 16)
    longer = max(steps for _, steps, _ in rows)
    paid, alone = rows["logits", 12, 0]["flops"], rows["alone", longer, 0]["flops"]
    assert abs(sum(paid.values()) - sum(alone.values())) <= base / 24 + 1  # to half a step
    assert found["runs"][0]["loss"] < 4.3 and found["teacher"] > 4
    assert set(found["texts"]) == {"alone", "samples", "cold samples"}
    (folder / "results.json").write_text('{"runs": [{"loss": NaN}]}')
    with pytest.raises(ValueError, match="damaged"):
        load_distillation(folder)


def test_cold_samples_are_likelier_to_the_teacher_than_samples(monkeypatch):
    student = replace(distillation_runs.STUDENT, context=16)  # half as long as the teacher's
    monkeypatch.setattr(distillation_runs, "STUDENT", student)
    (teacher, _), texts = small_teacher(), compared_texts()
    with torch.no_grad():  # a teacher that has preferences
        teacher.embedding.weight.mul_(3)
    read = {arm: lesson.pieces for arm, _, lesson in lessons(teacher, texts, 4, 4)}
    loss = {arm: next_token_loss(teacher(ids[:, :-1]), ids[:, 1:]) for arm, ids in read.items()}
    assert loss["cold samples"] < loss["samples"] - 0.3


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="minutes make it"):
        load_distillation(tmp_path)


def test_pieces_share_no_prediction():
    text = torch.arange(100)
    pieces = pieces_of(text, 50, 11)
    assert len(pieces) == 9 and torch.equal(
        pieces[:, 1:] - pieces[:, :-1], torch.ones(9, 10).long()
    )
    assert len(pieces[:, 1:].unique()) == 90  # no character is predicted twice
    assert len(pieces_of(text, 3, 11)) == 3


def test_halves_predict_every_character_once():
    texts = torch.arange(34).view(2, 17)
    cut = halves(texts)
    assert cut.shape == (4, 9)
    assert sorted(cut[:, 1:].flatten().tolist()) == sorted(texts[:, 1:].flatten().tolist())


def test_diversity_counts_words():
    tokenizer = CharTokenizer("\n abcd")
    ids = torch.tensor([tokenizer.encode(text) for text in (" ab cd", " ab ab")])
    assert diversity(ids, tokenizer) == {"words": 2, "ten commonest": 1.0}


def test_a_text_of_one_piece_has_one_and_a_shorter_one_none():
    assert pieces_of(torch.arange(11), 5, 11).tolist() == [list(range(11))]
    assert len(pieces_of(torch.arange(10), 5, 11)) == 0
    text = torch.arange(1000)
    one, same, other = (pieces_of(text, 9, 11, *seed) for seed in ((), (0,), (1,)))
    assert torch.equal(one, same) and not torch.equal(one, other)


def test_the_ten_commonest_words_are_counted_without_case_or_marks():
    text = "\nAy, ay! a b c d e f g h i j k ay?"
    tokenizer = CharTokenizer.from_text(text)
    found = diversity(torch.tensor([tokenizer.encode(text)]), tokenizer)
    assert found["words"] == 12 and found["ten commonest"] == pytest.approx(12 / 14)
    longer = text[1:] + " a" * 40_000  # of which no more than 50,000 characters are read
    tokenizer = CharTokenizer.from_text(longer)
    found = diversity(torch.tensor([tokenizer.encode(" " + longer)]), tokenizer)
    words = len(longer[:50_000].split())
    assert found["ten commonest"] == pytest.approx((words - 2) / words, abs=1e-7)


def test_a_student_is_smaller_than_its_teacher():
    assert count_parameters(distillation_runs.STUDENT) < count_parameters(MINIGPT)


def test_students_and_what_they_read_are_the_same_whatever_was_drawn_before(monkeypatch):
    tiny = replace(distillation_runs.STUDENT, d_model=16, num_layers=1, d_hidden=16, context=16)
    monkeypatch.setattr(distillation_runs, "STUDENT", tiny)
    begun = []

    def studied(student, lesson, settings):
        begun.append(student.embedding.weight.detach().clone())
        return iter(())

    monkeypatch.setattr(distillation_runs, "study", studied)
    monkeypatch.setattr(distillation_runs, "LITTLE", 200)
    teacher, _ = small_teacher()
    ids = torch.randint(28, (1000,), generator=torch.Generator().manual_seed(0))
    few, read = Texts(ids, ids[:0], ids[:100]), []
    for seed in (1, 2):
        torch.manual_seed(seed)
        read.append([lesson.pieces for *_, lesson in lessons(teacher, few, 2, 3)])
        settings = replace(distillation_runs.RECIPE, steps=2, warmup=1, seed=5)
        distillation_runs.run("alone", Lesson(read[0][0]), teacher.config, few, settings)
    assert all(map(torch.equal, *read)) and torch.equal(*begun)
    torch.manual_seed(5)
    assert torch.equal(begun[0], MiniGPT(tiny).embedding.weight)
