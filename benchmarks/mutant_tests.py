"""Which tests are a module's own: those that ought to notice a fault in it."""

from pathlib import Path

# Of `pagekit`, where a test file's name is not its module's, or is not all of it. The quickest
# first. Keys are modules, or rooms for all others in them; paths start at tests/pagekit.
RUNS = ("run/test_plugin.py", "run/test_side_by_side.py")
BLOCKS = ("run/test_program.py", "run/test_forkserver.py", "run/test_refusals.py")
RECORDED = ("run/test_recording.py", "run/test_results.py", "run/test_reads.py", *RUNS)
MADE = ("run/test_artefact_list.py", "run/test_artefacts.py", "run/test_making.py")
SHOWN = ("render/test_extension.py", "run/test_faults.py")
OF_PAGEKIT: dict[str, tuple[str, ...]] = {
    "errors": ("read/test_blocks.py", "run/test_faults.py"),
    "project": ("read/test_blocks.py", "run/test_machine.py"),
    "suggest": ("read/test_blocks.py", "run/test_faults.py"),
    "read": ("read/test_blocks.py", *SHOWN),
    "run": (*BLOCKS, *RUNS),
    "run/artefact_items": (*MADE, "run/test_artefacts_of_pages.py"),
    "run/artefact_list": (*MADE, "run/test_artefacts_of_pages.py"),
    "run/artefacts": (*MADE, "run/test_artefacts_of_pages.py"),
    "run/command": (*MADE, *RUNS),
    "run/environment": RECORDED,
    "run/fingerprint": ("run/test_fingerprint.py", "run/test_artefacts.py"),
    "run/listening": RECORDED,
    "run/making": MADE,
    "run/marks": RECORDED,
    "run/record": RECORDED,
    "run/recorder": RECORDED,
    "run/results": RECORDED,
    "run/schedule": ("run/test_schedule.py", "run/test_side_by_side.py"),
    "run/session": (*RUNS, "run/test_machine.py"),
    "run/watch": RECORDED,
    "render": SHOWN,
    "render/counting": ("render/test_counting.py", *SHOWN),
    "render/diagrams/colours": ("render/test_diagrams.py",),
    "render/diagrams/drawing": ("render/test_diagrams.py",),
    "render/diagrams/svg": ("render/test_diagrams.py",),
    "render/diagrams/theme": ("render/test_diagrams.py",),
    "labs": ("labs/test_notebooks.py", "labs/test_page.py"),
    "build": ("run/test_faults.py", "run/test_machine.py"),
    "build/emblem": ("build/test_assets.py",),
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
