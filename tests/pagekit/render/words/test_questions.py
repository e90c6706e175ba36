"""Predictions and quizzes: what authors write becomes inputs, and a folded answer with reasons."""

import re
import xml.etree.ElementTree as ET

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from tests.pagekit.render.test_extension import html_of

QUIZ = """# T

!!! quiz "What is `6 * 7`?"
    - [ ] 41, *nearly*,
      or so.
        - It is one [[fixture]]
          short.
    - [x] 42.
        - $6 \\cdot 7$ is that.
"""
PREDICTION = """# T

!!! predict "Predict first"
    What is six times seven?

    - [=] about `{python} six * 7` in all
        - Six is `{python} six`.

```python
six = 6
print(six)
```

It is `{python} six + 1`.
"""


def question(html: str) -> ET.Element:
    found = re.search(r'<div class="admonition.*?</details>\s*</div>', html, re.DOTALL)
    assert found
    return ET.fromstring(found[0])


def words(element: ET.Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def test_a_quiz_has_native_inputs_and_a_reason_for_each_choice(project: Project) -> None:
    html = html_of(project, QUIZ, run=False)
    asked = question(html)
    group = asked.find("fieldset")
    assert group is not None
    title = asked.find(f"*[@id='{group.get('aria-labelledby')}']")
    assert words(title) == "What is 6 * 7?"
    assert [words(label) for label in group] == ["A 41, nearly, or so.", "B 42."]
    inputs = group.findall(".//input")
    assert [one.get("value") for one in inputs] == ["A", "B"]
    assert len({one.get("name") for one in inputs}) == 1

    rows = asked.findall("details/ul/li")
    assert [words(row) for row in rows] == [
        "B is right. 6⋅7 is that.",
        "Not A. It is one fixture short.",
    ]
    assert [row.get("class") for row in rows] == ["pk-right", None]
    assert "<em>nearly</em>" in html and "glossary.html#term-fixture" in html.replace(
        ".md#", ".html#"
    )


def test_blank_lines_between_choices_make_no_difference(project: Project) -> None:
    loose = QUIZ.replace("    - [x]", "\n    - [x]")
    close, apart = (words(question(html_of(project, text, run=False))) for text in (QUIZ, loose))
    assert "or so." in close and apart == close


def test_a_number_is_computed_by_the_block_below(project: Project) -> None:
    html = html_of(project, PREDICTION)
    asked = question(html)
    field = asked.find(".//input[@type='number']")
    assert field is not None
    assert asked.find(f".//label[@for='{field.get('id')}']") is not None
    assert "42" not in words(asked.find("p[@class='pk-guess']"))
    [row] = asked.findall("details/ul/li")
    assert words(row) == "Recorded: about 42 in all. Six is 6."
    assert '<p>It is <span class="pk-value">7</span>.</p>' in html


def test_what_is_stored_goes_by_the_question_not_by_the_result(project: Project) -> None:
    def key(text: str) -> str | None:
        return question(html_of(project, text)).get("data-key")

    same = PREDICTION.replace("six = 6", "six = 5")
    assert key(PREDICTION) == key(same)
    assert key(PREDICTION) != key(PREDICTION.replace("seven", "seven, then"))
    assert key(QUIZ) != key(QUIZ.replace("42.", "43."))
    assert key(QUIZ) != key(QUIZ.replace("[ ]", "[y]").replace("[x]", "[ ]").replace("[y]", "[x]"))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[x]", "[ ]", "0 choices are marked as right"),
        ("[ ]", "[x]", "2 choices are marked as right"),
        ("[x] ", "", "a question ends in a list"),
        ("        - $6 \\cdot 7$ is that.\n", "", "its reason"),
        ("[x]", "[=]", "a question ends in a list"),
        ("    - [x] 42.\n        - $6 \\cdot 7$ is that.\n", "", "a question ends in a list"),
        ("    - [x] 42.\n", "    - [x] 42.\n\n        Or more.\n\n", "a choice is one paragraph"),
        ("is that.\n", "is that.\n\n            And more.\n", "so is its reason"),
    ],
)
def test_a_question_without_its_form_is_refused(
    project: Project, old: str, new: str, fault: str
) -> None:
    assert old in QUIZ
    with pytest.raises(PageError, match=fault) as caught:
        html_of(project, QUIZ.replace(old, new), run=False)
    assert (caught.value.path, caught.value.line) == ("docs/page.md", 3)


def test_a_number_needs_a_recorded_value(project: Project) -> None:
    with pytest.raises(PageError, match="one inline value") as caught:
        html_of(project, PREDICTION.replace("`{python} six * 7`", "42"))
    assert caught.value.line == 3


def test_a_prediction_needs_a_block_below(project: Project) -> None:
    below = PREDICTION.partition("```python")[0]
    with pytest.raises(PageError, match="no Python block stands below it") as caught:
        html_of(project, below, run=False)
    assert caught.value.line == 6


def test_a_value_belongs_to_the_chain_that_goes_on_below(project: Project) -> None:
    cont = "<!--pytest-codeblocks:cont-->\n```python\nlast = 3\n```\n"
    text = PREDICTION.replace("six = 6", "print(5)")
    text = text.replace("# T\n", "# T\n\n```python\nsix = 6\n```\n", 1)
    text = text.replace("```python\nprint(5)\nprint(six)\n```\n", cont).replace("six + 1", "last")
    asked = question(html_of(project, text))
    assert "about 42 in all" in words(asked)


def test_other_remarks_and_lists_stay(project: Project) -> None:
    html = html_of(project, "# T\n\n!!! note\n    - [x] done\n\n- [ ] to do\n", run=False)
    assert "pk-ask" not in html and "[x] done" in html and "[ ] to do" in html


@pytest.mark.parametrize("kind", ["note quiz", "quiz-like", "note predict"])
def test_a_remark_of_another_kind_is_no_question(project: Project, kind: str) -> None:
    html = html_of(project, f'# T\n\n!!! {kind} "A"\n    - [ ] to do\n', run=False)
    assert "pk-ask" not in html and "[ ] to do" in html


def test_a_fault_has_the_line_of_its_own_question(project: Project) -> None:
    text = QUIZ.replace("!!! quiz", '!!! quiz-like "No question"\n    Text.\n\n!!! quiz')
    with pytest.raises(PageError, match="2 choices are marked") as caught:
        html_of(project, text.replace("[ ]", "[x]"), run=False)
    assert caught.value.line == 6


def test_a_question_of_nothing_is_refused(project: Project) -> None:
    with pytest.raises(PageError, match="a question ends in a list") as caught:
        html_of(project, '# T\n\n!!! quiz ""\n\nText.\n', run=False)
    assert caught.value.line == 3


def test_the_same_question_twice_is_refused(project: Project) -> None:
    again = QUIZ + QUIZ.partition("# T\n")[2]
    with pytest.raises(PageError, match="stands above already") as caught:
        html_of(project, again, run=False)
    assert caught.value.line == again[: again.rindex("!!!")].count("\n") + 1


@pytest.mark.parametrize("language", ["text", "python"])
def test_a_question_may_show_code(project: Project, language: str) -> None:
    shown = f"    ```{language}\n    code = 1\n    ```\n\n    - [=]"
    text = PREDICTION.replace("    - [=]", shown)
    asked = question(html_of(project, text))
    named = asked.find(f"*[@id='ask-{asked.get('data-key')}']")
    assert words(named) == "What is six times seven?"
    above = text.replace("# T\n", "# T\n\n```text\nx\n```\n\n```python\ny = 1\n```\n", 1)
    assert question(html_of(project, above)).get("data-key") == asked.get("data-key")


THREE = """# T

!!! quiz "Which?"
    Think.

    - [ ] One.
        - First.
    - [ ] Two.
        - Second.
    - [x] Three.
        - Third.
"""


def test_the_right_choice_is_answered_first_and_the_others_keep_their_order(
    project: Project,
) -> None:
    asked = question(html_of(project, THREE, run=False))
    rows = asked.findall("details/ul/li")
    assert [words(row) for row in rows] == [
        "C is right. Third.",
        "Not A. First.",
        "Not B. Second.",
    ]
    assert [row.get("data-choice") for row in rows] == ["C", "A", "B"]
    assert [row.get("class") for row in rows] == ["pk-right", None, None]
    assert words(asked.find("details/summary")) == "The answer, and why"
    assert "One." not in words(asked.find("details")), "the list itself is gone"


def test_a_quiz_is_named_by_its_title_a_prediction_by_its_last_paragraph(project: Project) -> None:
    asked = question(html_of(project, THREE, run=False))
    assert words(asked.find(f"*[@id='ask-{asked.get('data-key')}']")) == "Which?"
    text = PREDICTION.replace("    What", "    Some words first.\n\n    What")
    for form in (text, PREDICTION):
        asked = question(html_of(project, form))
        key = asked.get("data-key") or ""
        assert re.fullmatch(r"[0-9a-f]{8}", key)
        assert words(asked.find(f"*[@id='ask-{key}']")) == "What is six times seven?"
    bare = PREDICTION.replace("    What is six times seven?\n\n", "")
    asked = question(html_of(project, bare))
    assert words(asked.find(f"*[@id='ask-{asked.get('data-key')}']")) == "Predict first"


def test_a_number_is_asked_for_where_it_will_stand(project: Project) -> None:
    asked = question(html_of(project, PREDICTION))
    key = asked.get("data-key")
    label, field = asked.findall("p[@class='pk-guess']/*")
    assert words(label) == "Your guess: about" and (field.tail or "").strip() == "in all"
    assert label.get("for") == field.get("id") == f"number-{key}"
    assert field.get("aria-describedby") == f"ask-{key}"
    assert (field.get("step"), field.get("inputmode")) == ("any", "decimal")
    [row] = asked.findall("details/ul/li")
    assert (row.get("class"), row.get("data-choice")) == ("pk-right", "A")


@pytest.mark.parametrize("text", [QUIZ, PREDICTION])
def test_a_question_is_answered_by_a_button_that_scripts_enable(
    project: Project, text: str
) -> None:
    asked = question(html_of(project, text))
    assert "pk-ask" in (asked.get("class") or "").split()
    button, status = asked.findall("p[@class='pk-ask__do']/*")
    assert (words(button), button.get("type"), button.get("disabled")) == (
        *("Answer", "button", "disabled"),
    )
    assert status.get("role") == "status" and not words(status)
    assert asked[-1].tag == "details" and asked[-2].get("class") == "pk-ask__do"
    assert all(one.get("type") in ("radio", "number") for one in asked.iter("input"))


def test_two_questions_have_keys_and_names_of_their_own(project: Project) -> None:
    html = html_of(project, QUIZ + THREE.partition("# T\n")[2], run=False)
    keys = re.findall(r'data-key="(\w+)"', html)
    assert len(set(keys)) == 2
    assert set(re.findall(r' name="ask-(\w+)"', html)) == set(keys)
    both = QUIZ + THREE.partition("# T\n")[2].replace("[ ]", "[x]", 1)
    with pytest.raises(PageError, match="2 choices") as caught:
        html_of(project, both, run=False)
    assert caught.value.line == both[: both.rindex("!!!")].count("\n") + 1
