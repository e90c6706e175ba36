"""The minutes that a page takes follow its words and its code, as Notation says."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pagekit.project import Project
from pagekit.read.blocks import parse_page
from pagekit.read.minutes import LINES, STEP, WORDS, minutes_of, minutes_to_read

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def minutes(project: Project) -> Callable[[str], int]:
    return lambda text: minutes_of(parse_page(text, project.docs / "page.md", project))


def code(lines: int, language: str = "python") -> str:
    return f"```{language}\n" + "x = 1\n" * lines + "```\n"


def test_words_and_lines_of_code_take_time(minutes: Callable[[str], int]) -> None:
    words = "word " * (10 * WORDS)
    assert minutes(f"{words}\n") == 10
    assert minutes(f"{words}\n\n{code(10 * LINES)}") == 20
    assert minutes(f"{words}\n\n{code(10 * LINES, 'text')}") == 20


def test_what_is_shown_is_rounded_up(minutes: Callable[[str], int]) -> None:
    assert minutes("One word.\n") == minutes("word " * (STEP * WORDS)) == STEP
    assert minutes("word " * (STEP * WORDS + 1)) == 2 * STEP


def test_blank_lines_diagrams_comments_and_formulas_take_none(
    minutes: Callable[[str], int],
) -> None:
    full = "word " * (STEP * WORDS)
    for more in ("\n" * 50, code(900, "mermaid"), "<!-- " + "word " * 900 + "-->\n", "$a + b$"):
        assert minutes(f"{full}\n\n{more}") == STEP


def test_code_that_is_included_counts(project: Project, minutes: Callable[[str], int]) -> None:
    (project.root / "long.py").write_text("x = 1\n" * (2 * STEP * LINES))
    assert minutes('```python\n--8<-- "long.py"\n```\n') == 2 * STEP


def test_exercises_and_references_are_left_out(minutes: Callable[[str], int]) -> None:
    long = "word " * (10 * STEP * WORDS)
    assert minutes(f"One.\n\n## Exercises\n\n{long}\n\n{code(900)}\n## Quiz\n\nTwo.\n") == STEP
    assert minutes(f"One.\n\n## References\n\n{long}\n") == STEP
    assert minutes(f"One.\n\n## Exercises\n\nTwo.\n\n## Quiz\n\n{long}\n") == 10 * STEP + STEP


def test_what_is_folded_is_left_out(minutes: Callable[[str], int]) -> None:
    long = "word " * (10 * STEP * WORDS)
    fold = (
        f'??? example "All of it"\n    {long}\n\n    ```python\n    x = 1\n    ```\n\n    {long}\n'
    )
    assert minutes(f"One.\n\n{fold}\nTwo.\n") == STEP
    assert minutes(f"One.\n\n{fold}\n{long}\n") == 10 * STEP + STEP


def test_a_block_that_is_not_indented_ends_a_fold(minutes: Callable[[str], int]) -> None:
    fold = '??? example "All"\n    One.\n\n'
    inner = "    ```python\n" + "    x = 1\n" * (10 * STEP * LINES) + "    ```\n"
    assert minutes(f"{fold}{inner}") == STEP
    assert minutes(f"{fold}{code(2 * STEP * LINES)}") == 2 * STEP
    assert minutes(f"{fold}{code(1)}\n{inner}") == 10 * STEP + STEP, "nothing is folded any more"
    assert minutes(f"!!! note\n    One.\n\n{inner}") == 10 * STEP + STEP


def test_a_section_is_known_by_its_title_alone(minutes: Callable[[str], int]) -> None:
    long = "word " * (2 * STEP * WORDS)
    for title, left_out in (
        ("## Exercises {#try}", True),
        ("##  References  ", True),
        ("## Exercises and more", False),
        ("### Exercises", False),
    ):
        assert minutes(f"{title}\n\n{long}\n") == (STEP if left_out else 3 * STEP)


def test_a_page_says_its_minutes_itself_or_is_a_chapter(project: Project) -> None:
    settings = project.root / "mkdocs.yml"
    settings.write_text(f"{settings.read_text()}\nnav: [a/one.md, two.md]\n")
    chapter, other = (
        parse_page("One.\n", project.docs / name, project) for name in ("a/one.md", "two.md")
    )
    assert minutes_to_read(chapter, {}, project) == STEP
    assert minutes_to_read(other, {}, project) == 0
    assert [minutes_to_read(page, {"minutes": 7}, project) for page in (chapter, other)] == [7, 7]


def test_notation_states_the_rule() -> None:
    text = " ".join((ROOT / "docs/reference/notation.md").read_text(encoding="utf-8").split())
    said = re.search(r"(\d+) words of text, or (\d+) lines of code.*?next (\w+) minutes", text)
    assert said
    assert said.groups() == (str(WORDS), str(LINES), {5: "five"}[STEP])
