"""Every fault of a page: one message with its line, a status that says no, the last site kept."""

import os
import shutil
from collections.abc import Callable
from subprocess import CompletedProcess

import pytest

from pagekit.project import Project
from tests.forking import ForkingPython
from tests.pagekit.conftest import REPOSITORY, make_project

Run = Callable[..., CompletedProcess[str]]

MERMAID = "```mermaid\nflowchart LR\n    accTitle: T\n    accDescr: D\n{}\n```"

FAULTS: dict[str, tuple[str | bytes, int, str]] = {
    "missing file": ('# T\n\n```python\n--8<-- "snippets/nowhere.py"\n```', 4, "does not exist"),
    "missing section": ('# T\n\n```python\n--8<-- "snippets/sums.py:sub"\n```', 4, "no section"),
    "missing end marker": ('# T\n\n```python\n--8<-- "snippets/open.py:a"\n```', 4, "never ends"),
    "a section name twice": ('# T\n\n```python\n--8<-- "snippets/twice.py:a"\n```', 4, "twice"),
    "a block that raises": (
        "# T\n\n```python\nx = 1\nraise KeyError('k')\n```",
        5,
        "KeyError: 'k'",
    ),
    "an include that raises": (
        '# T\n\n```python\n--8<-- "snippets/sums.py:fail"\nfail()\n```',
        4,
        "ValueError: as asked (in snippets/sums.py:9)",
    ),
    "a block that exits": ("# T\n\n```python\nimport sys\nsys.exit(2)\n```", 5, "status 2"),
    "a shell block that fails": ("# T\n\n```bash\nfalse\n```", 3, "status 1"),
    "a block that warns": (
        "# T\n\n```python\nimport warnings\nwarnings.warn('hm')\n```",
        5,
        "UserWarning: hm",
    ),
    "a claim that is not true": (
        '# T\n\n```python holds="x > 1"\nx = 1\n```',
        3,
        "`x > 1` was not true in 3 runs (x = 1; x = 1; x = 1)",
    ),
    "a block that hangs": (
        '# T\n\n```python timeout="0.5"\nwhile True: pass\n```',
        3,
        "hangs: stopped after 0.5 s",
    ),
    "a figure without alt text": (
        "# T\n\n```python\nimport matplotlib.pyplot as plt\nplt.plot([1])\n```",
        3,
        'alt="',
    ),
    "alt text without a figure": ('# T\n\n```python alt="a"\nx = 1\n```', 3, "draws no figure"),
    "an unknown citation": ("# T\n\nAs shown [@smith2002].", 3, "smith2020"),
    "an unknown term": ("# T\n\nA [[fixtur]].", 3, "ixture"),
    "bad TeX": ("# T\n\nIt is $\\frac{1$.", 3, ""),
    "bad display TeX": ("# T\n\nIt is\n\n$$\n\\nosuchcommand{1}\n$$\n", 6, "nosuchcommand"),
    "a bad diagram": ("# T\n\n" + MERMAID.format("    A --> --> B"), 7, "mermaid"),
    "a diagram nobody described": (
        "# T\n\n```mermaid\nflowchart LR\n    A --> B\n```",
        3,
        "accTitle",
    ),
    "an inline name that does not exist": (
        "# T\n\n```python\nx = 1\n```\n\nIt is `{python} y`.",
        7,
        "NameError: name 'y' is not defined",
    ),
    "an inline value with nothing above": ("# T\n\nIt is `{python} 1`.", 3, "no Python block"),
    "an inline value in a heading": (
        "# T\n\n```python\nx = 1\n```\n\n## It is `{python} x`\n",
        7,
        "heading",
    ),
    "a dead link": ("# T\n\nSee [there](nowhere.md).", 3, "nowhere.md"),
    "a dead anchor": ("# T\n\nSee [there](index.md#nowhere).", 3, "#nowhere"),
    "a dead anchor on the page": ("# T\n\nSee [there](#nowhere).", 3, "#nowhere"),
    "a missing image": ("# T\n\n![A picture](nowhere.png)", 3, "nowhere.png"),
    "an unknown mark": ("# T\n\n<!--pytest.mark.slow-->\n```python\nx\n```", 3, "pytest.mark.slow"),
    "a mark without a reason": ("# T\n\n<!--pytest.mark.skip()-->\n```python\nx\n```", 3, "reason"),
    "code that nothing ran": (
        '# T\n\n<div class="language-python highlight"><pre>x = 1</pre></div>',
        3,
        "never run",
    ),
    "a page that is not text": (b"# T\n\n\xff\xfe", 3, "UTF-8"),
}


def with_bad_snippets(project: Project) -> Project:
    """The project with snippets that pages may stumble over, and a site that was built before."""
    (project.root / "snippets/open.py").write_text("# --8<-- [start:a]\nx = 1\n")
    once = "# --8<-- [start:a]\nx = 1\n# --8<-- [end:a]\n"
    (project.root / "snippets/twice.py").write_text(once * 2)
    site = project.root / "site"
    site.mkdir()
    (site / "index.html").write_text("the last good site")
    return project


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, forking: ForkingPython) -> dict[str, list[str]]:
    """What is told of each fault, on a page of its own.

    A build tells of all that it meets, and goes no further; so pages whose fault was told are taken
    away, until none is left.
    """
    project = with_bad_snippets(make_project(tmp_path_factory.mktemp("faults")))
    env = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PAGEKIT_ROOT": str(project.root)}
    pages = {fault: project.docs / f"page-{number}.md" for number, fault in enumerate(FAULTS)}
    for fault, page in pages.items():
        text = FAULTS[fault][0]
        page.write_bytes(text if isinstance(text, bytes) else text.encode())
    found: dict[str, list[str]] = {}
    while len(found) < len(FAULTS):
        done = forking.run(["-m", "pagekit.build.site"], project.root, env)
        assert done.returncode == 1, done.stderr
        assert "Traceback" not in done.stderr
        assert (project.root / "site/index.html").read_text() == "the last good site"
        assert list(project.build.glob("site-*")) == []
        rows = [row for row in done.stderr.splitlines() if row.startswith("docs/")]
        heard = {
            fault: about
            for fault, page in pages.items()
            if (about := [row for row in rows if row.startswith(f"docs/{page.name}:")])
        }
        assert heard and sum(map(len, heard.values())) == len(rows), done.stderr
        for fault in heard:
            pages.pop(fault).unlink()
        found |= heard
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_message_and_the_last_site_stays(
    told: dict[str, list[str]], fault: str
) -> None:
    _, line, says = FAULTS[fault]
    assert len(told[fault]) == 1, told[fault]
    assert told[fault][0].partition(".md:")[2].startswith(f"{line}: "), told[fault]
    assert says in told[fault][0]


def test_rendering_alone_refuses_stale_and_missing_results(project: Project, pagekit: Run) -> None:
    """`mkdocs build` never runs code: what has not run is not shown."""
    from pagekit.build.site import render
    from pagekit.errors import PageError

    with pytest.raises(PageError, match=r"docs/index.md:3: .* missing or stale"):
        render(project, project.build / "out")
    assert pagekit("build.site").returncode == 0
    render(project, project.build / "out")
    (project.docs / "index.md").write_text("# Home\n\n```python\nprint(7 * 7)\n```\n")
    with pytest.raises(PageError, match=r"docs/index.md:3: .* missing or stale"):
        render(project, project.build / "out")


def test_the_site_that_is_sound_replaces_the_old_one(project: Project, pagekit: Run) -> None:
    with_bad_snippets(project)
    done = pagekit("build.site")
    assert done.returncode == 0, done.stderr
    assert "open site/index.html" in done.stdout
    html = (project.root / "site/index.html").read_text()
    assert ">42\n" in html or "<samp>42</samp>" in html
    assert [p.name for p in project.root.glob(".site*")] == []


def test_two_builds_are_the_same_byte_for_byte(project: Project, pagekit: Run) -> None:
    def built() -> dict[str, bytes]:
        site = project.root / "site"
        shutil.rmtree(site, ignore_errors=True)
        assert pagekit("build.site").returncode == 0
        return {str(p.relative_to(site)): p.read_bytes() for p in site.rglob("*") if p.is_file()}

    first, second = built(), built()
    assert first == second


def test_a_page_command_says_whether_one_page_is_sound(project: Project, pagekit: Run) -> None:
    (project.docs / "good.md").write_text("# Good\n\n```python\nprint(1)\n```\n")
    (project.docs / "bad.md").write_text("# Bad\n\n```python\nprint(1 / 0)\n```\n")
    good = pagekit("build.preview", "good")
    assert good.returncode == 0, good.stderr
    shown = (project.root / good.stdout.strip().rpartition(" ")[2]).read_text()
    assert "<samp>1</samp>" in shown
    bad = pagekit("build.preview", "docs/bad.md")
    assert bad.returncode == 1
    assert bad.stderr.strip().splitlines()[-1].startswith("docs/bad.md:4: ")
    unknown = pagekit("build.preview", "nowhere")
    assert unknown.returncode == 1
    assert "there is no page 'nowhere'; the pages are: bad, good, index" in unknown.stderr
