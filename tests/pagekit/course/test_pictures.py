"""Small pictures of figures: without lettering and the margin that held it."""

from typing import Any

import pytest

from pagekit.course import pictures
from pagekit.course.catalogue import entry_at
from pagekit.course.pictures import rounded
from pagekit.project import Project

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
