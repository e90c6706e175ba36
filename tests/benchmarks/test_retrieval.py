"""Search in the course's pages, small: four sections, and questions of each kind."""

import re

import pytest
import torch
from torch.nn import functional as F

from benchmarks import retrieval
from benchmarks.options import Options
from benchmarks.recorded import ROOT, load
from snippets.using.search.chunks import Chunk

SECTIONS = [
    Chunk("a.md", "Cats", "the cat sleeps all day"),
    Chunk("a.md#dogs", "Dogs", "a dog barks at night"),
    Chunk("b.md", "Fish", "fish swim in the sea"),
]
ASKED = [
    {"question": "Which dog barks?", "kind": "terms", "answers": ["a.md#dogs"]},
    {"question": "quantum gravity", "kind": "unanswered", "answers": []},
]


def bags(texts, tokenizer, model):
    """A vector of which letters a text has: a meaning of a kind, without a model."""
    rows = [[float(letter in text.lower()) for letter in "abcdefghijklm"] for text in texts]
    return F.normalize(torch.tensor(rows), dim=-1)


def test_every_question_of_the_course_has_an_answer_that_exists():
    known = {section.where for section in retrieval.course()}
    asked = retrieval.questions()
    kinds = [row["kind"] for row in asked]
    assert len(asked) - kinds.count("unanswered") >= 60 and kinds.count("unanswered") >= 10
    assert set(kinds) == {"terms", "plain", "other", "unanswered"}
    assert len({row["question"] for row in asked}) == len(asked)
    missing = {answer for row in asked for answer in row["answers"]} - known
    assert not missing


def test_the_anchors_of_chunks_are_those_of_the_site():
    from pymdownx.slugs import slugify

    slug = slugify(case="lower")
    for page in sorted((ROOT / "docs" / "foundations").glob("*.md")):
        for heading in re.findall(r"^## (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
            if "`" not in heading and "[" not in heading:
                assert retrieval.sections("p.md", f"# T\n\n## {heading}\n\nwords\n")[-1:] == [] or (
                    retrieval.sections("p.md", f"# T\n\n## {heading}\n\nwords\n")[-1].where
                    == f"p.md#{slug(heading, '-')}"
                )


def test_each_method_has_a_rank_for_each_question(monkeypatch):
    monkeypatch.setattr(retrieval, "embed", bags)
    rows = retrieval.searched(SECTIONS, True, ASKED, retrieval.Vectors((None, None)))
    assert [row["method"] for row in rows] == ["BM25", "BM25, endings cut", "MiniLM", "both"]
    assert rows[0]["ranks"] == [1, None]  # the only text with a word of the question
    assert all(len(row["ranks"]) == len(row["best_cosine"]) == 2 for row in rows)


def test_a_text_is_read_once(monkeypatch):
    read = []

    def counting(texts, tokenizer, model):
        read.extend(texts)
        return bags(texts, tokenizer, model)

    monkeypatch.setattr(retrieval, "embed", counting)
    vectors = retrieval.Vectors((None, None))
    first = vectors(["a cat", "a dog", "a cat"])
    assert torch.equal(first[0], first[2]) and torch.equal(vectors(["a dog"])[0], first[1])
    assert read == ["a cat", "a dog"]


def test_all_sizes_are_recorded_and_shown(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(retrieval, "embed", bags)
    monkeypatch.setattr(retrieval, "load_minilm", lambda: (None, None))
    monkeypatch.setattr(retrieval, "course", lambda: SECTIONS)
    monkeypatch.setattr(retrieval, "questions", lambda: ASKED)
    retrieval.run(Options(out=tmp_path))
    result = load("retrieval", tmp_path)
    measured = {(row["size"], row["headings"]) for row in result["rows"]}
    assert measured == set(retrieval.VARIANTS) and len(result["rows"]) == 4 * len(measured)
    assert (result["settings"]["pages"], result["settings"]["sections"]) == (2, 3)
    assert "recall@1" in capsys.readouterr().out


def test_what_can_not_be_searched_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no chapters"):
        retrieval.course(tmp_path)
    wrong = tmp_path / "questions.yml"
    wrong.write_text("- {question: Why, kind: unanswered, answers: [a.md]}", encoding="utf-8")
    with pytest.raises(ValueError, match="Why"):
        retrieval.questions(wrong)
