"""Which tests are a module's own: those that ought to notice a fault in it."""

from pathlib import Path

# Of `pagekit`, where a test file's name is not its module's, or is not all of it. The quickest
# first. Keys are modules, or rooms for all others in them; paths start at tests/pagekit.
RUNS = ("run/test_plugin.py", "run/test_side_by_side.py")
BLOCKS = (
    *("run/process/test_program.py", "run/process/test_forkserver.py"),
    *("run/test_refusals.py", "run/process/test_ends.py"),
)
RECORDED = (
    *("run/reads/test_recording.py", "run/test_results.py", "run/reads/test_reads.py"),
    "run/test_plugin.py",
)
MADE = ("run/test_artefact_list.py", "run/test_artefacts.py", "run/test_making.py")
READ = ("read/test_text.py", "read/test_blocks.py", "read/test_sections.py")
SHOWN = ("render/test_prose.py", "render/test_extension.py", "run/test_faults.py")
OF_PAGEKIT: dict[str, tuple[str, ...]] = {
    "errors": (*READ, "run/test_faults.py"),
    "project": (*READ, "run/test_machine.py"),
    "suggest": (*READ, "run/test_faults.py"),
    "read": (*READ, *SHOWN),
    "read/blocks": READ,
    "run": (*RUNS, *BLOCKS),
    "run/artefact_items": (*MADE, "run/test_artefacts_of_pages.py"),
    "run/artefact_list": (*MADE, "run/test_artefacts_of_pages.py"),
    "run/artefacts": (*MADE, "run/test_artefacts_of_pages.py"),
    "run/chains": ("run/test_claims.py", "run/test_faults.py"),
    "run/fingerprint": ("run/test_fingerprint.py", "run/test_artefacts.py"),
    "run/making": MADE,
    "run/process": (*BLOCKS, "run/test_plugin.py"),
    "run/process/command": (*MADE, "run/test_plugin.py"),
    "run/process/environment": RECORDED,
    "run/process/watch": (*BLOCKS, *RECORDED),
    "run/reads": RECORDED,
    "run/recorded": ("run/test_claims.py", "build/test_record.py"),
    "run/recording": RECORDED,
    "run/results": RECORDED,
    "run/schedule": ("run/test_schedule.py", "run/test_side_by_side.py"),
    "run/session": (*RUNS, "run/test_machine.py"),
    "render": SHOWN,
    "render/kept": ("render/test_kept_runs.py",),
    "render/bibliography": ("render/test_citations.py",),
    "render/counting": ("render/test_counting.py", *SHOWN),
    "render/diagrams": ("render/test_diagrams.py",),
    "render/formulas": ("render/test_maths.py", *SHOWN),
    "labs": ("labs/test_notebooks.py", "labs/test_page.py"),
    "build": ("build/test_site.py", "run/test_faults.py", "run/test_machine.py"),
    "build/emblem": ("build/test_assets.py",),
    **dict.fromkeys(
        ("build/anatomy", "build/complaints", "build/live", "build/reruns", "build/changes"),
        ("build/test_serve.py", "build/test_preview.py", "build/test_site.py"),
    ),
}
# Of `snippets`, where a module is tested with another.
OF_SNIPPETS: dict[str, tuple[str, ...]] = {
    "inference/batched_generation": ("inference/test_batched_generation.py",),
    "training/__main__": ("training/test_command.py",),
    "transformer/minigpt_config": ("transformer/test_minigpt.py",),
    "using/interop_configs": ("using/test_interop.py",),
}


def own_tests(path: str, root: Path) -> list[str]:
    """The test files of a module (``snippets/plots/bars.py``), relative to the project's root.

    Raises ValueError for a module without any.
    """
    package, _, module = path.removesuffix(".py").partition("/")
    tests = root / "tests" / package
    room, _, name = module.rpartition("/")
    own = f"{room}/test_{name}.py".lstrip("/")
    table = {"pagekit": OF_PAGEKIT, "snippets": OF_SNIPPETS}.get(package, {})
    named = table.get(module, ())
    while not named and room and not (tests / own).exists():
        named, room = table.get(room, ()), room.rpartition("/")[0]
    files = dict.fromkeys([own, *named])
    found = [f"tests/{package}/{file}" for file in files if (tests / file).exists()]
    if not found:
        raise ValueError(f"{path} has no tests of its own: name them in {Path(__file__).name}")
    return found
