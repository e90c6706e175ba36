"""Search in the course's own pages: words, meaning and both, with chunks of several sizes.

The questions were written before any search was run, and nothing is tuned on them: k1, b and k are
those of the libraries and the paper. Every rank is recorded, so that any measure can be computed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor

from benchmarks.options import Options
from benchmarks.recorded import ROOT, Row, markdown, record
from snippets.transformer.encoders.pretrained import load_minilm
from snippets.using.search.bm25 import BM25, stems
from snippets.using.search.chunks import Chunk, cut, sections
from snippets.using.search.retrieval import embed, fuse, ranking
from snippets.using.search.search_scores import first_right, recall_at, reciprocals

NAME = "retrieval"
PARTS = (
    *("foundations", "transformer", "training", "inference", "post-training", "modern"),
    *("using", "society"),
)
VARIANTS = (  # words at most, None for whole sections; and whether the headings are searched, too
    *((64, True), (128, True), (256, True), (None, True)),
    (128, False),
)
QUESTIONS = ROOT / "benchmarks" / "questions.yml"


def course(folder: Path = ROOT / "docs") -> list[Chunk]:
    """The sections of all chapters, in order; ValueError where there are none."""
    pages = [page for part in PARTS for page in sorted((folder / part).glob("*.md"))]
    found = []
    for page in pages:
        name = page.relative_to(folder).as_posix()
        found += sections(name, page.read_text(encoding="utf-8"))
    if not found:
        raise ValueError(f"{folder} has no chapters to search")
    return found


def questions(path: Path = QUESTIONS) -> list[Row]:
    """question, kind and answers of each; ValueError where a kind and its answers don't fit."""
    found: list[Row] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for row in found:
        if (row["kind"] == "unanswered") != (not row["answers"]):
            raise ValueError(f"{row['question']!r} is {row['kind']}, with {row['answers']}")
    return found


class Vectors:
    """The vectors of texts, each computed once, however many variants have it."""

    def __init__(self, encoder: Sequence[Any]) -> None:
        self.encoder, self.known = encoder, dict[str, Tensor]()

    def __call__(self, texts: Sequence[str]) -> Tensor:
        """A unit vector for each text: (N, C)."""
        if new := [text for text in dict.fromkeys(texts) if text not in self.known]:
            self.known.update(zip(new, embed(new, *self.encoder), strict=True))
        return torch.stack([self.known[text] for text in texts])


def searched(
    chunks: Sequence[Chunk], headings: bool, asked: Sequence[Row], vectors: Vectors
) -> list[Row]:
    """A row per method: the rank of the first right section for each question, None where none."""
    texts = [f"{c.heading}. {c.text}" if headings else c.text for c in chunks]
    cosines = vectors([row["question"] for row in asked]) @ vectors(texts).T  # (Q, N)
    words, cut_words = BM25(texts), BM25(texts, split=stems)
    orders: dict[str, list[list[int]]] = {}
    for row, cosine in zip(asked, cosines, strict=True):
        by_words = ranking(words.scores(row["question"]), above=0)
        by_stems = ranking(cut_words.scores(row["question"]), above=0)
        by_meaning = ranking(cosine)
        for name, order in (
            ("BM25", by_words),
            ("BM25, endings cut", by_stems),
            ("MiniLM", by_meaning),
            ("both", fuse([by_words, by_meaning])),
        ):
            orders.setdefault(name, []).append(order)
    rows = []
    for name, found in orders.items():
        ranks = [
            first_right((chunks[i] for i in order), row["answers"])
            for order, row in zip(found, asked, strict=True)
        ]
        rows.append({"method": name, "ranks": ranks})
    best = [round(float(cosine.max()), 4) for cosine in cosines]
    return [row | {"best_cosine": best} for row in rows]


def run(options: Options) -> None:
    """Search with chunks of every kind; print the table; record."""
    whole, asked, vectors = course(), questions(), Vectors(load_minilm())
    rows = []
    for size, headings in VARIANTS:
        chunks = [piece for section in whole for piece in cut(section, size)]
        facts = {"size": size, "headings": headings, "chunks": len(chunks)}
        rows += [facts | row for row in searched(chunks, headings, asked, vectors)]
        print(f"{len(chunks):,} chunks, {size} words, headings: {headings}", flush=True)
    settings = {
        "pages": len({section.where.partition("#")[0] for section in whole}),
        "sections": len(whole),
        "words": sum(len(section.text.split()) for section in whole),
        "questions": [{key: row[key] for key in ("question", "kind")} for row in asked],
    }
    print(table(record(NAME, rows, settings, options.out)), flush=True)


def table(result: dict[str, Any]) -> str:
    """Recall and MRR over the questions in English that the course answers, as Markdown."""
    kept = [
        number
        for number, row in enumerate(result["settings"]["questions"])
        if row["kind"] in ("terms", "plain")
    ]
    rows: list[list[object]] = [["search", "recall@1", "@5", "@10", "MRR"]]
    for row in result["rows"]:
        ranks = [row["ranks"][number] for number in kept]
        name = f"{row['size'] or 'section'}, {'' if row['headings'] else 'no '}headings"
        recalls = [f"{recall_at(ranks, k):.3f}" for k in (1, 5, 10)]
        rows.append([f"{row['method']}, {name}", *recalls, f"{reciprocals(ranks).mean():.3f}"])
    return markdown(rows)
