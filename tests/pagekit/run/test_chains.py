"""What follows from how a chain went: with a server that only tells what it is given."""

from collections.abc import Callable
from typing import Any

import pytest

from pagekit.errors import PageError
from pagekit.project import Project
from pagekit.read.blocks import Page, parse_page
from pagekit.run import chains, recorded, results
from pagekit.run.chains import (
    RUNS,
    check_figures,
    not_borne_out,
    page_error,
    run_chain,
    run_until_it_holds,
)
from pagekit.run.reads.record import Record

TEXT = """# T

```python holds="a > 0"
a = 1
```

<!--pytest-codeblocks:cont-->
```python alt="A line." holds="b > 0"
--8<-- "snippets/sums.py:add"
b = 2
```

It is `{python} a + b`, or again `{python} a + b`.
"""


@pytest.fixture
def page(project: Project) -> Page:
    path = project.docs / "t.md"
    path.write_text(TEXT)
    return parse_page(TEXT, path, project)


def outcome(broken: int | None = None, **more: Any) -> dict[str, Any]:
    """What a server tells of a run, in which the claim of one block may have failed."""
    segments = [{"output": "", "figures": ["<svg/>"] * n, "seconds": 0.0} for n in (0, 1)]
    untrue = [] if broken is None else [{"segment": broken, "values": {"a": broken}}]
    told = {"segments": segments, "values": {"a + b": "3"}, "broken": untrue}
    return {**told, "record": Record({"docs/x": "1"}, {}), **more}


class Server:
    """Tells of one run after the other."""

    def __init__(self, *outcomes: dict[str, Any]) -> None:
        self.outcomes = list(outcomes)
        self.asked: list[tuple[Any, ...]] = []

    def run(self, *asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return self.outcomes.pop(0)


Run = Callable[..., Any]


def test_a_server_is_asked_for_all_that_the_page_says(page: Page, project: Project) -> None:
    server: Any = Server(outcome())
    result, broken = run_until_it_holds(server, page, page.chains[0], project)
    assert broken == [] and result.values == {"a + b": "3"}
    [(kind, code, values, timeout, claims)] = server.asked
    assert kind == "python" and code == [fence.code for fence in page.chains[0].fences]
    assert values == ["a + b"], "each value once"
    assert timeout == page.chains[0].timeout and claims == ["a > 0", "b > 0"]


@pytest.mark.parametrize("failed", range(4))
def test_it_runs_until_a_claim_holds_three_times_at_most(
    page: Page, project: Project, failed: int
) -> None:
    server: Any = Server(*[outcome(n % 2) for n in range(failed)], *[outcome()] * 4)
    _, broken = run_until_it_holds(server, page, page.chains[0], project)
    assert RUNS == 3
    assert len(server.asked) == min(failed + 1, 3)
    assert [one["segment"] for one in broken] == ([0, 1, 0] if failed == 3 else [])


def test_a_run_that_bears_out_its_claims_is_recorded(page: Page, project: Project) -> None:
    server: Any = Server(outcome())
    run_chain(server, page, page.chains[0], project)
    file = results.result_path(page, page.chains[0], project)
    found = results.unsealed(file.read_text())
    assert found.values == {"a + b": "3"} and not found.measured
    assert found.depends == {"docs/x": "1"}


def test_a_kept_run_takes_the_place_of_one_that_does_not(
    page: Page, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = page.chains[0]
    server: Any = Server(*[outcome(0)] * 6)
    with pytest.raises(PageError, match=r"`a > 0` was not true in 3 runs \(a = 0; a = 0; a = 0\)"):
        run_chain(server, page, chain, project)
    file = results.result_path(page, chain, project)
    assert not file.exists()
    kept = results.result_of(outcome(values={"a + b": "4"}, record=Record({"kept": "2"}, {})))
    kept.measured = {"date": "2026-01-02"}
    monkeypatch.setattr(recorded, "load", lambda *_: kept)
    run_chain(server, page, chain, project)
    found = results.unsealed(file.read_text())
    assert found.values == {"a + b": "4"} and found.measured == {"date": "2026-01-02"}
    assert found.depends == {"docs/x": "1", "kept": "2"}


def test_only_the_runs_in_which_the_last_claim_failed_are_counted(page: Page) -> None:
    runs = [
        {"segment": 1, "values": {"b": -1, "c": 2}},
        {"segment": 0, "values": {"a": 0}},
        {"segment": 1, "values": {}},
    ]
    error = not_borne_out(runs, page, page.chains[0], "; so it is")
    second = page.chains[0].fences[1]
    assert str(error) == (
        f"docs/t.md:{second.line}: `b > 0` was not true in 2 runs (b = -1, c = 2); so it is"
    )
    bare = not_borne_out(runs[2:], page, page.chains[0], "")
    assert bare.message == "`b > 0` was not true in 1 runs"


ADVICE = "; mend the code, or the snippet that it includes"


@pytest.mark.parametrize(
    ("told", "line", "says"),
    [
        ({}, "```python holds", f"this block does not run: it fails{ADVICE}"),
        ({"line": 0}, "a = 1", f"this block does not run: it fails{ADVICE}"),
        ({"line": 1}, "```python holds", f"this block does not run: it fails{ADVICE}"),
        ({"line": -1}, "```python holds", f"this block does not run: it fails{ADVICE}"),
        ({"segment": 1, "line": 1}, "--8<--", "it fails (in snippets/sums.py:3)" + ADVICE),
        ({"segment": 1, "line": 2}, "b = 2", f"it fails{ADVICE}"),
        ({"segment": 1}, "```python alt", f"it fails{ADVICE}"),
        ({"segment": 1, "claim": True}, "```python alt", "the claim `b > 0` fails: it fails"),
        ({"value": "a + b"}, "It is", "the inline value `a + b` fails: it fails"),
        ({"line": 0, "at": "/x/site-packages/y/z.py:3"}, "a = 1", "(raised at y/z.py:3)" + ADVICE),
    ],
)
def test_a_fault_is_told_with_the_line_to_blame(
    page: Page, told: dict[str, Any], line: str, says: str
) -> None:
    error = page_error({"fault": "it fails", **told}, page, page.chains[0])
    number = next(n for n, text in enumerate(TEXT.split("\n"), 1) if text.startswith(line))
    assert (error.path, error.line) == ("docs/t.md", number)
    assert error.message.endswith(says)


def test_where_the_project_raises_is_told_from_its_root(page: Page, project: Project) -> None:
    at = {"fault": "no", "line": 0, "at": f"{project.root}/snippets/sums.py:8"}
    error = page_error(at, page, page.chains[0])
    assert "no (raised at snippets/sums.py:8); mend" in error.message
    assert chains._short("/usr/lib/python/ast.py:1") == "/usr/lib/python/ast.py:1"


def test_a_run_that_fails_is_not_tried_again(page: Page, project: Project) -> None:
    server: Any = Server({"fault": "no", "segment": 1}, outcome())
    with pytest.raises(PageError, match=r"^docs/t\.md:8: this block does not run: no"):
        run_until_it_holds(server, page, page.chains[0], project)
    assert len(server.asked) == 1
    bare = outcome(segments=[{"output": "", "figures": [], "seconds": 0.0}] * 2)
    server = Server(bare)
    with pytest.raises(PageError, match=r"^docs/t\.md:8: "):
        run_until_it_holds(server, page, page.chains[0], project)


@pytest.mark.parametrize(("figures", "line"), [((1, 1), 3), ((0, 0), 8), ((0, 1), None)])
def test_figures_and_their_descriptions_belong_together(
    page: Page, figures: tuple[int, int], line: int | None
) -> None:
    result = results.Result([results.Segment(figures=["<svg/>"] * n) for n in figures], {})
    if line is None:
        check_figures(result, page, page.chains[0])
        return
    with pytest.raises(PageError) as caught:
        check_figures(result, page, page.chains[0])
    assert (caught.value.path, caught.value.line) == ("docs/t.md", line)
