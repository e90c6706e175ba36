"""Small pictures of figures: without lettering and the margin that held it."""

from typing import Any

import pytest

from pagekit.course import pictures
from pagekit.course.catalogue import entry_at
from pagekit.course.pictures import rounded
from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.run.results import Result, Segment

AXES = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100pt">'
    '<g id="axes_1"><path d="M 10 20 L 60 20 L 60 80 L 10 80 z" style="fill: #24418d"/></g>'
    '<g id="axes_2"><path d="M 50 10 L 90 10 L 90 40 z" style="fill: #24418d"/></g>'
    "<text>Title</text></svg>"
)


def test_a_figure_is_cut_to_what_its_axes_hold() -> None:
    cut = pictures._cropped(AXES)
    assert cut == AXES.replace("0 0 100 100", "8.0 8.0 84.0 74.0")
    bare = AXES.replace("axes_", "legend_")
    assert pictures._cropped(bare) == bare


@pytest.mark.parametrize("ran", [True, False])
def test_of_a_lab_the_first_figure_is_shown(
    course: Project, monkeypatch: pytest.MonkeyPatch, ran: bool
) -> None:
    lab = course.docs / "labs" / "try.py"
    lab.parent.mkdir()
    lab.write_text("# ---\n# title: Try it\n# minutes: 5\n# ---\n\n# %%\n1\n")
    other: dict[str, Any] = {"data": {"image/svg+xml": AXES.replace("24418d", "d0620a")}}
    outputs = [
        [{"text": "printed"}],
        [{"data": {"text/plain": "1"}}, {"data": {"image/svg+xml": AXES}}, other],
    ]
    monkeypatch.setattr(pictures.notebooks, "load", lambda *_: (outputs, None) if ran else None)
    shown = pictures.picture(entry_at("labs/try.ipynb", "", course), course, "card-0")
    if ran:
        assert "24418d" in shown and "d0620a" not in shown and "Title" not in shown
        assert 'viewBox="8.0 8.0 84.0 74.0"' in shown
    else:
        assert shown == ""


def test_a_path_keeps_one_decimal_and_its_shape() -> None:
    assert rounded("M51.77 220.44v3.5l.04-.96.5.25z") == "M51.8 220.4v3.5l0-1 0.5 0.2z"
    assert rounded("M1.25 2a1 1 0 011 2") == "M1.25 2a1 1 0 011 2"


FIGURE = "<svg viewBox='0 0 9 9'><path d=\"M1.23 4\"/><text>{}</text></svg>"
DIAGRAM = '<div><svg aria-labelledby="a"><title>T</title><path d="M0.06 1.27"/></svg></div>'
TEXT = """# T

```python alt="A"
1
```

```python
2
```

```mermaid
first
```

```mermaid card
second
```
"""


def drawn(
    course: Project, monkeypatch: pytest.MonkeyPatch, text: str, figures: dict[int, list[str]]
) -> tuple[str, list[tuple[object, ...]]]:
    """The picture of a chapter with this text, and which diagrams were drawn for it."""
    path = course.docs / "basics" / "one.md"
    path.write_text(text)
    asked: list[tuple[object, ...]] = []

    def render(code: str, *_: object, key: str, phones: bool) -> str:
        asked.append((code.strip(), key, phones))
        return DIAGRAM

    def load(page: object, chain: Any, project: Project) -> Result | None:
        found = figures.get(chain.line)
        return None if found is None else Result([Segment(figures=found)], {})

    monkeypatch.setattr(pictures.drawing, "render", render)
    monkeypatch.setattr(pictures.results, "load", load)
    entry = entry_at("basics/one.md", "", course)
    return pictures.picture(entry, course, "card-7"), asked


def test_what_is_marked_is_shown_then_a_figure_then_a_diagram(
    course: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = '<svg><path d="M0.1 1.3"/></svg>'
    first = drawn(course, monkeypatch, TEXT, {3: [FIGURE.format("a")]})
    assert first == (small, [("second", "card-7", False)])
    unmarked = TEXT.replace(" card", "")
    shown, asked = drawn(course, monkeypatch, unmarked, {3: [FIGURE.format("a"), "b"]})
    assert 'd="M1.2 4"' in shown and "text" not in shown and asked == []
    nothing: list[dict[int, list[str]]] = [{}, {3: []}, {7: [FIGURE.format("no alt")]}]
    for none in nothing:
        assert drawn(course, monkeypatch, unmarked, none) == (small, [("first", "card-7", False)])
    assert drawn(course, monkeypatch, "# T\n\n```python\n1\n```\n", {}) == ("", [])


def test_a_second_mark_is_refused_at_its_line(
    course: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = TEXT.replace("```mermaid\nfirst", "```mermaid card\nfirst")
    with pytest.raises(PageError) as caught:
        drawn(course, monkeypatch, text, {})
    assert str(caught.value) == (
        "docs/basics/one.md:15: the figure on line 11 is marked `card` already"
    )


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("M 1.04 -2.06 L 3 4 Z", "M1-2.1L3 4Z"),
        ("M-0.01 0l1e-3 2.5e1", "M0 0l0 25"),
        ("M10.95.5", "M10.9 0.5"),
        ("m1 2A1 1 0 011 2", "m1 2A1 1 0 011 2"),
    ],
)
def test_numbers_of_a_path_are_short_and_still_apart(path: str, short: str) -> None:
    assert rounded(path) == short
