"""What the words of a page must not be: wrong signs, a programmer's shorthand, an insult."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.site.conftest import READERS, listed

Facts = Callable[[str], dict[str, Any]]

NEGATIVE_ZERO = re.compile(r"(?<![\w.,)\]-])[-−]0(?:[.,]0+)*(?![.,]?\d)")
HYPHEN_FOR_MINUS = re.compile(r"(?<![\w.,)\]-])-\.?\d")
# The model learned from Shakespeare, who has them all; a sample on a page need not.
INSULT = re.compile(
    r"\b(?:whor(?:e|es|ing)|whoreson|harlots?|strumpets?|bawds?|sluts?|bitch(?:es)?|raped?"
    r"|negro(?:es)?|blackamoors?)\b",
    re.IGNORECASE,
)


def found(form: re.Pattern[str], *texts: list[str]) -> list[str]:
    """Where a form stands, with a little of what is around it."""
    return [
        text[max(0, match.start() - 30) : match.end() + 30].replace("\n", " ")
        for pieces in texts
        for text in pieces
        for match in form.finditer(text)
    ]


def test_no_zero_is_negative(address: str, facts: Facts) -> None:
    wrong = found(NEGATIVE_ZERO, *facts(address)["words"].values())
    assert not wrong, listed(wrong, "a negative zero (print with `z`: f'{x:z.2f}'):")


def test_minus_signs_are_true(address: str, facts: Facts) -> None:
    """Not in what a block printed: that is shown as a terminal would show it."""
    words = facts(address)["words"]
    wrong = found(HYPHEN_FOR_MINUS, words["prose"], words["drawn"])
    assert not wrong, listed(wrong, "a hyphen for a minus:")


def test_quotes_are_true(address: str, facts: Facts) -> None:
    wrong = found(re.compile(r"['\"]|\.\.\."), facts(address)["words"]["prose"])
    assert not wrong, listed(wrong, "typewriter's signs:")


def test_numbers_have_words_beside_them(address: str, facts: Facts) -> None:
    wrong = found(re.compile(r"\w\(s\)|\d %"), *facts(address)["words"].values())
    assert not wrong, listed(wrong, "write the plural, and 5% without a blank:")


def test_no_sample_insults(address: str, facts: Facts) -> None:
    words = facts(address)["words"]
    wrong = found(INSULT, words["prose"], words["printed"])
    assert not wrong, listed(wrong, "choose another seed:")


SPLIT = r"""() => {
  const article = document.querySelector("article"), split = [];
  const texts = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
  const names = /GPT-\d|\b(?:min|top)-[pk]\b|(?<=^|\s)--[\w-]{1,24}/g;
  const tops = (range) => new Set([...range.getClientRects()].map((one) => Math.round(one.top)));
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (!text.parentElement.closest("p, li, td, th, dd, h2, h3, summary, figcaption")) continue;
    if (text.parentElement.closest("pre, math, svg")) continue;
    for (const { index, 0: word } of text.data.matchAll(names)) {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      if (tops(range).size > 1) split.push(word);
    }
  }
  for (const formula of article.querySelectorAll("math:not([display])")) {
    const next = formula.nextSibling;
    if (next?.nodeType !== Node.TEXT_NODE || !/^[.,;:!?)]/.test(next.data)) continue;
    const range = document.createRange();
    range.setStart(next, 0);
    range.setEnd(next, 1);
    const sign = range.getBoundingClientRect(), box = formula.getBoundingClientRect();
    if (sign.top >= box.bottom) split.push(`${formula.textContent} ${next.data.slice(0, 9)}`);
  }
  return split;
}"""


@pytest.mark.parametrize("reader", READERS)
def test_no_line_splits_a_name_or_leaves_a_comma_behind(
    address: str, reader: str, open_page: Callable[..., Page]
) -> None:
    split = open_page(address, reader).evaluate(SPLIT)
    assert not split, listed(split, "split between two lines:")
