"""Laws of the repository: what belongs together is together, and nobody has to remember it."""

import ast
import os
import re
import subprocess
from collections import Counter
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

from pagekit.build.anatomy import lacking
from pagekit.labs.source import labs, read_lab
from pagekit.project import Project
from pagekit.read.blocks import CODE_SPAN, prose, read_page
from pagekit.read.sections import definitions, sections
from pagekit.read.settings.menu import is_chapter
from pagekit.render.words.bibliography import read_bibliography
from pagekit.render.words.citations import keys_in
from pagekit.render.words.glossary import read_glossary, terms_in
from pagekit.run.artefact_list import LIST, declared

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

# Fences that do not run, as "page: reason". Each also shows its reason on the page.
NOT_RUN: frozenset[str] = frozenset()

# Modules in one folder: more than one takes in at a glance.
CROWDED = {"snippets": 15, "pagekit": 12}

# Tests that are skipped or expected to fail, as "file: reason".
MARKED_TESTS: frozenset[str] = frozenset()

ACTION = re.compile(r"uses:\s*(\S+)(.*)")
LOCAL_PATH = re.compile(r"(?<![\w./~-])/(?:home|Users|root|work|mnt|private/var)/\w")
SECTION = re.compile(r"--8<--[^\n]*?[\"'](snippets/[\w/]+\.py):([\w.-]+)")
WHOLE = re.compile(r"--8<--[^\n]*?[\"'](snippets/[\w/]+\.py)[\"']")
INCLUDE = re.compile(r"--8<--[^\n]*?[\"'](snippets/[\w/]+\.py)")


def sources(*folders: str, suffix: str = ".py") -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob(f"*{suffix}"))


def tracked() -> list[Path]:
    """All files of the project, new ones included; without git, all but what is generated."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        files = [ROOT / line for line in listed.stdout.splitlines()]
    except (OSError, subprocess.CalledProcessError):
        ignored = {".venv", "build", "site", "generated", "__pycache__"}
        walked = (Path(folder) / name for folder, _, names in os.walk(ROOT) for name in names)
        files = [path for path in walked if not ignored & set(path.parts)]
    return [path for path in files if path.is_file()]


@cache
def modules(path: Path) -> frozenset[str]:
    """The modules that a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def pages() -> list[Path]:
    return sources("docs", suffix=".md")


# Modules that hold code: `__init__.py` and `__main__.py` only lead to them.
SNIPPETS = [path for path in sources("snippets") if not path.name.startswith("__")]


@pytest.mark.parametrize("path", SNIPPETS, ids=relative)
def test_snippet_is_shown_and_tested(path: Path) -> None:
    module = relative(path).removesuffix(".py").replace("/", ".")
    texts = [page.read_text("utf-8") for page in pages()]
    shown = {found for text in texts for found in INCLUDE.findall(text)}
    in_labs = {name for lab in sources("docs/labs") for name in modules(lab)}
    # Of a plot the page shows what it draws: there it is enough that a block, or another module,
    # imports it.
    package, _, name = module.rpartition(".")
    imports = re.compile(rf"\bfrom {package}(?:\.{name} import|\s+import\s.*\b{name}\b)")
    others = [plot.read_text("utf-8") for plot in sources("snippets") if plot != path]
    draws = package.startswith("snippets.plots") and any(
        imports.search(text) for text in texts + others
    )
    assert relative(path) in shown or module in in_labs or draws, f"no page shows {module}"

    mirrored = ROOT / "tests" / Path(relative(path)).with_name(f"test_{path.name}")
    imported = {name for test in sources("tests/snippets") for name in modules(test)}
    assert mirrored.is_file() or module in imported, f"{relative(mirrored)} is missing"


# Parts of the course, and rooms of the page machine: each imports only from those before it.
PARTS = (
    "foundations",
    "transformer",
    "training",
    "inference",
    "post_training",
    "modern",
    "using",
    "society",
)
ROOMS = ("read", "run", "render", "labs", "course", "build")


def room_of(module: str) -> str:
    """The folder that a module lies in: of ``snippets.training.loop``, ``training``."""
    return [*module.split("."), "", ""][1]


@pytest.mark.parametrize(("package", "order"), [("snippets", PARTS), ("pagekit", ROOMS)])
def test_imports_lead_backwards(package: str, order: tuple[str, ...]) -> None:
    wrong = []
    for path in sources(package):
        here = path.relative_to(ROOT / package).parts[0]
        if here not in order:
            continue
        later = order[order.index(here) + 1 :]
        wrong += [
            f"{relative(path)} imports {name}"
            for name in modules(path)
            if name.startswith(f"{package}.") and room_of(name) in later
        ]
    assert not wrong


@pytest.mark.parametrize("package", ["snippets", "pagekit"])
def test_imports_make_no_circle(package: str) -> None:
    def name_of(path: Path) -> str:
        return relative(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    files = {name_of(path): path for path in sources(package)}
    graph = {name: set(modules(path)) & files.keys() - {name} for name, path in files.items()}
    packages = {name for name, path in files.items() if path.name == "__init__.py"}
    # A name within a package stands for the package too: what counts is the module.
    for name, found in graph.items():
        graph[name] = {
            n for n in found if n not in packages or not any(m.startswith(f"{n}.") for m in found)
        }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_parts_are_those_of_the_pages() -> None:
    parts = {
        path.name for path in (ROOT / "snippets").iterdir() if (path / "__init__.py").is_file()
    }
    assert parts - {"plots"} <= set(PARTS)
    chapters = {path.name.replace("-", "_") for path in DOCS.iterdir() if path.is_dir()}
    assert chapters - {"assets", "data", "labs", "reference"} <= set(PARTS)


@pytest.mark.parametrize(("one", "other"), [("snippets", "pagekit"), ("pagekit", "snippets")])
def test_arrows(one: str, other: str) -> None:
    """What is taught knows nothing of how it is shown, nor the other way round."""
    wrong = [
        f"{relative(path)} imports {name}"
        for path in sources(one)
        for name in modules(path)
        if name.split(".")[0] in {other, "tests"}
    ]
    assert not wrong


def test_every_page_is_in_the_nav() -> None:
    nav = (ROOT / "mkdocs.yml").read_text("utf-8").split("\nnav:", 1)[1]
    named = set(re.findall(r"([\w/-]+\.(?:md|ipynb|py))\b", nav))
    there = {path.relative_to(DOCS).as_posix() for path in pages()}
    assert there <= named, f"not in the nav: {sorted(there - named)}"
    # A lab is a notebook made of a .py; the nav may name either.
    labs = {path.relative_to(DOCS).with_suffix("").as_posix() for path in sources("docs/labs")}
    notebooks = {name.rsplit(".", 1)[0] for name in named - there}
    assert labs == notebooks, "the nav's labs are not those of docs/labs"


CHAPTERS = [path for path in pages() if is_chapter(path, Project(ROOT))]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_chapter_has_its_parts(path: Path) -> None:
    assert not lacking(path.read_text("utf-8"))


def test_every_artefact_is_read() -> None:
    """By a page or a lab that names it, or for another one that is."""
    project = Project(ROOT)
    known = declared(project)
    waiting = [
        *(name for path in project.pages() for name in read_page(path, project).artefacts),
        *(name for path in labs(project) for name in read_lab(path, project).artefacts),
    ]
    read: set[str] = set()
    while waiting:
        name = waiting.pop()
        assert name in known, f"{name} is not declared"
        read.add(name)
        waiting += known[name].needs
    assert known.keys() == read, f"no page names {sorted(known.keys() - read)}"


def test_the_guide_shows_the_list_of_artefacts_as_it_is() -> None:
    guide = (DOCS / "reference" / "contributing.md").read_text("utf-8")
    shown = re.findall(r"^```toml\n(.*?)^```", guide, re.DOTALL | re.MULTILINE)
    assert shown and shown[0] in (ROOT / LIST).read_text("utf-8")


def test_fences_that_do_not_run_are_named() -> None:
    project = Project(ROOT)
    found = {
        f"{page.name}: {fence.not_run}"
        for page in (read_page(path, project) for path in project.pages())
        for fence in page.fences
        if fence.mark
    }
    assert found == NOT_RUN


def reason_of(mark: str) -> str:
    found = re.search(r"reason\s*=\s*(['\"])(.*?)\1", mark)
    return found[2] if found else "no reason given"


def test_marked_tests_are_named() -> None:
    found = {
        f"{relative(path)}: {reason_of(mark)}"
        for path in sources("tests")
        for mark in re.findall(
            r"^\s*@pytest\.mark\.(?:skip|skipif|xfail)\b(.*?)(?=^\s*(?:def|class|@))",
            path.read_text("utf-8"),
            re.DOTALL | re.MULTILINE,
        )
    }
    assert found == MARKED_TESTS


def test_no_path_of_somebodys_machine() -> None:
    wrong = []
    for path in tracked():
        try:
            lines = path.read_text("utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture or a font
        wrong += [
            f"{relative(path)}:{n}" for n, line in enumerate(lines, 1) if LOCAL_PATH.search(line)
        ]
    assert not [place for place in wrong if not place.startswith("tests/test_repository.py")]


def test_nothing_generated_is_tracked() -> None:
    generated = ("build/", "site/", "docs/assets/generated/", ".venv/")
    assert not [relative(path) for path in tracked() if relative(path).startswith(generated)]


@pytest.mark.parametrize(("package", "most"), CROWDED.items())
def test_no_folder_is_crowded(package: str, most: int) -> None:
    """A folder that has outgrown itself is divided into rooms."""
    files = [path for path in sources(package) if not path.name.startswith("__")]
    counts = Counter(relative(path.parent) for path in files)
    crowded = {folder: count for folder, count in counts.items() if count > most}
    assert not crowded, f"folders of more than {most} modules: {crowded}"


@pytest.mark.parametrize("package", CROWDED)
def test_every_part_lists_its_rooms(package: str) -> None:
    rooms = [path.parent for path in sorted((ROOT / package).glob("*/*/__init__.py"))]
    assert rooms
    lists = {room: (room.parent / "__init__.py").read_text("utf-8") for room in rooms}
    unlisted = [relative(room) for room, text in lists.items() if f"    {room.name}/ " not in text]
    assert not unlisted, f"name them in their part's __init__.py: {unlisted}"


def test_modules_are_short() -> None:
    long = {
        relative(path): lines
        for path in sources("snippets", "pagekit", "locks")
        if (lines := len(path.read_text("utf-8").splitlines())) > 200
    }
    assert not long, f"modules of more than 200 lines: {long}"


# Ways to load a file that may run what the file says. One page shows why, on a file of its own.
RUNS_CODE = re.compile(
    r"(?<![\w.])torch\.load\(|^\s*(?:import|from) (?:pickle|shelve|dill|joblib)\b", re.MULTILINE
)
SHOWS_WHY = "docs/using/publishing.md"
# And one snippet reads a published file of a known hash, with the few classes that arrays need.
ONLY_ARRAYS = "snippets/foundations/vectors/google_news.py"


def test_nothing_is_loaded_that_could_run_code() -> None:
    """Weights are safetensors, the rest is JSON: never a pickle, which is a program.

    But for a file that others published as one: its hash is checked, and it may make only arrays.
    """
    places = [*sources("snippets", "pagekit", "docs", "benchmarks"), *pages()]
    found = {relative(path) for path in places if RUNS_CODE.search(path.read_text("utf-8"))}
    assert found == {SHOWS_WHY, ONLY_ARRAYS}


WORKFLOWS = sources(".github/workflows", suffix=".yml")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned(workflow: Path) -> None:
    """By commit, which nobody can move, with the version that it is beside it."""
    for action, comment in ACTION.findall(workflow.read_text("utf-8")):
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r"\s+# v\d+\.\d+\.\d+", comment), f"{action}: its version is not named"


def test_workflows_have_no_rights_by_default() -> None:
    assert len(WORKFLOWS) >= 2
    for workflow in WORKFLOWS:
        text = workflow.read_text("utf-8")
        assert re.search(r"^permissions: \{\}$", text, re.MULTILINE), workflow.name
        assert text.count("persist-credentials: false") == text.count("actions/checkout@")


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_workflows_end(workflow: Path) -> None:
    """Each job has a limit, and runs on a named release of a standard runner."""
    for name, job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].items():
        assert 0 < job["timeout-minutes"] <= 90, name
        systems = [job["runs-on"]]
        if "matrix.system" in job["runs-on"]:
            systems = [row["system"] for row in job["strategy"]["matrix"]["include"]]
        assert set(systems) <= {"ubuntu-24.04", "macos-15"}, name


def test_workflows_try_every_python_and_system() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text("utf-8"))["jobs"]
    rows = jobs["test"]["strategy"]["matrix"]["include"]
    pythons = {row["python"] for row in rows} | set(jobs["code"]["strategy"]["matrix"]["python"])
    assert pythons == {"3.11", "3.12", "3.13", "3.14"}
    assert {row["system"] for row in rows} == {"ubuntu-24.04", "macos-15"}


def test_only_jobs_without_the_course_may_sign() -> None:
    """A job that runs code of the course, or of its packages, has no right beyond reading."""
    for workflow in WORKFLOWS:
        for name, job in yaml.safe_load(workflow.read_text("utf-8"))["jobs"].items():
            if any("run" in step for step in job["steps"]):
                assert set(job["permissions"].values()) == {"read"}, f"{workflow.name}: {name}"


def test_new_versions_rest_for_a_week() -> None:
    bot = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text("utf-8"))
    assert {update["package-ecosystem"] for update in bot["updates"]} == {"github-actions", "pip"}
    assert all(update["cooldown"] == {"default-days": 7} for update in bot["updates"])


def prose_of_all() -> str:
    """The prose of every page and lab, without code."""
    project = Project(ROOT)
    read = (read_page(path, project) for path in project.pages())
    text = "\n".join(line for page in read for _, line in prose(page))
    labs = "\n".join(lab.read_text("utf-8") for lab in sources("docs/labs"))
    return CODE_SPAN.sub("", f"{text}\n{labs}")


def test_every_work_of_the_bibliography_is_cited() -> None:
    unused = set(read_bibliography(ROOT)) - set(keys_in(prose_of_all()))
    assert not unused, f"cite them or take them out: {sorted(unused)}"


def test_every_term_of_the_glossary_is_used() -> None:
    terms = read_glossary(ROOT)
    used = {terms[name].anchor for name in terms_in(prose_of_all()) if name in terms}
    definitions: dict[str, set[str]] = {}
    for term in terms.values():
        definitions.setdefault(term.definition, set()).add(term.anchor)
    # Of several names with one definition, one use is enough.
    unused = [sorted(names) for names in definitions.values() if not names & used]
    assert not unused, f"link to them or take them out: {unused}"


def test_every_marked_section_of_the_snippets_is_shown() -> None:
    """And is no single definition, which a page would include by its own name."""
    texts = [path.read_text("utf-8") for path in Project(ROOT).pages()]
    shown = {found for text in texts for found in SECTION.findall(text)}
    whole = {found for text in texts for found in WHOLE.findall(text)}
    for path in sources("snippets"):
        text = path.read_text("utf-8")
        rows, defined = text.splitlines(), definitions(text)
        for name, (start, end) in sections(text).items():
            there = f"{relative(path)}:{name}"
            assert (relative(path), name) in shown or relative(path) in whole, f"unshown: {there}"
            lines = [n for n in range(start + 1, end) if rows[n - 1].strip()]
            single = [name for name, at in defined.items() if at == [(lines[0], lines[-1])]]
            assert not single, f"{there} is {single[0]}: include it by that name"


# Sections and functions that are still longer than a reader holds in the head, as "file:name".
LONG = frozenset(
    {
        "snippets/plots/curves.py:curves",
        "snippets/plots/fits.py:points_and_fits",
        "snippets/plots/head_maps.py:attention_heads",
        "snippets/plots/heatmaps.py:attention_heatmap",
        "snippets/plots/heatmaps.py:signed_heatmap",
        "snippets/plots/labelled.py:labelled_points",
    }
)


def test_sections_and_functions_are_short() -> None:
    """At most 40 lines each; one that has been shortened is taken off the list."""
    long = set()
    for path in sources("snippets"):
        text = path.read_text("utf-8")
        pieces = [(name, end - start - 1) for name, (start, end) in sections(text).items()]
        pieces += [
            (node.name, (node.end_lineno or 0) - node.lineno + 1)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef)
        ]
        long |= {f"{relative(path)}:{name}" for name, lines in pieces if lines > 40}
    assert long == LONG
