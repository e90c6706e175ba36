"""What a fence printed is read from where it began; what it drew is refused if it is too large."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pagekit.run.process import limits
from pagekit.run.process.drawings import Drawing
from pagekit.run.process.outputs import drawn, printed
from pagekit.run.process.watch import Fault


def test_each_fence_has_what_was_printed_since_the_one_above(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes("one ä\n".encode())
    text, end = printed(str(path), 0, 0)
    assert (text, end) == ("one ä\n", 7)
    assert printed(str(path), end, 1) == ("", 7)
    with path.open("ab") as file:
        file.write(b"two \xff\n")
    assert printed(str(path), end, 1) == ("two \N{REPLACEMENT CHARACTER}\n", 13)


def test_what_comes_while_it_is_read_is_the_next_fences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "out"
    path.write_text("one, two, three")
    size = SimpleNamespace(st_size=8)
    monkeypatch.setattr("pagekit.run.process.outputs.os", SimpleNamespace(stat=lambda path: size))
    assert printed(str(path), 5, 0) == ("two", 8)


def test_as_much_as_a_page_takes_may_be_printed_by_each_fence(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"x" * (limits.OUTPUT + 7))
    text, end = printed(str(path), 7, 3)
    assert (len(text), end) == (limits.OUTPUT, limits.OUTPUT + 7)
    with pytest.raises(Fault, match=f"it prints {limits.OUTPUT + 1:,} bytes") as caught:
        printed(str(path), 6, 3)
    assert caught.value.outcome["segment"] == 3
    path.write_bytes(b"a\x1b[31m")
    with pytest.raises(Fault, match="control character"):
        printed(str(path), 0, 3)
    assert printed(str(path), path.stat().st_size, 3)[0] == "", "that was another fence's"


def drawings(*found: Drawing) -> Any:
    return SimpleNamespace(new=lambda: list(found))


LARGE = "x" * (limits.FIGURE + 1)


def test_figures_are_handed_on_in_their_order() -> None:
    two = [Drawing("a", ""), Drawing("x" * limits.FIGURE, "c")]
    assert drawn(drawings(*two), 0) == two and drawn(drawings(), 0) == []


@pytest.mark.parametrize("large", [Drawing(LARGE, ""), Drawing("a", LARGE)])
def test_a_figure_that_is_too_large_for_a_page_or_a_phone_is_refused(large: Drawing) -> None:
    with pytest.raises(Fault, match="its figure takes") as caught:
        drawn(drawings(Drawing("a", "b"), large), 4)
    assert caught.value.outcome["segment"] == 4


def test_a_figure_that_cannot_be_drawn_is_told_on_one_line() -> None:
    def fail() -> list[Drawing]:
        raise ValueError("no such\n   colour")

    with pytest.raises(Fault, match=r"its figure can't be drawn: ValueError: no such colour"):
        drawn(SimpleNamespace(new=fail), 0)  # type: ignore[arg-type]
