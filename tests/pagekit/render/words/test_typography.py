"""True quotes and dashes in prose, none in code; words and formulas that no line parts."""

import re

import markdown
import pytest

from pagekit.project import Project
from pagekit.render.words.typography import Typography, keep_code_whole
from tests.pagekit.render.test_extension import html_of


def typeset(text: str) -> str:
    return markdown.markdown(text, extensions=["tables", "toc", Typography()])


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("It doesn't.", "It doesn’t."),
        ('She said "yes", twice.', "She said “yes”, twice."),
        ("*MiniGPT*'s loss and `x`'s", "<em>MiniGPT</em>’s loss and <code>x</code>’s"),
        ('the word "*the*", then', "the word “<em>the</em>”, then"),
        ('("so")', "(“so”)"),
        ("So -- or so...", "So – or so…"),
        ("`don't --data ...`", "<code>don't --data ...</code>"),
    ],
)
def test_signs_are_true_in_prose_and_as_typed_in_code(typed: str, shown: str) -> None:
    assert typeset(typed) == f"<p>{shown}</p>"


@pytest.mark.parametrize(
    ("typed", "whole"),
    [
        ("GPT-3, GPT-3.5. and Qwen3-235B", ["GPT-3", "GPT-3.5", "Qwen3-235B"]),
        ("top-p, min-p and *k-th* n-grams", ["top-p", "min-p", "k-th", "n-grams"]),
        ("words in -ly and *-ing*", ["-ly", "-ing"]),
        ("pre-training, 3 - 5 and a-b-c", []),
        ("`--data` and `snippets.training`", ["--data"]),
        ("`run --nproc-per-node 2 it`", ["--nproc-per-node"]),
        (f"`--{'x' * 30}`", []),
        ("    GPT-3 is code", []),
    ],
)
def test_some_words_stay_whole(typed: str, whole: list[str]) -> None:
    html = keep_code_whole(typeset(typed))
    assert re.findall(r'<\w+ class="pk-whole">([^<]*)<', html) == whole
    plain = re.sub(r"</?(?:span|code|em|p|pre)[^>]*>", "", html).strip()
    assert plain == typed.replace("`", "").replace("*", "").strip(), "the text is as it was"


def test_headings_keep_their_names_and_ids() -> None:
    md = markdown.Markdown(extensions=["toc", Typography()])
    html = md.convert("## What GPT-3 doesn't say\n")
    assert '<h2 id="what-gpt-3-doesnt-say">What <span class="pk-whole">GPT-3</span>' in html
    assert vars(md)["toc_tokens"][0]["name"] == "What GPT-3 doesn’t say"


def test_no_line_parts_a_formula_from_its_comma(project: Project) -> None:
    html = html_of(project, "# T\n\nFor $n$, ($a$, $b$) and $c$'s $d$-th $e$ end.\n", run=False)
    whole = re.findall(r'<span class="pk-whole">(.*?)</span>', html)
    assert [re.sub(r"<[^>]*>", "", text) for text in whole] == ["n,", "(a,", "b)", "c’s", "-th"]
    assert "<math><mi>e</mi></math> end" in html


@pytest.mark.parametrize(("letters", "whole"), [(26, True), (27, False)])
def test_an_option_is_as_long_as_a_line_of_a_phone_at_most(letters: int, whole: bool) -> None:
    html = keep_code_whole(f"<code>--{'x' * letters}</code> <pre><code>--x</code></pre>")
    assert html.count("pk-whole") == whole


def test_words_that_stay_whole_keep_their_order_among_other_elements() -> None:
    html = typeset("GPT-2 to *a* GPT-3, GPT-4 or *b top-k c* top-p.")
    plain = re.sub(r'<span class="pk-whole">(.*?)</span>', r"[\1]", html)
    assert plain == "<p>[GPT-2] to <em>a</em> [GPT-3], [GPT-4] or <em>b [top-k] c</em> [top-p].</p>"
