"""Questions to the reader: predictions and quizzes, whose choices carry a reason each.

Authors write a remark of the kind ``predict`` or ``quiz`` with a list at its end. An item begins
with ``[ ]`` or, where it is right, with ``[x]``, and has its reason in a list of its own; or it is
the only one, begins with ``[=]``, and holds the recorded value that a number is compared with. Out
of it come native inputs and, folded, the answer. The page's script (``docs/assets/js``) compares,
remembers, and holds back what a prediction is about; without it nothing is missing.
"""

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from string import ascii_uppercase

import markdown
from markdown.treeprocessors import Treeprocessor
from markdown.util import HTML_PLACEHOLDER_RE

from pagekit.errors import PageError
from pagekit.read.blocks import Page

KINDS = ("predict", "quiz")
FORM = (
    "a question ends in a list: `- [ ] a choice`, `- [x] the right one`, or `- [=]` and a value "
    "alone; and each item has a list of one item under it, its reason"
)
_MARK = re.compile(r"\[(?P<mark>[ x=])\]\s+")
_VALUE = re.compile(r"pktoken\d+xi\d+x")
# What stands for a value, a cell or another block, and is numbered over the page.
_TOKEN = re.compile(rf"pktoken\d+x[ib]\d+x|{HTML_PLACEHOLDER_RE.pattern}")


@dataclass
class Choice:
    """One item of a question's list.

    Attributes:
        mark: ``x`` of the right choice, a blank of a wrong one, ``=`` of a number.
        text: an element with the text of the choice, in Markdown.
        reason: likewise, why it is right or wrong.
    """

    mark: str
    text: ET.Element
    reason: ET.Element


class Questions(Treeprocessor):
    """Turns the remarks into questions, before anything within their lines is read.

    Args:
        md: the converter.
        page: gives the page that is being converted, if it is one.
    """

    def __init__(self, md: markdown.Markdown, page: Callable[[], Page | None]) -> None:
        super().__init__(md)
        self.page = page

    def run(self, root: ET.Element) -> None:
        """Turn them all; in a lab or a bare page, one that can't be turned stays as it is.

        Raises:
            PageError: a remark has not the form of a question; with its line.
        """
        page = self.page()
        remarks = [one for one in root.iter("div") if kind_of(one)]
        asked: set[str | None] = set()
        for number, remark in enumerate(remarks):
            try:
                ask(remark)
                if remark.get("data-key") in asked:
                    raise PageError("this question, with these choices, stands above already")
                asked.add(remark.get("data-key"))
            except PageError as error:
                if page is not None:
                    raise error.at(page.name, lines_of_questions(page)[number]) from None


def lines_of_questions(page: Page) -> list[int]:
    """On which lines of a page its questions begin."""
    begins = re.compile(rf"[ \t>]*!!! ?(?:{'|'.join(KINDS)})(?![\w-])")
    return [part.line for part in page.passages if part.is_prose and begins.match(part.text)]


def kind_of(element: ET.Element) -> str | None:
    """Which kind of question a remark is, if it is one."""
    remark, kind = [*element.get("class", "").split(), "", ""][:2]
    return kind if remark == "admonition" and kind in KINDS else None


def ask(remark: ET.Element) -> None:
    """Turn one remark into a question.

    Raises:
        PageError: it has no such form.
    """
    title, *told = list(remark) or [remark]  # an empty one is refused below
    items = told.pop() if told and told[-1].tag == "ul" else None
    choices = [_choice(item) for item in items] if items is not None else []
    _check(choices)
    if items is not None:
        remark.remove(items)
    words = "".join(text for element in (title, *told) for text in element.itertext())
    key = _key(words, choices)
    spoken = [one for one in told if not _TOKEN.fullmatch((one.text or "").strip())]
    asked = spoken[-1] if kind_of(remark) == "predict" and spoken else title
    asked.set("id", f"ask-{key}")
    remark.set("class", f"{remark.get('class')} pk-ask")
    remark.set("data-key", key)
    number = choices[0].mark == "="
    remark.append(_number(choices[0], key) if number else _choices(choices, key))
    row = ET.SubElement(remark, "p", {"class": "pk-ask__do"})
    # The page's script enables it; without scripts nobody sees it.
    attributes = {"type": "button", "class": "md-button", "disabled": "disabled"}
    ET.SubElement(row, "button", attributes).text = "Answer"
    ET.SubElement(row, "span", {"role": "status"})
    remark.append(_answer(choices))


def _choice(item: ET.Element) -> Choice:
    text = ET.Element("span")
    reasons = item.find("ul")
    paragraph = item.find("p")
    source = item if paragraph is None else paragraph
    mark = _MARK.match(source.text or "")
    if mark is None or reasons is None or len(reasons) != 1:
        raise PageError(FORM)
    inner = reasons[0].find("p")
    if len(item) > 1 + (paragraph is not None) or len(reasons[0]) > (inner is not None):
        raise PageError("a choice is one paragraph, and so is its reason")
    text.text = (source.text or "")[mark.end() :].rstrip()
    reason = ET.Element("span")
    reason.text = ((reasons[0] if inner is None else inner).text or "").strip()
    return Choice(mark["mark"], text, reason)


def _check(choices: list[Choice]) -> None:
    marks = [choice.mark for choice in choices]
    if marks == ["="]:
        if len(_VALUE.findall(choices[0].text.text or "")) != 1:
            raise PageError("a number is compared with one inline value, `{python} …`, behind [=]")
    elif "=" in marks or len(marks) < 2:
        raise PageError(FORM)
    elif marks.count("x") != 1:
        raise PageError(f"{marks.count('x')} choices are marked as right by [x], not one")


def _key(words: str, choices: list[Choice]) -> str:
    """What stored answers go by: another question, or other choices, are another key."""
    texts = [words, *(f"{c.mark}{c.text.text}" for c in choices)]
    plain = _TOKEN.sub("", "\n".join(texts))
    return hashlib.sha256(plain.encode()).hexdigest()[:8]


def _choices(choices: list[Choice], key: str) -> ET.Element:
    box = ET.Element("fieldset", {"class": "pk-choices", "aria-labelledby": f"ask-{key}"})
    for letter, choice in zip(ascii_uppercase, choices, strict=False):
        label = ET.SubElement(box, "label")
        ET.SubElement(label, "input", {"type": "radio", "name": f"ask-{key}", "value": letter})
        ET.SubElement(label, "b").text = f"{letter} "
        label.append(deepcopy(choice.text))
    return box


def _number(choice: Choice, key: str) -> ET.Element:
    """An input where the value will stand, between the words around it."""
    before, after = _VALUE.split(choice.text.text or "")
    box = ET.Element("p", {"class": "pk-guess"})
    label = ET.SubElement(box, "label", {"for": f"number-{key}"})
    label.text = f"Your guess: {before}"
    attributes = {"type": "number", "step": "any", "inputmode": "decimal"}
    described = {"id": f"number-{key}", "aria-describedby": f"ask-{key}"}
    ET.SubElement(box, "input", attributes | described).tail = after
    return box


def _answer(choices: list[Choice]) -> ET.Element:
    fold = ET.Element("details", {"class": "pk-answer"})
    ET.SubElement(fold, "summary").text = "The answer, and why"
    rows = ET.SubElement(fold, "ul")
    lettered = list(zip(ascii_uppercase, choices, strict=False))
    for letter, choice in sorted(lettered, key=lambda pair: pair[1].mark == " "):
        right = choice.mark != " "
        named = {"class": "pk-right"} if right else {}
        row = ET.SubElement(rows, "li", {"data-choice": letter, **named})
        verdict = ET.SubElement(row, "strong")
        if choice.mark == "=":
            verdict.text = "Recorded: "
            choice.text.tail = "."
            verdict.append(choice.text)
        else:
            verdict.text = f"{letter} is right." if right else f"Not {letter}."
        verdict.tail = " "
        row.append(choice.reason)
    return fold
